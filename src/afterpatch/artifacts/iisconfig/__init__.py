"""Configuration of IIS, ASP.NET and the transport agents: one record for each fact.

Files: `applicationHost.config` and its dated copies below `inetpub\\history`, `web.config`,
`SharedWebConfig.config`, `agents.config`, `fetagents.config`. Facts: Microsoft's references of IIS
(system.applicationHost, system.webServer) and ASP.NET (machineKey, httpModules), and Exchange's
transport agent files (mexRuntime). Passwords and keys never leave this room.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from afterpatch import limits
from afterpatch.artifacts.artifact import Artifact
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "IisConfigParser"]

_SECRETS = frozenset(("password", "validationkey", "decryptionkey"))
_DEPTH = 200  # elements in elements; real files have about ten

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,400}\?>")
_START_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")


# ---------------------------------------------------------------- text


def _decode(data: bytes) -> tuple[str, str, int]:
    """Returns text, codec and length of the byte-order mark; a declared encoding may lie."""
    for mark, codec in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace"), codec, len(mark)
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace"), "utf-16-le", 0
    if data[:1] == b"\0":
        return data.decode("utf-16-be", "replace"), "utf-16-be", 0
    try:
        return data.decode(), "utf-8", 0
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1", 0


def _one_line(name: str, attributes: Mapping[str, str], inner: str = "") -> str:
    """Writes an element on one line, secrets masked."""
    pairs = "".join(
        f" {key}={quoteattr('***' if key.lower() in _SECRETS else ' '.join(value.split()))}"
        for key, value in attributes.items()
    )
    return f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs} />"


def _join(application: str, directory: str) -> str:
    return f"{application.rstrip('/')}/{directory.strip('/')}".rstrip("/") or "/"


# ---------------------------------------------------------------- facts


class _Element:
    """One element: name without namespace, attributes, and where its start tag lies."""

    def __init__(self, tag: str, attributes: Mapping[str, str], start: int, line: int) -> None:
        self.tag = tag.rpartition("}")[2]
        self.name = self.tag.lower()
        self.attributes = attributes
        self.start = start
        self.line = line
        self.below: list[_Element] = []  # kept for rewrite rules only

    def get(self, name: str) -> str:
        """Returns an attribute, in whatever case its name is written; empty when absent."""
        return next((v for k, v in self.attributes.items() if k.lower() == name.lower()), "")

    def shown(self) -> str:
        inner = "".join(element.shown() for element in self.below)
        return _one_line(self.tag, self.attributes, inner)

    def all_below(self) -> Iterable[_Element]:
        for element in self.below:
            yield element
            yield from element.all_below()


class _Facts:
    """Target of the XML parser: keeps the open elements and collects facts."""

    def __init__(self) -> None:
        self.parser: DefusedXMLParser | None = None
        self.open: list[_Element] = []
        self.root = ""
        self.found: list[tuple[dict[str, Value], _Element]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self.open) >= _DEPTH:
            raise ValueError(f"elements nested deeper than {_DEPTH}")
        expat = self.parser.parser if self.parser else None
        place = (expat.CurrentByteIndex, expat.CurrentLineNumber) if expat else (0, 1)
        element = _Element(tag, attributes, *place)
        self.root = self.root or element.name
        if self._nearest("rule") and self._nearest("rewrite"):
            self.open[-1].below.append(element)
        self.open.append(element)

    def end(self, tag: str) -> None:  # noqa: ARG002
        element = self.open.pop()
        fact = self._fact(element)
        if fact:
            self.found.append((fact, element))

    def data(self, text: str) -> None:
        """Text between elements says nothing here."""

    def close(self) -> None:
        """Nothing is left to do."""

    def _nearest(self, name: str) -> _Element | None:
        return next((element for element in reversed(self.open) if element.name == name), None)

    def _location(self) -> str:
        location, site = self._nearest("location"), self._nearest("site")
        return location.get("path") if location else site.get("name") if site else ""

    def _fact(self, element: _Element) -> dict[str, Value] | None:
        parent = self.open[-1].name if self.open else ""
        get = element.get
        match element.name, parent:
            case "virtualdirectory", "application":
                application, site = self.open[-1], self._nearest("site")
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
            case "rule", _ if self._nearest("rewrite"):
                return self._rewrite_rule(element)
            case "agent", "agentlist":
                return {
                    "Kind": "transport agent",
                    "Name": get("name"),
                    "Assembly": get("assemblyPath"),
                    "Factory": get("classFactory"),
                    "Enabled": get("enabled"),
                }
        return None

    def _machine_key(self, element: _Element) -> dict[str, Value]:
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

    def _rewrite_rule(self, element: _Element) -> dict[str, Value]:
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


# ---------------------------------------------------------------- parser


class IisConfigParser:
    """Gives the facts of one configuration file, in the order in which they stand.

    What stands before damage is kept. A document type, and with it any entity, is refused.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> list[Record]:
        if len(frame.data) > limits.CONFIG_FILE_BYTES:
            raise ValueError(f"longer than {limits.CONFIG_FILE_BYTES} bytes")
        text, codec, mark = _decode(frame.data)
        text = text.rstrip(" \t\r\n\0")
        # The declaration may lie about the encoding; blanks in its place keep the offsets.
        if declaration := _DECLARATION.match(text):
            text = re.sub(r"[^\r\n]", " ", declaration[0]) + text[declaration.end() :]
        body = text.encode("utf-8", "replace")
        facts = _Facts()
        parser = DefusedXMLParser(target=facts, encoding="utf-8", forbid_dtd=True)
        facts.parser = parser
        damage: tuple[str, ...] = ()
        try:
            parser.feed(body)
            parser.close()
        except DefusedXmlException as error:
            raise ValueError(f"refused: {type(error).__name__}") from error
        except ParseError as error:
            if not facts.found:
                raise ValueError(f"no readable XML: {error}") from error
            damage = (f"not well-formed from here on: {error}",)
        if facts.root not in ("configuration", "mexruntime"):
            raise ValueError("no configuration file")
        places = _Places(body, codec, frame.offset + mark)
        return [self._record(frame, fact, element, places, damage) for fact, element in facts.found]

    def _record(
        self,
        frame: Frame,
        fact: dict[str, Value],
        element: _Element,
        places: _Places,
        damage: tuple[str, ...],
    ) -> Record:
        offset, length = places.of(element.start)
        return Record(
            artifact="iisconfig",
            when=None,
            fields=fact | {"File": self.path},
            offset=offset,
            length=length,
            line=(frame.line or 1) + element.line - 1,
            raw=element.shown(),
            damage=damage,
        )

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:  # noqa: ARG002
        return ()


