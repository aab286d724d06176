"""What of a web file runs on the server: its code, its controls, its directives.

Facts: Microsoft's documentation of ASP, ASP.NET page syntax, Razor and WCF service files. Client
script, that is `<script>` without `runat=server`, is no server code, whatever it holds; nor is a
comment `<%-- --%>` or a data binding `<%# %>`. A comment of HTML hides nothing from the server.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from afterpatch.detections.webshell.code import Code, Family, read, words

__all__ = ["Kind", "Page", "page"]

Kind = Literal["page", "handler", "razor", "transform"]

_SCRIPT = re.compile(r"<script\b([^>]{0,1000})>", re.IGNORECASE)
_SERVER = re.compile(r"\brunat\s{0,20}=\s{0,20}[\"']?\s{0,20}server\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([\w:-]{1,80})\s{0,20}=\s{0,20}(\"[^\"]{0,4000}\"|'[^']{0,4000}'|[^\s\"'>]{1,400})"
)
_OBJECT = re.compile(r"<object\b([^>]{0,1000})>", re.IGNORECASE)
_CONTROL = re.compile(
    r"<(asp:\w{1,60}|input|textarea|select|span|div|\w{1,30}:\w{1,60})\s([^<>]{0,3000})",
    re.IGNORECASE,
)
_INCLUDE = re.compile(
    r"<!--\s{0,20}#include\s{1,20}(?:file|virtual)\s{0,20}=\s{0,20}[\"']([^\"'>]{1,400})",
    re.IGNORECASE,
)
_VB = re.compile(
    r"\bend[ \t]+(?:if|sub|function|class|select)\b|\bdim\s|\bset\s+\w+\s*=|\bthen\b|\bsub\s"
    r"|\bnext\b|\bon\s+error\b|\bfunction\s+\w+\s*\([^)]{0,200}\)[ \t]*\n"
    r"|\bexecute(?:global)?[ \t]+\w|\beval[ \t]+\w|<>|\bcall\s+\w|^[ \t]*\w+\.\w+[ \t]+[\w\"]"
    r"|^[ \t]*'|[\w\")][ \t]*&[ \t]*[\w\"(]",
    re.IGNORECASE | re.MULTILINE,
)
_C = re.compile(
    r";[ \t]*(?:\r?\n|\Z|\}|//)|\{[ \t]*(?:\r?\n|\Z)|\bvar\s+\w|\bnew\s+[\w.]+\s*[\[(]"
    r"|[\w)\]][ \t]*[!=]=[ \t]*[\w\"'(-]|\|\||&&|^[ \t]*//|\}[ \t]*else\b"
    r"|\bfunction\s*\w*\s*\([^)]{0,200}\)\s*\{|\b(?:string|byte|int|void)\b\s*[\[\w]|^[ \t]*using\s"
    r"|\w\[[\"']",
    re.IGNORECASE | re.MULTILINE,
)
_REMARK = re.compile(r"^[ \t]*'[^\n]*+", re.MULTILINE)
_LANGUAGES: dict[str, Family] = {
    "c#": "c", "cs": "c", "csharp": "c", "c": "c", "j#": "c", "vj#": "c", "vjs": "c", "jsl": "c",
    "c++": "c", "f#": "c",
    "js": "js", "jscript": "js", "javascript": "js", "ecmascript": "js", "jscript.encode": "js",
    "perlscript": "js", "python": "js",
    "vb": "vb", "vbs": "vb", "vbscript": "vb", "visualbasic": "vb", "vbscript.encode": "vb",
}  # fmt: skip
_HANDLERS = frozenset(("webhandler", "webservice", "servicehost", "class", "webgenerator"))
_CLASSIC = words(".asp .asa .cer .cdx .htr .stm .shtml .shtm")
_RAZOR = frozenset((".cshtml", ".cshtm", ".vbhtml", ".vbhtm"))
_SERVICES = frozenset((".ashx", ".asmx", ".svc", ".soap", ".rem", ".xamlx"))
_RAZOR_BLOCK = re.compile(
    r"@(?:functions|code|section\s+\w{1,60}|helper\s+[^{\n]{1,300})?\s{0,200}\{"
)
_RAZOR_NAME = re.compile(
    r"@(?:\(|((?:if|foreach|for|while|using|switch|lock)\s{0,20}\()|[A-Za-z_][\w.]{0,200}[(\[])"
)
_ANY_SCRIPT = re.compile(r"<(?:\w{1,40}:)?script\b([^>]{0,1000})>", re.IGNORECASE)
_END_SCRIPT = re.compile(r"</(?:\w{1,40}:)?script\s{0,20}>", re.IGNORECASE)


class Page(Struct, frozen=True):
    """The server's view of one web file.

    `code` holds its runs of code (one for each language), `source` the same as written, `controls`
    the kinds of its server controls by id. `belongs`: it names other files of its application (a
    class behind it, a master page, includes, user controls). `tail`: what stands below the end of
    the page, where foreign code is appended.
    """

    kind: Kind
    classic: bool
    code: tuple[Code, ...]
    controls: dict[str, str]
    directives: tuple[dict[str, str], ...]
    includes: tuple[str, ...]
    belongs: bool
    source: str
    tail: str


# Data binding is code as well; its Eval evaluates nothing.
_BOUND_DEED = re.compile(r"\bprocess\b|\bassembly\b|jscriptevaluate", re.IGNORECASE)


class _Reading:
    def __init__(self, family: Family | None) -> None:
        self.default = family
        self.parts: dict[Family | None, list[str]] = {}

    def add(self, text: str, family: Family | None = None) -> None:
        self.parts.setdefault(family or self.default, []).append(text)


def page(text: str, extension: str) -> Page | None:
    """Read a web file; None when nothing in it runs on the server.

    `extension` is lower case, with its dot, and only breaks ties: content decides.
    """
    if extension in _RAZOR:
        return _razor(text, extension)
    if extension in (".xslt", ".xsl") or (
        "xsl:stylesheet" in text[:4000] and ":script" in text and "<%" not in text[:4000]
    ):
        return _transform(text)
    lower = text.lower()
    included = extension in _CLASSIC and "#include" in lower
    if "<%" not in text and "runat" not in lower and not included:
        return None
    return _active(text, lower, extension)


def _active(text: str, lower: str, extension: str) -> Page | None:
    directives: list[dict[str, str]] = []
    reading = _Reading(None)
    at = 0
    size = len(text)
    last_directive = 0
    close_script = "</script"
    tail_from = _end_of_page(lower)
    sources: list[str] = []  # files that are run as parts of this one
    while at < size:
        block = text.find("<%", at)
        script = _SCRIPT.search(text, at, block if block >= 0 else size)
        if script and _SERVER.search(script[1]):
            end = lower.find(close_script, script.end())
            end = size if end < 0 else end
            made = _attributes(script[1])
            language = made.get("language", "")
            sources.append(made.get("src", ""))
            reading.add(text[script.end() : end], _LANGUAGES.get(language.lower()))
            at = end
            continue
        if script:
            at = script.end()
            continue
        if block < 0:
            break
        mark = text[block + 2 : block + 3]
        if text.startswith("--", block + 2):
            end = text.find("--%>", block + 4)
            at = size if end < 0 else end + 4
            continue
        end = text.find("%>", block + 2)
        end = size if end < 0 else end
        body = text[block + 2 : end]
        at = end + 2
        if mark == "@":
            found = _directive(body[1:])
            directives.append(found)
            if not reading.parts:
                last_directive = at
            if found[""] in _HANDLERS:
                break
        elif mark == "#" and _BOUND_DEED.search(body):
            reading.add(f"response.write({body[1:]})\n")
        elif mark in "#$" and mark:
            continue
        elif mark in "=:" and mark:
            reading.add(f"response.write({body[1:]})\n")
        else:
            reading.add(body + "\n")
    language = next((d["language"] for d in directives if d.get("language")), "").lower()
    family = _LANGUAGES.get(language)
    handler = any(d[""] in _HANDLERS for d in directives)
    if handler or (extension in _SERVICES and not reading.parts):
        # The whole file below its directives is code.
        reading.add(text[last_directive:])
    for element in _OBJECT.finditer(text):
        made = _attributes(element[1])
        if "server" in made.get("runat", "").lower() and (
            made.get("progid") or made.get("classid")
        ):
            name = re.sub(r"\W", "", made.get("id", "")) or "object"
            what = made.get("progid") or made["classid"]
            reading.add(f'{name} = server.createobject("{what}")\n')
    aliases = {}
    for found in directives:
        name, sign, meant = found.get("namespace", "").lower().partition("=")
        if found[""] == "import" and sign:
            aliases[name.strip()] = meant.strip()
    code = _codes(reading, family, aliases, classic=extension in _CLASSIC)
    included = _INCLUDE.findall(text)
    sources += [d.get(key, "") for d in directives for key in ("src", "codefile", "codebehind")]
    if not code and not included and not any(sources):
        return None
    return Page(
        kind="handler" if handler else "page",
        classic=extension in _CLASSIC and not any(d[""] == "page" for d in directives),
        code=code,
        controls=_controls(text),
        directives=tuple(directives),
        includes=tuple(name.lower() for name in (*included, *sources) if name),
        belongs=bool(included) or _belongs(directives, lower),
        source="\n".join(part for parts in reading.parts.values() for part in parts),
        tail=text[tail_from:] if tail_from else "",
    )


_END = re.compile(r"</html\s{0,20}>")
_FOOT_CHARACTERS = 200_000


def _end_of_page(lower: str) -> int:
    """Where the page ends and something else is appended; 0 when nothing is."""
    ends = [found.end() for found in _END.finditer(lower)]
    if not ends or not lower[ends[0] :].strip():
        return 0
    rest = lower[ends[0] :]
    return ends[0] if ("<%" in rest or "runat" in rest) and len(rest) < _FOOT_CHARACTERS else 0


_SAMPLE_CHARACTERS = 30_000
_CODE_CHARACTERS = 250_000  # of a page that are looked at closely
_WINDOW_CHARACTERS = 10_000
_TELLING = re.compile(
    r"eval|execute|process|assembly|shell|invoke|deserialize|virtualalloc|socket|\\u00[46]"
    r"|createtextfile|savetofile|writeall|saveas|streamwriter|machinekey|compile|xsl|\.load\b",
    re.IGNORECASE,
)


def _essence(text: str) -> str:
    """Of very long code its ends and what stands around the words that matter."""
    if len(text) <= _CODE_CHARACTERS:
        return text
    spans = [(0, _WINDOW_CHARACTERS), (len(text) - _WINDOW_CHARACTERS, len(text))]
    left = _CODE_CHARACTERS - 2 * _WINDOW_CHARACTERS
    at = 0
    while left > 0 and (found := _TELLING.search(text, at)):
        start = max(at, found.start() - _WINDOW_CHARACTERS)
        at = found.end() + _WINDOW_CHARACTERS
        spans.append((start, at))
        left -= at - start
    return "\n".join(text[start:end] for start, end in sorted(spans))


def _codes(
    reading: _Reading, family: Family | None, aliases: dict[str, str], *, classic: bool
) -> tuple[Code, ...]:
    """One run of code for each language, that of the parts without one being guessed."""
    merged: dict[Family, list[str]] = {}
    for named, texts in reading.parts.items():
        text = _essence("\n".join(texts))
        merged.setdefault(named or _guessed(text, family, classic=classic), []).append(text)
    found = []
    for chosen in sorted(merged):
        text = "\n".join(merged[chosen])
        if text.strip():
            found.append(read(text, chosen, aliases))
    return tuple(code for code in found if code.tokens)


def _guessed(text: str, family: Family | None, *, classic: bool) -> Family:
    """The way code is written: as the directive says, unless the code plainly says otherwise."""
    sample = text[:_SAMPLE_CHARACTERS]
    basic = len(_VB.findall(sample))
    c = len(_C.findall(_REMARK.sub("", sample)))
    if family == "vb":
        return "js" if c > 4 * (basic + 1) else "vb"
    if family:
        return "vb" if basic > 4 * (c + 1) else family
    return "js" if c > basic * (2 if classic else 1) else "vb"


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(text)}


def _directive(body: str) -> dict[str, str]:
    """Attributes of a directive; its name stands under the empty key, `page` when left out."""
    found = _attributes(body)
    word = re.match(r"\s{0,200}([A-Za-z]{1,40})\b(?!\s{0,20}=)", body)
    found[""] = word[1].lower() if word else "page"
    return found


def _belongs(directives: list[dict[str, str]], lower: str) -> bool:
    for found in directives:
        if found.keys() & {"codebehind", "codefile", "masterpagefile"} or (
            found[""] == "register" and ("src" in found or "assembly" in found)
        ):
            return True
        inherits = found.get("inherits", "").lower()
        if "." in inherits and not inherits.startswith("system.web.ui"):
            return True
    return "<asp:content " in lower


def _controls(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag, rest in _CONTROL.findall(text):
        if "server" in rest.lower():
            name = _attributes(rest).get("id", "").lower()
            if name:
                found[name] = tag.lower()
    return found


# ---------------------------------------------------------------- other shapes


def _razor(text: str, extension: str) -> Page | None:
    """The code blocks and expressions of a Razor page."""
    parts: list[str] = []
    at = 0
    basic = extension.startswith(".vb")
    if basic:
        for word in ("code", "functions"):
            parts += _vb_blocks(text, word)
        parts += _VB_EXPRESSION.findall(text)
    while not basic and at < len(text):
        sign = text.find("@", at)
        if sign < 0:
            break
        if text.startswith("@*", sign):
            end = text.find("*@", sign + 2)
            at = len(text) if end < 0 else end + 2
            continue
        block = _RAZOR_BLOCK.match(text, sign)
        if block:
            end = _closing(text, block.end(), "{", "}")
            parts.append(text[block.end() : end])
            at = end
            continue
        name = _RAZOR_NAME.match(text, sign)
        if name and name[1]:
            brace = text.find("{", name.end())
            end = _closing(text, brace + 1, "{", "}") if brace >= 0 else len(text)
            parts.append(text[sign + 1 : end])
            at = end
        elif name:
            opening = text[name.end() - 1]
            end = _closing(text, name.end(), opening, ")" if opening == "(" else "]")
            parts.append(f"response.write({text[sign + 1 : end + 1]});")
            at = end
        else:
            at = sign + 1
    parts += [body for head, body in _scripts(text) if _SERVER.search(head)]
    if not any(part.strip() for part in parts):
        return None
    code = read(_essence("\n".join(parts)), "vb" if basic else "c")
    return Page(
        kind="razor",
        classic=False,
        code=(code,),
        controls={},
        directives=(),
        includes=(),
        belongs="layout" in text.lower() or "@model" in text,
        source="\n".join(parts),
        tail="",
    )


_VB_EXPRESSION = re.compile(r"@([A-Za-z_][\w.]{0,200}\([^)\n]{0,400}\))")


def _vb_blocks(text: str, word: str) -> Iterator[str]:
    """@Code ... End Code"""
    begins = re.compile(rf"@{word}\b", re.IGNORECASE)
    ends = re.compile(rf"\bend\s{{1,9}}{word}\b", re.IGNORECASE)
    at = 0
    while begin := begins.search(text, at):
        end = ends.search(text, begin.end())
        at = end.end() if end else len(text)
        yield text[begin.end() : end.start() if end else at]


def _scripts(text: str) -> Iterator[tuple[str, str]]:
    """The attributes and the content of script elements, of any namespace."""
    at = 0
    while head := _ANY_SCRIPT.search(text, at):
        tail = _END_SCRIPT.search(text, head.end())
        at = tail.end() if tail else len(text)
        yield head[1], text[head.end() : tail.start() if tail else at]


_LITERAL = re.compile(
    r"@\"(?:[^\"]|\"\")*+\"|\"(?:[^\"\\\n]|\\.)*+\"|//[^\n]*+|/\*.*?\*/|[{}()\[\]]", re.DOTALL
)


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    """The offset of the bracket that closes the one before `start`."""
    depth = 1
    for found in _LITERAL.finditer(text, start):
        word = found[0]
        if word == opening:
            depth += 1
        elif word == closing:
            depth -= 1
            if not depth:
                return found.start()
    return len(text)


def _transform(text: str) -> Page | None:
    """The scripts of an XSL transformation, which run where it is trusted."""
    parts = []
    family: Family = "js"
    for head, body in _scripts(text):
        if "implements-prefix" in head.lower():
            family = _LANGUAGES.get(_attributes(head).get("language", "").lower(), "js")
            plain = body if "<![CDATA[" in body else html.unescape(body)
            parts.append(plain.replace("<![CDATA[", "").replace("]]>", ""))
    if not parts:
        return None
    return Page(
        kind="transform",
        classic=False,
        code=(read(_essence("\n".join(parts)), family),),
        controls={},
        directives=(),
        includes=(),
        belongs=False,
        source="\n".join(parts),
        tail="",
    )
