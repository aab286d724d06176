"""Transport agents: `TransportRoles\\Shared\\agents.config` and `fetagents.config` (`fet` is the
front-end transport service), in Exchange 2010 `TransportRoles\\Agents\\agents.config`.

    <configuration><mexRuntime><agentList>
      <agent name="Transport Rule Agent" baseType="..." classFactory="..." assemblyPath="C:\\..."
             enabled="true" />

One record for each agent, in the order in which the service runs them: Name, Assembly, Factory,
BaseType, Enabled. Facts: Exchange's own files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.xmlfile import Element, Facts, decode, read
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "TransportAgents"]


class _AgentFacts(Facts):
    def fact(self, element: Element) -> dict[str, Value] | None:
        parent = self.open[-1].name if self.open else ""
        if (element.name, parent) != ("agent", "agentlist"):
            return None
        return {
            "Name": element.get("name"),
            "Assembly": element.get("assemblyPath"),
            "Factory": element.get("classFactory"),
            "BaseType": element.get("baseType"),
            "Enabled": element.get("enabled"),
        }


class TransportAgents:
    """Gives the agents of one configuration file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> list[Record]:
        roots = ("configuration", "mexruntime")
        return read(frame, "transportagents", self.path, _AgentFacts(), roots)

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:  # noqa: ARG002
        return ()


# Collectors put something before or behind the name: MAIL01_agents.config, agents_1.config
_NAME = re.compile(r"(?:[^\\]{0,60}[_-])?(?:fet)?agents(?:[_.-][^\\]{0,40})?\.config")
_ROOT = re.compile(
    r"\s*(?:<\?xml\b[^>]{0,400}\?>)?(?:\s*+(?><!--.*?-->))*+\s*<(?:configuration|mexRuntime)\b",
    re.DOTALL,
)


def _recognize(path: str, head: bytes) -> bool:
    text, _, _ = decode(head)
    if _NAME.fullmatch(path.rpartition("\\")[2]):
        # A broken file still is what its name says: its failure must be reported.
        return text.lstrip()[:1] == "<"
    return "mexRuntime" in text and bool(_ROOT.match(text))


ARTIFACTS = (
    Artifact(
        name="transportagents",
        family="transport-agents",
        framing="file",
        encoding="text",
        recognize=_recognize,
        parser=TransportAgents,
    ),
)
