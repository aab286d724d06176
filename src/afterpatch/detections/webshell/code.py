"""Server code as tokens, its constant texts put together and decoded.

Two ways of writing are told apart: that of C (C#, JScript, J#) and that of Visual Basic (VBScript,
VB.NET). A word is a text: a name in lower case with its members (`request.form`), a member of what
stands before (`.tostring`), a number, an operator, a line end (Visual Basic only), or a string,
which begins with a double quote and goes on with its content. All work is linear in the text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

__all__ = ["Code", "Family", "as_text", "is_name", "read", "unescaped", "words"]

Family = Literal["c", "js", "vb"]


def words(text: str) -> frozenset[str]:
    """A set of words, as written with blanks between."""
    return frozenset(text.split())


_LONGEST_CONSTANT = 64 * 1024  # characters that pieces are put together to
_TOKENS = 150_000
_LIST_TOKENS, _CALL_TOKENS = 4_000, 200  # of what may be constant in brackets
_ROUNDS = 3  # of putting constants in place of the names that hold them

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_START = r"(?:[^\W\d]|\$|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})"
_PART = rf"(?:\w|\$|[{_INVISIBLE}]|\\u[0-9a-fA-F]{{4}}|\\U[0-9a-fA-F]{{8}})"
_C_COMMENT = r"(?P<skip>[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)"
_C_REST = rf"""
|(?P<name>@?{_START}{_PART}*+)
|(?P<number>0[xX][0-9a-fA-F]++|\d[\d_]*+(?:\.\d++)?[a-zA-Z]{{0,2}})
|(?P<operator>===|!==|==|!=|<=|>=|=>|\+=|&=|\^=|&&|\|\||::|->|\?\?|\?\.|.)
"""
_C_STRINGS = r"""
|(?P<verbatim>(?:@\$?|\$@)"(?:[^"]++|"")*+"?)
|(?P<filled>\$"(?:[^"\\\n{]++|\\.|\{\{|\{[^{}\n]*+\})*+"?)
|(?P<string>"(?:[^"\\\n]++|\\.)*+"?)
"""
_PATTERNS: dict[Family, re.Pattern[str]] = {
    "c": re.compile(
        _C_COMMENT + _C_STRINGS + r"|(?P<char>'(?:[^'\\\n]|\\.[0-9a-fA-F]{0,8})')" + _C_REST,
        re.VERBOSE | re.DOTALL,
    ),
    "js": re.compile(
        _C_COMMENT
        + r"|(?P<string>\"(?:[^\"\\\n]++|\\.)*+\"?)|(?P<char>'(?:[^'\\\n]++|\\.)*+'?)"
        + _C_REST,
        re.VERBOSE | re.DOTALL,
    ),
    "vb": re.compile(
        rf"""
        (?P<skip>[^\S\n]++|_[^\S\n]*+\n|'[^\n]*+)
        |(?P<line>\n)
        |(?P<string>"(?:[^"\n]++|"")*+"?)
        |(?P<name>(?:[^\W\d]){_PART}*+|\[[^\]\n]{{1,80}}\])
        |(?P<number>&[hH][0-9a-fA-F]++&?|\d++(?:\.\d++)?)
        |(?P<operator><>|<=|>=|&=|\+=|:=|.)
        """,
        re.VERBOSE | re.DOTALL,
    ),
}
# Line ends of every kind, and the curly quotes that Visual Basic takes for quotes.
_LINES = str.maketrans({"\x85": "\n", "\u2028": "\n", "\u2029": "\n"})
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\uff02": '"', "\u2018": "'", "\u2019": "'"})
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL
)
_JS_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\n": ""}
_NAME_ESCAPE = re.compile(rf"\\u([0-9a-fA-F]{{4}})|\\U([0-9a-fA-F]{{8}})|[{_INVISIBLE}]")
_HOLE = re.compile(r"\{([^{}]{1,400})\}")
# Words that end what stands before a member, so that `then .Run` is no member of `then`.
_WORDS = words(
    "if then else elseif call set let and or not xor return in to case while until new "
    "print with do loop wend end dim as mod is await throw"
)
_REM = frozenset(("\n", ":", "then", "else"))


class Code(Struct, frozen=True):
    """One run of server code.

    `built` are the strings that stand nowhere as such but were put together or decoded, with the
    number of their pieces; `hidden_names` counts names with letters written as escapes or with
    invisible characters between them, `pieces` the characters given by number.
    """

    family: Family
    tokens: list[str]
    built: dict[str, int]
    hidden_names: int
    characters: int

    def strings(self) -> Iterator[str]:
        return (word[1:] for word in self.tokens if word[0] == '"')


def is_name(word: str) -> bool:
    """Whether a word is a name or a member."""
    first = word[0]
    if first.isalpha() or first in "_$":
        return True
    return first == "." and len(word) > 1


def read(text: str, family: Family, aliases: Mapping[str, str] | None = None) -> Code:
    """Return the tokens of `text`, with its constant texts folded.

    `aliases` are names that stand for others (`P` for `system.diagnostics.process`), besides those
    that the code itself declares; all in lower case.
    """
    tokens, hidden = _tokens(text, family)
    if known := {**(aliases or {}), **_aliases(tokens)}:
        tokens = [_spelled_out(word, known) for word in tokens]
    if family == "vb":
        tokens = _with_targets(tokens)
    whole = {word[1:] for word in tokens if word[0] == '"'}
    folder = _Folder(family)
    tokens = folder.fold(_with_lists(tokens))
    for _ in range(_ROUNDS):
        constants = _constants(tokens)
        if not constants:
            break
        replaced = _replaced(tokens, constants)
        if replaced is None:
            break
        tokens = folder.fold(replaced)
    built = {text: count for text, count in folder.built.items() if text not in whole}
    return Code(family, tokens, built, hidden, folder.characters)


# ---------------------------------------------------------------- tokens


def _tokens(text: str, family: Family) -> tuple[list[str], int]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINES)
    if family == "vb":
        text = text.translate(_QUOTES)
    found: list[str] = []
    hidden = 0
    dot = False
    remark = False
    for match in _PATTERNS[family].finditer(text):
        kind = match.lastgroup
        word = match[0]
        if kind == "line":
            remark = dot = False
            found.append("\n")
            continue
        if remark or kind == "skip":
            continue
        if kind == "name":
            if "\\" in word or not word.isascii():
                plain = _NAME_ESCAPE.sub(_letter, word)
                hidden += plain != word
                word = plain
            word = word.strip("@[]$").lower() or "_"
            if word == "rem" and family == "vb" and not dot and (not found or found[-1] in _REM):
                remark = True
            elif dot:
                if found and is_name(found[-1]) and found[-1] not in _WORDS:
                    found[-1] = _without_self(f"{found[-1]}.{word}")
                else:
                    found.append(f".{word}")
            else:
                found.append(word)
            dot = False
        elif kind == "operator":
            if word in ("::", "->"):
                word = "."
            if word == "?.":
                word = "."
            dot = word == "."
            if not dot:
                found.append(word)
        elif kind == "number":
            dot = False
            found.append(word)
        else:
            dot = False
            _add_string(found, word, kind or "", family)
        if len(found) > _TOKENS:
            break
    return found, hidden


def _aliases(tokens: Sequence[str]) -> dict[str, str]:
    """using P = System.Diagnostics.Process;   Imports P = System.Diagnostics.Process"""
    found: dict[str, str] = {}
    for at, word in enumerate(tokens[:-3]):
        if word not in ("using", "imports") or tokens[at + 2] != "=":
            continue
        meant = tokens[at + 3]
        if is_name(meant) and (at + 4 >= len(tokens) or tokens[at + 4] in (";", "\n")):
            found[tokens[at + 1]] = meant
    return found


def _spelled_out(word: str, aliases: Mapping[str, str]) -> str:
    base, dot, rest = word.partition(".")
    return f"{aliases[base]}{dot}{rest}" if base in aliases else word


def _with_targets(tokens: list[str]) -> list[str]:
    """Members below `With x` as members of x."""
    out: list[str] = []
    targets: list[str] = []
    for at, word in enumerate(tokens):
        before = tokens[at - 1] if at else "\n"
        if word == "with" and before == "end":
            if targets:
                targets.pop()
        elif word == "with" and at + 1 < len(tokens) and before in ("\n", ":"):
            following = tokens[at + 1]
            plain = is_name(following) and following != "new"
            targets.append(following if plain and following[0] != "." else "")
        elif targets and targets[-1] and word[0] == "." and len(word) > 1:
            begins = before not in (")", "]") and before[0] != '"'
            word = targets[-1] + word if begins else word
        out.append(word)
    return out


def _with_lists(tokens: list[str]) -> list[str]:
    """Lists of texts in place of their names, where they are joined: `Join(a, "")`, `a.join("")`"""
    if "join" not in tokens and not any(word.endswith(".join") for word in tokens):
        return tokens
    lists: dict[str, list[str]] = {}
    for at, word in enumerate(tokens[:-3]):
        if word != "=" or not at or not is_name(tokens[at - 1]):
            continue
        begin = at + 2 if tokens[at + 1 : at + 3] == ["array", "("] else at + 1
        if tokens[begin] not in ("(", "["):
            continue
        end = begin + 1
        while end < len(tokens) - 1 and end - begin < _LIST_TOKENS:
            if tokens[end][0] != '"' or tokens[end + 1] != ",":
                break
            end += 2
        if tokens[end][0] == '"' and tokens[end + 1 : end + 2] in ([")"], ["]"]):
            lists[tokens[at - 1]] = tokens[at + 1 : end + 2]
    out: list[str] = []
    for at, word in enumerate(tokens):
        base, _, member = word.rpartition(".")
        if len(out) > 2 * len(tokens) + _LIST_TOKENS:
            out.append(word)
        elif tokens[at - 2 : at] == ["join", "("] and word in lists:
            out += lists[word]
        elif member == "join" and base in lists:
            out += [*lists[base], ".join"]
        else:
            out.append(word)
    return out


def _without_self(name: str) -> str:
    for prefix in ("this.", "me.", "global."):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _letter(found: re.Match[str]) -> str:
    code = int(found[1] or found[2] or "0", 16)
    return chr(code) if 0 < code < 0x110000 else ""


def _add_string(found: list[str], word: str, kind: str, family: Family) -> None:
    if family == "vb":
        found.append('"' + _unquoted(word).replace('""', '"'))
        return
    holes = "$" in word[:2]
    body = _unquoted(word.lstrip("@$"))
    for at, part in enumerate(_HOLE.split(body) if holes else [body]):
        if at:
            found.append("+")
        if at % 2:
            found += ["(", *_tokens(part, "c")[0], ")"]
        elif kind == "verbatim":
            found.append('"' + part.replace('""', '"'))
        else:
            pattern = _JS_ESCAPE if family == "js" else _ESCAPE
            found.append('"' + pattern.sub(_escaped, part))


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[-1] == word[0] else word[1:]


def _escaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""
    if found[4]:
        return chr(int(found[4], 8))
    return _CONTROLS.get(found[5], found[5])


# ---------------------------------------------------------------- constants

_CHARACTER = words(
    "chr chrw chrb strings.chr strings.chrw microsoft.visualbasic.strings.chr char "
    "convert.tochar string.fromcharcode char.convertfromutf32 system.convert.tochar"
)
_CODE_UNIT = re.compile(r"(?:&h|0x)([0-9a-f]+)&?$|(\d+)", re.IGNORECASE)


class _Folder:
    """Reduces constant expressions from left to right, as they close."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.built: dict[str, int] = {}
        self.characters = 0

    def fold(self, tokens: Sequence[str]) -> list[str]:
        out: list[str] = []
        opened: list[int] = []
        for word in tokens:
            if word in ("(", "[", "{"):
                opened.append(len(out))
                out.append(word)
                continue
            if word in (")", "]", "}") and opened:
                start = opened.pop()
                if not self._closed(out, start, word):
                    out.append(word)
                elif out[-1][0] == '"':
                    self._joined(out)
                continue
            out.append(word)
            if word[0] == '"':
                self._joined(out)
        return out

    def _joined(self, out: list[str]) -> None:
        """ "a" + "b" → "ab" """
        while (
            len(out) > 2
            and out[-2] in ("+", "&")
            and out[-3][0] == '"'
            and len(out[-3]) < _LONGEST_CONSTANT
        ):
            right, left = out.pop()[1:], out[-2][1:]
            out.pop()
            out[-1] = '"' + left + right
            if left and right and len(left) + len(right) < 400:
                self.built[left + right] = self.built.get(left, 1) + self.built.get(right, 1)
            else:
                self.built.pop(left, None)

    def _closed(self, out: list[str], start: int, word: str) -> bool:
        """Replace what began at `start` by its value where that is constant."""
        longest = _LIST_TOKENS if word == "}" or word == "]" else _CALL_TOKENS
        inside = out[start + 1 :] if len(out) - start < longest else []
        if not inside:
            return False
        if word == "}" or word == "]":
            return self._characters(out, start, inside, word)
        name = out[start - 1] if start and is_name(out[start - 1]) else ""
        if name in _WORDS:
            name = ""
        if not name:
            if len(inside) == 1 and inside[0][0] == '"' and not _callable(out, start):
                del out[start:]
                out.append(inside[0])
                return True
            return False
        value = self._called(out, start, name, inside)
        if value is None:
            return False
        out.append('"' + value)
        if 0 < len(value) < 400:
            self.built[value] = max(2, self.built.get(value, 0))
        return True

    def _characters(self, out: list[str], start: int, inside: list[str], word: str) -> bool:
        """{'e', 'v', 'a', 'l'} → "eval" """
        texts = inside[::2]
        if (
            len(inside) < 5
            or any(part != "," for part in inside[1::2])
            or not all(text[0] == '"' and len(text) == 2 for text in texts)
            or (word == "]" and start and is_name(out[start - 1]))
        ):
            return False
        value = "".join(text[1] for text in texts)
        del out[start:]
        self.built[value] = len(texts)
        out.append('"' + value)
        return True

    def _called(self, out: list[str], start: int, name: str, inside: list[str]) -> str | None:
        last = name.rpartition(".")[2]
        if name in _CHARACTER or last in ("chr", "chrw", "fromcharcode"):
            codes = [_number(part) for part in _split(inside)]
            if any(code is None or not 0 <= code < 0x110000 for code in codes):
                return None
            self.characters += sum(chr(code or 0).isalnum() for code in codes)
            del out[start - 1 :]
            return "".join(chr(code or 0) for code in codes)
        if last == "string" and inside[-1][0] == '"' and "char" in inside[:-1]:
            begin = start - 1
            if begin and out[begin - 1] == "new":
                begin -= 1
            del out[begin:]
            return inside[-1][1:]
        if name[0] == "." and start > 1:
            if out[start - 2][0] == '"':
                value = _method(last, out[start - 2][1:], _split(inside))
                if value is not None:
                    del out[start - 2 :]
                return value
            if last == "join" and out[start - 2] == "]" and inside[0][0] == '"':
                return self._list_joined(out, start, inside[0][1:])
            return None
        parts = _split(inside)
        constants = [part[0] for part in parts if len(part) == 1]
        if len(constants) != len(parts):
            return self._array_joined(out, start, last, parts)
        value = _function(last, constants)
        if value is not None:
            del out[start - 1 :]
        return value

    def _list_joined(self, out: list[str], start: int, between: str) -> str | None:
        """["ev", "al"].join("")"""
        at = start - 3
        texts: list[str] = []
        while at > 0 and out[at][0] == '"' and len(texts) < 1_000:
            texts.append(out[at][1:])
            if out[at - 1] == "[":
                del out[at - 1 :]
                return between.join(reversed(texts))
            if out[at - 1] != ",":
                return None
            at -= 2
        return None

    def _array_joined(
        self, out: list[str], start: int, last: str, parts: list[list[str]]
    ) -> str | None:
        """Join(Array("ev", "al"), "")"""
        first = parts[0]
        if last != "join" or first[:2] != ["array", "("] or first[-1] != ")":
            return None
        inner = _split(first[2:-1])
        between = parts[1][0][1:] if len(parts) > 1 and parts[1][0][0] == '"' else " "
        if not all(len(part) == 1 and part[0][0] == '"' for part in inner):
            return None
        del out[start - 1 :]
        return between.join(part[0][1:] for part in inner)


