"""One stream of Exchange cmdlets, in whichever of its four logs a cmdlet is told of.

The event log `MSExchange Management`, CosmosQueue, `Rps_Cmdlet` and the ECP server log each write
cmdlet, parameters, caller and result in their own way. Their parsers give what they read to
`describe`, so that a detection asks all four the same:

  Cmdlet        as the log writes it
  Parameters    the parameters as one text, as the log writes them
  Param.<name>  one field for each parameter, its name in lower case; a list becomes a tuple, and so
                do the values of a parameter that stands twice (a value may have forged the second)
  Account       who ran it: `EXAMPLE\\anna`, or `corp.example.org/Users/Anna` in the event log
  AccountClass  "system" or "computer", and "user" for any other account that is named
  Process       the process it ran in, without its number: `w3wp#MSExchangePowerShellAppPool`;
                `powershell` is the snap-in loaded on the server itself
  Session       the application that asked: `Remote-ManagementShell-Unknown`, `ActiveMonitor`
  Succeeded     "true" or "false"; absent where the log can't tell

Facts: the rows and events of these logs; Exchange writes a parameter as `-Name "value"`, ECP as
`.Name='value'`. Quotes in a value stand doubled or as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from afterpatch.model import Value

__all__ = ["account_class", "dashed", "describe", "dotted"]

PREFIX = "Param."
_MOST = 256  # parameters of one cmdlet; a real one has some dozens
_NAME = r"[A-Za-z][A-Za-z0-9]{0,63}"

# -Identity "anna" -Members {a, b} -Confirm:$false -GenerateRequest
_DASHED = re.compile(rf"(?:^|(?<=\s))-({_NAME})(?=[\s:]|$)(?::|\s{{0,64}})\s{{0,64}}", re.ASCII)
_AFTER_DASHED = rf"(?=\s{{1,64}}-{_NAME}(?:[\s:]|$)|\s{{0,64}}$)"
_END = {
    opening: re.compile(re.escape(closing) + _AFTER_DASHED, re.ASCII)
    for opening, closing in (('"', '"'), ("'", "'"), ("{", "}"), ("(", ")"))
}
# {Identity=anna, ForwardingSmtpAddress=smtp:box@example.net}: how older versions write them
_BRACED = re.compile(rf"(?:^\{{|, )({_NAME})=", re.ASCII)
# ExternalUrl='https://...'.Identity='...'
_DOTTED = re.compile(rf"(?:^|\.)({_NAME})=", re.ASCII)
_END_DOTTED = re.compile(rf"'(?=\.{_NAME}=|\s{{0,64}}$)", re.ASCII)


def dashed(text: str) -> list[tuple[str, str]]:
    """Names and values of `-Name "value" -Other 'value' -List ("a", "b") -Switch:$true`, in order.

    A quoted value ends at the first quote that the next parameter or the end of the text follows:
    a value may hold quotes that are not doubled.
    """
    if _BRACED.match(text):
        names = list(islice(_BRACED.finditer(text), _MOST))
        stops = [*(name.start() for name in names[1:]), len(text)]
        return [
            (name[1], text[name.end() : stop].removesuffix("}"))
            for name, stop in zip(names, stops, strict=True)
        ]
    found: list[tuple[str, str]] = []
    ends = dict(_END)
    name = _DASHED.search(text)
    while name and len(found) < _MOST:
        start = name.end()
        opening = text[start : start + 1]
        end = ends[opening].search(text, start + 1) if opening in ends else None
        if end:
            inner = text[start + 1 : end.start()]
            found.append((name[1], f"{{{inner}}}" if opening in "{(" else _single(inner, opening)))
            name = _DASHED.search(text, end.end())
        else:
            ends.pop(opening, None)  # there is none further on either
            after = _DASHED.search(text, start)
            value = text[start : after.start() if after else len(text)].strip()
            found.append((name[1], value.strip("\"'")))
            name = after
    return found


def dotted(text: str) -> list[tuple[str, str]]:
    """Names and values of `Name='value'.Other='value'`, as the ECP server log writes them."""
    found: list[tuple[str, str]] = []
    name = _DOTTED.match(text)
    while name and len(found) < _MOST:
        start = name.end()
        if text.startswith("'", start):
            end = _END_DOTTED.search(text, start + 1)
            stop, after = (end.start(), end.end()) if end else (len(text), len(text))
            found.append((name[1], _single(text[start + 1 : stop], "'")))
        else:
            following = _DOTTED.search(text, start)
            after = following.start() if following else len(text)
            found.append((name[1], text[start:after].strip()))
        name = _DOTTED.match(text, after)
    return found


def _single(value: str, quote: str) -> str:
    return value.replace(quote * 2, quote)


def describe(
    fields: dict[str, Value],
    parameters: Iterable[tuple[str, str]],
    *,
    account: str = "",
    sid: str = "",
    process: str = "",
    session: str = "",
    succeeded: bool | None = None,
) -> None:
    """Adds to a record's fields what every log of cmdlets tells; what is not known is left out.

    `sid` is the security identifier of the caller, which is the same in every language.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(f"{PREFIX}{name.lower()}", []).extend(_items(value))
    for key, items in values.items():
        fields[key] = items[0] if len(items) == 1 else tuple(items)
    told = {
        "Account": account,
        "AccountClass": account_class(account, sid),
        "Process": process,
        "Session": session,
        "Succeeded": "" if succeeded is None else "true" if succeeded else "false",
    }
    fields.update({name: value for name, value in told.items() if value})


def _items(value: str) -> list[str]:
    """The items of a list `{a, b}`; any other value is one item."""
    if not (value.startswith("{") and value.endswith("}")):
        return [value]
    return [item.strip().strip("\"'") for item in value[1:-1].split(",")]


# NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost)   AUTORITE NT\Système   NT-AUTORITÄT\SYSTEM
_SYSTEM = re.compile(r"(?:nt\b[^\\/]{0,40}|[^\\/]{1,40}\bnt)[\\/](?:s[yi]s|сис)", re.IGNORECASE)
_SERVICES = ("S-1-5-18", "S-1-5-19", "S-1-5-20")


def account_class(account: str, sid: str = "") -> str:
    """Tells "system" (in any language), "computer" and "user" apart; empty without an account."""
    name = account.split(" (", 1)[0].strip()
    if sid.upper() in _SERVICES or name.upper() in _SERVICES or _SYSTEM.match(name):
        return "system"
    if name.partition("@")[0].endswith("$"):
        return "computer"
    return "user" if name else ""
