"""One file in, one judgment out."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import PureWindowsPath

from msgspec import Struct

from afterpatch import limits
from afterpatch.detections.webshell import families, script_encode
from afterpatch.detections.webshell.acts import EVALUATORS
from afterpatch.detections.webshell.code import as_text, unescaped, words
from afterpatch.detections.webshell.deeds import asks_who, deeds
from afterpatch.detections.webshell.families import Kin
from afterpatch.detections.webshell.page import Page, page
from afterpatch.detections.webshell.reaches import PUTS
from afterpatch.detections.webshell.unwrap import texts
from afterpatch.detections.webshell.weights import DEEDS, FLAGGED, weigh
from afterpatch.errors import RuleError

__all__ = ["Scan", "scan"]

_DEPTH = 3  # of code within texts of code
_INNER_TEXTS = 40  # looked into for one page
_INNER_CHARACTERS = 400_000
_SHORTEST_INNER = 12  # characters
_SERVER = words(
    ".asa .asax .ascx .ashx .asmx .asp .aspq .aspx .cdx .cer .cshtm .cshtml .master .rem "
    ".soap .svc .vbhtm .vbhtml .xamlx"
)
_INCLUDING = words(".stm .shtml .shtm .asp .asa .cer .cdx")
# Scripts and texts for others than the server: they quote mark-up, or are templates of a client.
_CLIENT = words(".css .html .htm .js .json .map .md .mjs .ts .vue")


class Scan(Struct, frozen=True):
    """What a file's content says: whether it is a web shell, how surely (0 to 100), and why.

    `reasons` are sentences without their subject, the gravest first; `family` is a known kind of
    web shell, where the content is built like one.
    """

    flagged: bool
    score: int
    reasons: tuple[str, ...]
    family: str | None


class _Judgment(Struct, frozen=True):
    score: int
    deeds: tuple[str, ...]
    kin: tuple[Kin, ...]


def scan(data: bytes, path: str) -> Scan:
    """Judge one web file by its content; `path` is its Windows path or name.

    Reads at most limits.WEB_FILE_BYTES. Never raises for what the file holds.
    """
    data = data[: limits.WEB_FILE_BYTES]
    extension = _extension(path)
    if data.startswith(b"MZ"):
        return _told(_binary(data))
    best = _Judgment(0, (), ())
    for text in texts(data):
        found = _judged(text.text, extension, text.wrapping)
        if found.score > best.score:
            best = found
    return _told(best)


def _told(found: _Judgment) -> Scan:
    order = sorted(found.deeds, key=lambda name: (-DEEDS[name].weight, name))
    kin = sorted(found.kin, key=lambda kin: (-kin.weight, kin.family))
    return Scan(
        flagged=found.score >= FLAGGED,
        score=found.score,
        reasons=tuple(DEEDS[name].words for name in order) + tuple(k.words for k in kin),
        family=kin[0].family if kin and found.score >= FLAGGED else None,
    )


def _extension(path: str) -> str:
    """The extension that Windows opens: trailing dots, blanks and `::$DATA` don't count."""
    name = path.replace("/", "\\").rpartition("\\")[2].lower().partition("::")[0].rstrip(". ")
    return PureWindowsPath(name).suffix


def _binary(data: bytes) -> _Judgment:
    kin = _kin(families.in_bytes(data))
    return _Judgment(min(100, sum(k.weight for k in kin)), (), kin)


def _kin(found: Iterable[Kin]) -> tuple[Kin, ...]:
    try:
        return tuple(found)
    except RuleError:  # the scan took too long: what the page does still counts
        return ()


def _judged(text: str, extension: str, wrapping: str) -> _Judgment:
    names: list[str] = []
    kin: tuple[Kin, ...] = ()
    if script_encode.MARK in text:
        text = script_encode.decoded(text)
        names.append("script-encoded")
    found = None
    if extension not in _CLIENT or _DIRECTIVE.search(text):
        found = page(text, extension)
    below = 0
    if found:
        names += deeds(found)
        names += _within(found, 0)
        kin = _kin(families.in_code(found.source))
        if found.tail and (foreign := page(found.tail, extension)):
            # Weighed by itself: what is appended to a page of an application is no part of it.
            below = weigh(deeds(foreign), belongs=False)
    names += _carried(text, extension, wrapping, found)
    names = list(dict.fromkeys(names))
    belongs = found is not None and (found.belongs or asks_who(found))
    score = weigh(names, belongs=belongs)
    score = max(score, below) + sum(k.weight for k in kin)
    return _Judgment(min(100, score), tuple(names), kin)


_DIRECTIVE = re.compile(
    r"<%@\s{0,20}(?:page|webhandler|webservice|control|master|application|servicehost|language)\b"
    r"|\brunat\s{0,20}=\s{0,20}[\"']?server\b",
    re.IGNORECASE,
)


# ---------------------------------------------------------------- code in texts

_CODE = re.compile(
    r"\b(?:eval|execute|executeglobal|createobject|request|response|process|assembly)\b",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}")
_HEX = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2}){20,}")


_RUNNERS = EVALUATORS | words(
    "executestatement addcode jscriptevaluate compileassemblyfromsource load invoke function run"
)