def _callable(out: list[str], start: int) -> bool:
    """Whether what stands before the bracket may be called: `f(1)("x")`, `a["b"]("x")`."""
    return bool(start) and (out[start - 1] in (")", "]") or out[start - 1][0] == '"')


def _split(tokens: Sequence[str]) -> list[list[str]]:
    """Arguments: the tokens between the commas of the outermost level."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in tokens:
        if word in ("(", "[", "{"):
            depth += 1
        elif word in (")", "]", "}"):
            depth -= 1
        if word == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part or ["?"] for part in parts]


_SIGNS = {"+": 1, "-": -1}


def _number(tokens: Sequence[str]) -> int | None:
    """The value of a short sum, product or exclusive or of whole numbers."""
    if not tokens or len(tokens) > 40:
        return None
    total, term, sign, operator = 0, None, 1, ""
    flips: list[int] = []
    for word in tokens:
        if word in ("(", ")") or word in ("clng", "cint", "csng", "cdbl", "int", "&"):
            continue
        if word in ("+", "-"):
            if term is not None:
                total += sign * term
                term = None
            sign = _SIGNS[word]
        elif word in ("*", "/", "\\"):
            operator = word
        elif word in ("xor", "^"):
            if term is not None:
                total += sign * term
            flips.append(total)
            total, term, sign = 0, None, 1
        else:
            text = word[1:] if word[0] == '"' else word
            found = _CODE_UNIT.match(text)
            if not found or len(text) > 12:
                return None
            value = int(found[1], 16) if found[1] else int(found[2])
            if operator == "*" and term is not None:
                term *= value
            elif operator and term is not None:
                term = term // value if value else 0
            else:
                term = value
            operator = ""
    if term is not None:
        total += sign * term
    for flip in flips:
        total ^= flip
    return total


def _method(last: str, text: str, parts: list[list[str]]) -> str | None:
    given = [part[0][1:] for part in parts if part[0][0] == '"' and len(part) == 1]
    if last == "replace" and len(given) == 2 and given[0]:
        return _exchanged(text, given[0], given[1])
    if last == "join" and given == [""]:  # of characters that were put together before
        return text
    if last == "concat" and len(given) == len(parts):
        return text + "".join(given)
    if last in ("substring", "substr") and not given:
        numbers = [_number(part) for part in parts]
        if None in numbers or len(numbers) > 2:
            return None
        begin = numbers[0] or 0
        return text[begin : begin + (numbers[1] or 0)] if len(numbers) == 2 else text[begin:]
    return None


def _function(last: str, constants: list[str]) -> str | None:
    texts = [word[1:] for word in constants if word[0] == '"']
    if not texts:
        return None
    text = texts[0]
    if last in _ONE_TEXT and len(texts) == 1:
        return _ONE_TEXT[last](text)
    if last == "replace" and len(texts) == 3 and texts[1]:
        return _exchanged(text, texts[1], texts[2])
    if last == "concat" and len(texts) == len(constants):
        return "".join(texts)
    if last in ("mid", "left", "right") and constants[0][0] == '"':
        numbers = [_number([word]) for word in constants[1:]]
        if not numbers or None in numbers:
            return None
        count = numbers[-1] or 0
        if last == "left":
            return text[:count]
        if last == "right":
            return text[-count:] if count else ""
        begin = max((numbers[0] or 1) - 1, 0)
        return text[begin : begin + count] if len(numbers) == 2 else text[begin:]
    if last == "format" and len(texts) == len(constants) and len(texts) < 40:
        filled: str | None = text
        for at, part in enumerate(texts[1:]):
            filled = _exchanged(filled, f"{{{at}}}", part) if filled is not None else None
        return filled
    return None


def _exchanged(text: str, old: str, new: str) -> str | None:
    """The text with `old` replaced; None when it would grow beyond all bounds."""
    grown = len(text) + text.count(old) * max(0, len(new) - len(old))
    return text.replace(old, new) if grown <= _LONGEST_CONSTANT else None


def _base64(text: str) -> str | None:
    try:
        data = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return None
    return None if data.startswith(b"MZ") else as_text(data)


def as_text(data: bytes) -> str | None:
    """Bytes as text where they are some, in UTF-8 or UTF-16; None for others."""
    if len(data) > 3 and data[1::2].count(0) > len(data) // 3:
        return data.decode("utf-16-le", "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    odd = sum(text.count(chr(code)) for code in (*range(9), *range(14, 32)))
    return text if odd * 50 <= len(text) else None


_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")


def unescaped(text: str) -> str:
    """What JScript's unescape makes of `%uXXXX` and `%XX`."""
    return unquote(_PERCENT_U.sub(lambda found: chr(int(found[1], 16)), text), "latin-1")


