"""Configuration of IIS and ASP.NET: one record for each fact.

Files: `applicationHost.config` and its dated copies below `inetpub\\history`, `web.config`,
`SharedWebConfig.config`. Facts: Microsoft's references of IIS (system.applicationHost,
system.webServer) and ASP.NET (machineKey, httpModules, compilation). Passwords and keys never leave
the room.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.xmlfile import Element, Facts, decode, read
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "IisConfigParser"]


def _join(application: str, directory: str) -> str:
    return f"{application.rstrip('/')}/{directory.strip('/')}".rstrip("/") or "/"


class _IisFacts(Facts):
    """What the elements of an IIS or ASP.NET configuration say."""

    def keeps(self) -> bool:
        return bool(self.nearest("rule") and self.nearest("rewrite"))

    def _location(self) -> str:
        location, site = self.nearest("location"), self.nearest("site")
        return location.get("path") if location else site.get("name") if site else ""

    def fact(self, element: Element) -> dict[str, Value] | None:
        parent = self.open[-1].name if self.open else ""
        get = element.get
        match element.name, parent:
            case "virtualdirectory", "application":
                application, site = self.open[-1], self.nearest("site")
                return {
                    "Kind": "virtual directory",
                    "Site": site.get("name") if site else "",
                    "Path": _join(application.get("path"), get("path")),
                    "PhysicalPath": get("physicalPath"),
                    "ApplicationPool": application.get("applicationPool"),
                    "UserName": get("userName"),
                }
            case "add", "globalmodules":
                return {"Kind": "global module", "Name": get("name"), "Image": get("image")}
            case "add", "modules" | "httpmodules":
                return {
                    "Kind": "module",
                    "Location": self._location(),
                    "Name": get("name"),
                    "Type": get("type"),
                    "PreCondition": get("preCondition"),
                }
            case "add", "handlers" | "httphandlers":
                return {
                    "Kind": "handler",
                    "Location": self._location(),
                    "Name": get("name"),
                    "Path": get("path"),
                    "Type": get("type"),
                    "ScriptProcessor": get("scriptProcessor"),
                }
            case "add", "buildproviders":  # what compiles the files of an extension
                return {
                    "Kind": "build provider",
                    "Location": self._location(),
                    "Path": f"*{get('extension')}",
                    "Type": get("type"),
                }
            case "filter", "isapifilters":
                return {
                    "Kind": "isapi filter",
                    "Location": self._location(),
                    "Name": get("name"),
                    "Image": get("path"),
                }
            case "machinekey", _:
                return self._machine_key(element)
            case "httplogging" | "logfile" | "centralw3clogfile" | "centralbinarylogfile", _:
                return {
                    "Kind": "logging",
                    "Location": self._location(),
                    "DontLog": get("dontLog"),
                    "LogTarget": get("logTargetW3C"),
                    "Directory": get("directory"),
                    "Enabled": get("enabled"),
                }
            case "rule", _ if self.nearest("rewrite"):
                return self._rewrite_rule(element)
        return None

    def _machine_key(self, element: Element) -> dict[str, Value]:
        keys = [element.get("validationKey").strip(), element.get("decryptionKey").strip()]
        static = [key for key in keys if key and not key.lower().startswith("autogenerate")]
        fact: dict[str, Value] = {
            "Kind": "machine key",
            "Location": self._location(),
            "Static": "true" if static else "false",
        }
        if static:
            digest = hashlib.sha256(static[0].upper().encode("utf-8", "replace"))
            fact["KeyDigest"] = digest.hexdigest()[:16]
        return fact

    def _rewrite_rule(self, element: Element) -> dict[str, Value]:
        below = list(element.all_below())
        patterns = [child.get("url") for child in below if child.name == "match"]
        patterns += [child.get("pattern") for child in below if child.name == "add"]
        actions = [
            f"{child.get('type')} {child.get('url')}".strip()
            for child in below
            if child.name == "action"
        ]
        return {
            "Kind": "rewrite rule",
            "Location": self._location(),
            "Name": element.get("name"),
            "Pattern": patterns[0] if len(patterns) == 1 else tuple(patterns),
            "Enabled": element.get("enabled") or "true",
            "Action": " ".join(actions),
        }


class IisConfigParser:
    """Gives the facts of one configuration file, in the order in which they stand.

    What stands before damage is kept. A document type, and with it any entity, is refused.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> list[Record]:
        return read(frame, "iisconfig", self.path, _IisFacts(), ("configuration",))

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:  # noqa: ARG002
        return ()


# ---------------------------------------------------------------- recognition

_NAMES = re.compile(
    r"(?:applicationhost|web|sharedwebconfig|administration|redirection|machine)"
    r"\b[^\\]{0,40}\.config"
)
_ROOT = re.compile(
    r"\s*(?:<\?xml\b[^>]{0,400}\?>)?(?:\s*+(?><!--.*?-->))*+\s*<configuration\b",
    re.DOTALL,
)
_SECTIONS = ("system.webServer", "system.applicationHost", "<system.web>")


def _recognize(path: str, head: bytes) -> bool:
    text, _, _ = decode(head)
    root = _ROOT.match(text)
    if path.endswith(".config"):
        # A bomb or a broken file still is what its name says: its failure must be reported.
        if _NAMES.fullmatch(path.rpartition("\\")[2]):
            return text.lstrip()[:1] == "<"
        return bool(root) and any(section in text for section in _SECTIONS)
    return bool(root) and any(section in text for section in _SECTIONS)


ARTIFACTS = (Artifact("iisconfig", "iis-config", "file", "text", _recognize, IisConfigParser),)