class _Places:
    """Turns places in the parsed UTF-8 text into places in the file; asked in order."""

    def __init__(self, body: bytes, codec: str, base: int) -> None:
        self.body = body
        self.codec = codec
        self.parsed = 0
        self.offset = base

    def of(self, start: int) -> tuple[int, int]:
        """Returns offset and length of the start tag that begins there."""
        self.offset += self._size(self.parsed, start)
        self.parsed = start
        tag = _START_TAG.match(self.body, start)
        return self.offset, self._size(start, tag.end() if tag else start)

    def _size(self, start: int, end: int) -> int:
        if self.codec == "utf-8":
            return end - start
        return len(self.body[start:end].decode("utf-8", "replace").encode(self.codec, "replace"))


# ---------------------------------------------------------------- recognition

_NAMES = re.compile(
    r"(?:applicationhost|web|sharedwebconfig|(?:fet)?agents|administration|redirection|machine)"
    r"\b[^\\]{0,40}\.config"
)
_ROOT = re.compile(
    r"\s*(?:<\?xml\b[^>]{0,400}\?>)?(?:\s*+(?><!--.*?-->))*+\s*<(configuration|mexRuntime)\b",
    re.DOTALL,
)
_SECTIONS = ("system.webServer", "system.applicationHost", "<system.web>", "mexRuntime")


def _recognize(path: str, head: bytes) -> bool:
    text, _, _ = _decode(head)
    root = _ROOT.match(text)
    if path.endswith(".config"):
        # A bomb or a broken file still is what its name says: its failure must be reported.
        if _NAMES.fullmatch(path.rpartition("\\")[2]):
            return text.lstrip()[:1] == "<"
        return bool(root) and any(section in text for section in _SECTIONS)
    return bool(root) and any(section in text for section in _SECTIONS)


ARTIFACTS = (Artifact("iisconfig", "iis-config", "file", "text", _recognize, IisConfigParser),)