_ONE_TEXT: dict[str, Callable[[str], str | None]] = {
    "strreverse": lambda text: text[::-1],
    "unescape": unescaped,
    "unescapedatastring": unescaped,
    "decodeuri": unescaped,
    "decodeuricomponent": unescaped,
    "urldecode": unescaped,
    "frombase64string": _base64,
    "atob": _base64,
    "getstring": lambda text: text,
    "getbytes": lambda text: text,
    "lcase": str.lower,
    "ucase": str.upper,
    "tolower": str.lower,
    "trim": str.strip,
    "cstr": lambda text: text,
}


def _constants(tokens: Sequence[str]) -> dict[str, str]:
    """Names that are only ever set to one text, or to one text that grows piece by piece."""
    values: dict[str, str] = {}
    spoiled = _given_elsewhere(tokens)
    size = len(tokens)
    for at, word in enumerate(tokens):
        if word not in ("=", "+=", "&=", "^=", "-="):
            continue
        before = tokens[at - 1] if at else ""
        if not before or not is_name(before):
            continue
        if _in_condition(tokens, at):
            continue
        right = tokens[at + 1] if at + 1 < size else ""
        after = tokens[at + 2] if at + 2 < size else "\n"
        ends = after in _ENDS
        if word == "=" and right[:1] == '"' and ends and before not in values:
            values[before] = right[1:]
        elif word in ("+=", "&=") and right[:1] == '"' and ends and before in values:
            if len(values[before]) < _LONGEST_CONSTANT:
                values[before] += right[1:]
        elif (
            word == "="
            and right == before
            and after in ("+", "&")
            and before in values
            and at + 3 < size
            and tokens[at + 3][0] == '"'
            and (at + 4 >= size or tokens[at + 4] in _ENDS)
        ):
            if len(values[before]) < _LONGEST_CONSTANT:
                values[before] += tokens[at + 3][1:]
        elif word == "=" and right == '"' and ends:
            continue  # cleared
        else:
            spoiled.add(before)
    return {name: text for name, text in values.items() if name not in spoiled and text}