def _use(word: str) -> tuple[str, ...]:
    """A bare name, or the last of its members; Execute is an evaluator only as a bare name."""
    last = word.rpartition(".")[2]
    return (word,) if last == word else () if last == "execute" else (last,)


def _within(outer: Page, depth: int) -> list[str]:
    """Whether the texts of a page's code hold a web shell: a page, or code to be run."""
    if depth >= _DEPTH:
        return []
    count = 0
    used = {part for code in outer.code for word in code.tokens for part in _use(word)}
    for code in outer.code:
        extension = ".asp" if code.family == "vb" else ".aspx"
        for text in dict.fromkeys(code.strings()):
            for inner in _readings(text) if len(text) >= _SHORTEST_INNER else ():
                count += 1
                if count > _INNER_TEXTS:
                    return []
                marked = "<%" in inner or "runat" in inner
                # A text that is neither run nor written is only a text.
                if not used & (PUTS if marked else _RUNNERS):
                    continue
                source = inner if marked else f"<%{inner}%>"
                found = page(source[:_INNER_CHARACTERS], extension)
                if found and (
                    weigh(deeds(found), belongs=False) >= FLAGGED or _within(found, depth + 1)
                ):
                    return ["drop" if marked else "hidden-code"]
    return []


def _readings(text: str) -> Iterator[str]:
    """A text that may be code as it is, and decoded: base64, hexadecimal, escaped, reversed."""
    text = text[:_INNER_CHARACTERS]
    if _CODE.search(text):
        yield text
    elif _CODE.search(text[::-1]):
        yield text[::-1]
    if "%" in text and _CODE.search(plain := unescaped(text)) and plain != text:
        yield plain
    data = b""
    if _BASE64.fullmatch(text):
        try:
            data = base64.b64decode(re.sub(r"\s", "", text))
        except (binascii.Error, ValueError):
            data = b""
    if _HEX.fullmatch(text):
        data = bytes.fromhex(text.removeprefix("0x"))
    if data.startswith(b"\x1f\x8b"):
        try:
            data = zlib.decompressobj(31).decompress(data, _INNER_CHARACTERS)
        except zlib.error:
            data = b""
    if data and (plain_text := as_text(data)) and _CODE.search(plain_text):
        yield plain_text


# ---------------------------------------------------------------- carriers, configuration

_DUMP = re.compile(
    r"^[ \t]{0,40}(internalauthenticationmethods|externalauthenticationmethods|externalurl"
    r"|internalurl|extendedprotectiontokenchecking|metabasepath|offlineaddressbooks"
    r"|whenchangedutc)[ \t]{0,60}:",
    re.IGNORECASE | re.MULTILINE,
)
_DUMP_CHARACTERS = 200_000
_MARKUP = re.compile(r"<\s{0,4}script\b|<%|\brunat\b", re.IGNORECASE)
_HANDLER = re.compile(r"<add\b([^<>]{0,2000})>", re.IGNORECASE)
_RUNS = re.compile(
    r"asp\.dll|aspnet_isapi\.dll|pagehandlerfactory|simplehandlerfactory|webservicehandlerfactory"
    r"|pagebuildprovider|webhandlerbuildprovider|webservicebuildprovider|php-cgi",
    re.IGNORECASE,
)
# Kinds of file that no application lets the server run.
_DATA_FILE = re.compile(
    r"\b(?:path|extension)\s*=\s*\"(?!robots\.|ads\.)[^\"]{0,200}\.(?:jpe?g|gif|png|bmp|ico|txt|log"
    r"|config|dat|woff2?|tmp|bak)\"",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"(?:scriptprocessor|processpath)\s{0,9}=\s{0,9}\"[^\"]{0,300}?\b(?:cmd|powershell|pwsh|[wc]script"
    r"|mshta|rundll32|regsvr32)(?:\.exe)?\b[^\"]{0,300}\"",
    re.IGNORECASE,
)
# How a site of another language is started.
_BATCH = re.compile(
    r"\barguments\s{0,9}=\s{0,9}\"/c\s{1,9}[\w.\\/%:~ -]{1,200}\.(?:bat|cmd)\s{0,9}\"",
    re.IGNORECASE,
)
_EXEC = re.compile(r"<!--\s{0,20}#exec\s{1,20}(?:cmd|cgi)\s{0,20}=", re.IGNORECASE)


def _carried(text: str, extension: str, wrapping: str, found: Page | None) -> Iterator[str]:
    """What the file is besides a page."""
    if wrapping == "mailbox" and extension in _SERVER:
        yield "mailbox"
    elif wrapping == "certificate" and extension in _SERVER and (found or extension != ".cer"):
        yield "certificate"
    elif wrapping == "picture" and found:
        yield "picture"
    elif wrapping == "binary" and found and extension in _SERVER:
        yield "carrier"
    named = {name.lower() for name in _DUMP.findall(text[:_DUMP_CHARACTERS])}
    if len(named) > 1 and _MARKUP.search(text):
        yield "dump"
    if extension == ".config":
        plain = html.unescape(text)
        if any(_RUNS.search(made) and _DATA_FILE.search(made) for made in _HANDLER.findall(plain)):
            yield "config-handler"
        if len(_STARTS.findall(plain)) > len(_BATCH.findall(plain)):
            yield "config-command"
        if found:
            yield "config-code"
    if extension in _INCLUDING and _EXEC.search(text):
        yield "config-command"
