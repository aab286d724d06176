"""Scheduled tasks: the XML files below `C:\\Windows\\System32\\Tasks`, and exported ones.

    <Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
      <RegistrationInfo><Date>2021-03-05T10:00:00</Date><Author>EXAMPLE\\a</Author>...
      <Triggers><BootTrigger>...   <Principals><Principal><UserId>S-1-5-18</UserId>...
      <Settings><Hidden>true</Hidden>...   <Actions><Exec><Command>...<Arguments>...

One record for each task; the files are mostly UTF-16 with a byte-order mark. It has no time of its
own: Date is what the creator wrote, in the server's local time.

Fields: TaskName (where the file lies below Tasks, else Uri, else the file's name), Uri, Author,
Registered (Date, as a time in UTC where it is one), Description, UserId, RunLevel, LogonType,
Hidden, Enabled, Triggers (their element names), Command, Arguments and WorkingDirectory (of each
action), CommandLine (both joined), ClassId (of COM handlers), Decoded (what an encoded PowerShell
command holds).

Facts: Microsoft's Task Scheduler schema [MS-TSCH].
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from afterpatch.artifacts import commandline
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.winevent import utc
from afterpatch.artifacts.xmlfile import Element, Facts, decode, read
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "ScheduledTask"]

_MOST = 64  # actions or triggers of one task that are kept
_TEXT = 64 * 1024  # characters of one element that are kept
# Elements whose text counts, by what they lie in.
_TEXTS = {
    ("registrationinfo", "uri"): "Uri",
    ("registrationinfo", "author"): "Author",
    ("registrationinfo", "date"): "Registered",
    ("registrationinfo", "description"): "Description",
    ("principal", "userid"): "UserId",
    ("principal", "groupid"): "UserId",
    ("principal", "runlevel"): "RunLevel",
    ("principal", "logontype"): "LogonType",
    ("settings", "hidden"): "Hidden",
    ("settings", "enabled"): "Enabled",
    ("comhandler", "classid"): "ClassId",
}
_EXEC = ("command", "arguments", "workingdirectory")


class _TaskFacts(Facts):
    """One fact, the task, for which `whole` has the fields: all that stands before damage."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, Value] = {}
        self.actions: list[dict[str, str]] = []
        self.triggers: list[str] = []

    def data(self, text: str) -> None:
        if self.open and len(self.open[-1].text) < _TEXT:
            self.open[-1].text += text[:_TEXT]

    def fact(self, element: Element) -> dict[str, Value] | None:
        parent = self.open[-1].name if self.open else ""
        text = element.text.strip()
        if name := _TEXTS.get((parent, element.name)):
            self.fields.setdefault(name, text)
        elif parent == "triggers" and len(self.triggers) < _MOST:
            self.triggers.append(element.tag)
        elif parent == "exec" and element.name in _EXEC:
            self.open[-1].below.append(element)
        elif element.name == "exec" and len(self.actions) < _MOST:
            self.actions.append({e.name: e.text.strip() for e in element.below})
        if not self.found:
            self.found = [({}, self.open[0] if self.open else element)]
        return None

    def whole(self) -> dict[str, Value]:
        """The fields of the task, as far as it could be read."""
        fields = dict(self.fields)
        if self.triggers:
            fields["Triggers"] = tuple(self.triggers)
        lines = tuple(
            f"{a.get('command', '')} {a.get('arguments', '')}".strip() for a in self.actions
        )
        for name, key in zip(("Command", "Arguments", "WorkingDirectory"), _EXEC, strict=True):
            if values := tuple(a[key] for a in self.actions if a.get(key)):
                fields[name] = values[0] if len(values) == 1 else values
        if lines:
            fields["CommandLine"] = lines[0] if len(lines) == 1 else lines
        if hidden := " ".join(filter(None, map(commandline.decoded, lines))):
            fields["Decoded"] = hidden
        return fields


class ScheduledTask:
    """Gives the one task of a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> list[Record]:
        facts = _TaskFacts()
        records = read(frame, "scheduledtask", self.path, facts, ("task",))
        return [
            msgspec.structs.replace(
                self._named(record, facts.whole()),
                offset=frame.offset,
                length=len(frame.data),
                line=frame.line,
            )
            for record in records
        ]

    def _named(self, record: Record, fields: dict[str, Value]) -> Record:
        if (written := str(fields.get("Registered", ""))) and (when := utc(written)[0]):
            fields["Registered"] = when
        below = _TASKS.search(self.path)
        own = "\\" + re.split(r"[\\/]", self.path)[-1].removesuffix(".xml")
        name = "\\" + below[1] if below else str(fields.get("Uri") or own)
        shown = "; ".join(
            f"{key}: {value if isinstance(value, str) else ' & '.join(value)}"
            for key, value in fields.items()
            if value
        )
        return msgspec.structs.replace(
            record,
            fields={"TaskName": name, **fields, "File": self.path},
            raw=f"TaskName: {name}; {shown}",
        )

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:  # noqa: ARG002
        return ()


_TASKS = re.compile(r"\\(?:System32|SysWOW64|Sysnative)\\Tasks\\(.{1,1000})$", re.IGNORECASE)
_ROOT = re.compile(
    r"\s*(?:<\?xml\b[^>]{0,400}\?>)?(?:\s*+(?><!--.*?-->))*+\s*<(?:[A-Za-z]\w{0,20}:)?Task\b"
    r"[^>]{0,2000}schemas\.microsoft\.com/windows/2004/02/mit/task",
    re.DOTALL | re.ASCII,
)


def _recognize(path: str, head: bytes) -> bool:
    text, _, _ = decode(head)
    if _TASKS.search(path):  # a broken one is reported
        return text.lstrip()[:1] == "<"
    return bool(_ROOT.match(text))


ARTIFACTS = (
    Artifact(
        name="scheduledtask",
        family="scheduled-tasks",
        framing="file",
        encoding="text",
        recognize=_recognize,
        parser=ScheduledTask,
    ),
)