def _given_elsewhere(tokens: Sequence[str]) -> set[str]:
    """Names that get their values by other ways than a `=`: parameters, names of loops."""
    found: set[str] = set()
    opened: list[int] = []
    last = (0, 0)  # the pair of round brackets that closed last
    for at, word in enumerate(tokens):
        if word == "(":
            opened.append(at)
        elif word == ")" and opened:
            last = opened.pop(), at
            name = tokens[last[0] - 2] if last[0] > 1 else ""
            if name in ("function", "sub"):
                found.update(filter(is_name, tokens[last[0] : at]))
        elif word == "{" and at - last[1] < 4 and last[1]:
            found.update(filter(is_name, tokens[last[0] : last[1]]))
        elif word in ("in", "=>") and at:
            found.add(tokens[at - 1])
        elif word in ("out", "ref") and at + 1 < len(tokens):
            found.add(tokens[at + 1])
    return found


_ENDS = frozenset((";", "\n", ":", ",", ")", "}", "%"))
_CONDITIONS = words("if elseif while until case and or not select")


def _in_condition(tokens: Sequence[str], at: int) -> bool:
    """Whether a `=` of Visual Basic compares: between `if` and `then`."""
    for back in range(at - 1, max(at - 12, -1), -1):
        word = tokens[back]
        if word in ("\n", ";", "then", "else", "{", "}", ":"):
            return False
        if word in _CONDITIONS:
            return True
    return False


def _replaced(tokens: Sequence[str], constants: dict[str, str]) -> list[str] | None:
    """The tokens with constants in place of their names; None when there is no such place."""
    out: list[str] = []
    size = len(tokens)
    changed = False
    grown = 0
    for at, word in enumerate(tokens):
        following = tokens[at + 1] if at + 1 < size else ""
        if following in ("=", "+=", "&=") or grown > 4 * _LONGEST_CONSTANT:
            out.append(word)
        elif word in constants and following not in ("(", "["):
            out.append('"' + constants[word])
            grown += len(constants[word])
            changed = True
        elif "." in word and (base := word.partition("."))[0] in constants:
            out += ['"' + constants[base[0]], f".{base[2]}"]
            grown += len(constants[base[0]])
            changed = True
        else:
            out.append(word)
    return out if changed else None
