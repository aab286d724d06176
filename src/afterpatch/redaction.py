"""Replaces the owner's names in dossiers by pseudonyms, before any output is written.

One transformation of the `Dossier` as a whole, so that no format can forget it. First the names are
gathered: from the fields that hold them, then from the texts by the forms that accounts, addresses
and host names have. Then every text is gone through word by word. What is nobody's own (addresses
of the internet, names that intruders planted, hashes) stays.

A pseudonym is a keyed hash (HMAC, RFC 2104) of the name in lower case: the same in all dossiers of
one key, and not to be guessed by hashing names without it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from afterpatch import model
from afterpatch.errors import UsageError
from afterpatch.knowledge import bare_account, is_person
from afterpatch.limits import REDACTION_FILE_BYTES
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.text import encodable

__all__ = ["Names", "new_key", "read_key", "redact", "write_names"]

SCHEMA = "afterpatch/redaction/1"
KEY_BYTES = 32
_SHORT = 200  # characters of a text that is likely to recur
_DIGITS = 10  # of a pseudonym, in hexadecimal
NOTE = (
    "Accounts, mailboxes, hosts, domains and inner addresses of the owner are replaced by "
    "pseudonyms; the evidence is named by its hashes alone."
)

# Inner addresses: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 (link-local).
_INNER = tuple(
    ip_network(net)
    for net in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_IPV4 = r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)"
_IPV6 = r"(?<![0-9A-Fa-f:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Fa-f:]|\.\d)"
_SID = r"S-1-5-21(?:-\d{1,10}){3,4}(?!\d)"  # of a domain, a computer, or an account of one
_NUMBERED = re.compile(f"(?P<sid>{_SID})|(?P<ip>{_IPV4}|{_IPV6})", re.IGNORECASE)

# Words of Windows, Exchange and of this program: a name that is one of them is replaced only where
# it is written as an account or a host, since it tells nobody apart and stands everywhere.
_WORDS = (
    "admin administrator administrators anonymous api app application asp aspx auth authority "
    "auto autodiscover back backend backup bin bytes client cmd com common config control "
    "corp data default domain drive ecp email event events evtx ews exchange false file files "
    "front frontend get guest health home host html http httpproxy https iis image inetpub "
    "info intern internal key krbtgt lan local localhost log logging login logon logs mail "
    "mailbox mailboxes management mapi message method microsoft mozilla name net network none "
    "null oab office offline org outlook owa path pipe post power powershell proxy public "
    "remote role root rpc rule script search security server service services sid site size "
    "smtp source sql status success support sysmon system task temp test time true type "
    "unknown url user users value web webmail windows wwwroot xml"
)
# Accounts that every Windows has: no one's name.
_STOCK = (
    "administrator", "guest", "krbtgt", "defaultaccount", "wdagutilityaccount", "public", "default",
    "all users", "default user", "administrators", "users",
)  # fmt: skip
_LITERALS = tuple(
    get_args(getattr(model, name))
    for name in ("Outcome", "Question", "Severity", "Grade", "Standing", "LeadKind")
)
_PROTECTED = frozenset(
    [*_WORDS.split(), *(word for words in _LITERALS for text in words for word in text.split())]
)

_ACCOUNT_FACTS = ("account", "mailbox", "user", "member", "by", "owner", "thing")
_WEB = ("iis", "iis-backend", "httpproxy", "httperr")  # whose URLs are what strangers write

# What a record calls `by` may be a program: C:\Windows\System32\cmd.exe, w3wp.exe
_PROGRAM = re.compile(r"^[a-z]:\\|\.(?:exe|dll|com|ps1|sys)$", re.IGNORECASE)
_WORD = r"[^\W_]"
_RUN = re.compile(rf"{_WORD}+")
# What stands for a character that is no letter: %5C, %255C, \x0a, \u005c, and \t of JSON.
_ESCAPES = {
    "%": re.compile(r"25[0-9a-f]{2}|[0-9a-f]{2}"),
    "\\": re.compile(r"x[0-9a-f]{2}|u[0-9a-f]{4}|[tnr]"),
}
_EMAIL = re.compile(
    r"([a-z0-9][a-z0-9._+'-]{0,63})(?:@|%40)((?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z]{2,24})",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]|%2[BbFf]){20,}(?:=|%3[Dd]){0,2}")
# "TargetUserName":"anna"   ""UserId"":""anna""   <Data Name="TargetUserName">anna   Account Name: x
_VALUE = r"""(?:\\?["']{1,2}\s{0,2}[:=]\s{0,2}\\?["']{1,2}|"?>|:(?:\\t|\s){1,8}|=["']{0,2})"""
_USERS = re.compile(
    rf"\b(?:(?:Subject|Target|Member|Caller)?User(?:Name|Key|Id|PrincipalName)?|Account ?Name"
    rf"|SamAccountName|Mailbox|TargetMailbox|SourceMailbox){_VALUE}"
    r"""([^"'<>,;&\\\r\n][^"'<>,;&\r\n]{1,120})""",
    re.IGNORECASE,
)
# Of an event about an account; what else has a display name may be an intruder's.
_DISPLAYED = re.compile(rf"""\bDisplayName{_VALUE}([^"'<>,;\\\r\n]{{2,120}})""", re.IGNORECASE)
_NO_NAME = re.compile(r"[={]|^%%|^.?$")  # %%1793 is a text that Windows keeps elsewhere
_LINE_END = re.compile(r"(?<!\\)\\[rnt]")
_DOMAINS = re.compile(
    rf"\b(?:(?:Subject|Target)DomainName|Account Domain){_VALUE}([\w.-]{{1,64}})", re.IGNORECASE
)
_HOSTS = re.compile(
    rf"\b(?:Hostname|Computer|ComputerName|OriginatingServer){_VALUE}([\w.-]{{2,128}})",
    re.IGNORECASE,
)
_PARAMETERS = re.compile(
    r"""-(?:Mailbox|User|SourceMailbox|TargetMailbox)[ :]{1,2}\\?["']{0,2}([^"'\\]{2,120})""",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"(?:\\{1,2}|[a-z]:/)(?:Users|Documents and Settings)[\\/]{1,2}"
    r"""([^\\/:*?"<>|,;\r\n]{1,64})""",
    re.IGNORECASE,
)
_RECIPIENT = re.compile(r"/cn=Recipients/cn=([^/,;\"'<>\s]{2,100})", re.IGNORECASE)
_ORGANIZATION = re.compile(r"/o=([^/\"'<>]{2,64})/ou=", re.IGNORECASE)
_COMMON_NAME = re.compile(
    r"\bCN=([^,\"'<>=/\\]{2,64}),(?:(?:CN|OU)=[^,]{1,64},){0,12}DC=", re.IGNORECASE
)
# 2021-03-03 06:12:11 [W3SVC1 MAIL01] 10.0.20.10 POST /owa/
_OWN_ADDRESS = re.compile(r"\S+ \S+ (?:W3SVC\d+ (\S+) )?([0-9A-Fa-f.:]{3,39}) [A-Z]+ /")
# psexec \\FILES1 -s cmd   dir \\files1\c$   wmic /node:"FILES1"
_REMOTE = re.compile(
    r"""(?:(?<![\w\\:])\\{2,4}([a-z0-9][a-z0-9.-]{1,120})(?=[\s"']|\\{1,2}(?:[a-z]|admin|ipc)\$)"""
    r"""|/node:["']?([a-z0-9][a-z0-9.-]{1,120}))""",
    re.IGNORECASE,
)
_URL_HOST = 8  # column of an HttpProxy log: the name or address the client asked for


class _Finder:
    """Finds many spellings in a text by their first word, so that their number costs little."""

    def __init__(self, spellings: Mapping[str, str]) -> None:
        """Takes spellings in lower case, and what stands for each."""
        self._spelled: dict[str, list[tuple[str, str]]] = {}
        for spelling, stands in spellings.items():
            if first := _RUN.match(spelling):
                self._spelled.setdefault(first[0], []).append((spelling, stands))
        for held in self._spelled.values():
            held.sort(key=lambda pair: (-len(pair[0]), pair))

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where spellings begin and end, in order, the longest first, and what stands for each."""
        low = _lower(text)
        done = 0
        for word in _RUN.finditer(low):
            start = word.start()
            marked = low[start - 1 : start] in _ESCAPES
            if start < done or not (marked or word[0] in self._spelled):
                continue
            for at in _starts(low, start) if marked else (start,):
                for spelling, stands in self._spelled.get(low[at : word.end()], ()):
                    end = at + len(spelling)
                    if low.startswith(spelling, at) and not low[end : end + 1].isalnum():
                        done = end
                        yield at, end, stands
                        break
                if done > at:
                    break


class Names:
    """The names of the owner, and what stands for each."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._kinds: dict[str, str] = {}  # a name in lower case: what it names
        self._finder = _Finder({})
        self._replaced: dict[str, str] = {}  # short texts, which recur
        self.sources: set[str] = set()  # names of evidence
        self.used: dict[str, set[str]] = {}  # pseudonym: names it stands for

    def add(self, kind: str, name: str) -> None:
        """Takes a name up; the first kind that is said of it counts."""
        name = name.strip().lower()
        if len(name) > 1 and any(map(str.isalnum, name)):
            self._kinds.setdefault(name, kind)

    def of(self, kind: str) -> list[str]:
        return sorted(name for name, of in self._kinds.items() if of == kind)

    def pseudonym(self, kind: str, name: str) -> str:
        name = name.lower()
        alike = re.sub(r"[\s._-]+", ".", name) if kind == "account" else name  # Greta Lindt
        digest = hmac.new(self._key, encodable(f"{kind}:{alike}").encode(), hashlib.sha256)
        found = f"{kind}-{digest.hexdigest()[:_DIGITS]}"
        self.used.setdefault(found, set()).add(name)
        return found

    def settle(self, kept: Iterable[str]) -> None:
        """Fixes the spellings under which names are looked for, once all are known."""
        for name in kept:
            self._kinds.pop(name.lower(), None)
        spellings: dict[str, str] = {}
        accounts, domains = self.of("account"), self.of("domain")
        for name, kind in sorted(self._kinds.items()):
            if _is_telling(name):
                for spelling in _spellings(name, kind):
                    spellings.setdefault(spelling, self.pseudonym(kind, name))
        for account in accounts:
            for domain in domains:
                if _is_telling(account) and _is_telling(domain):
                    continue
                both = self.pseudonym("domain", domain), self.pseudonym("account", account)
                for mark in ("\\", "\\\\", "%5c", "/"):
                    spellings[f"{domain}{mark}{account}"] = f"{both[0]}\\{both[1]}"
                for mark in ("@", "%40"):
                    spellings[f"{account}{mark}{domain}"] = f"{both[1]}@{both[0]}"
        self._finder = _Finder(spellings)

    # ------------------------------------------------------------ replacing

    def text(self, text: str) -> str:
        """The text with every name in it replaced."""
        if len(text) > _SHORT:
            return self._text(text)
        if text not in self._replaced:
            self._replaced[text] = self._text(text)
        return self._replaced[text]

    def _text(self, text: str) -> str:
        text = _BASE64.sub(self._encoded, text)
        pieces, done = [], 0
        for start, end, pseudonym in self._finder.found(text):
            pieces += [text[done:start], pseudonym]
            done = end
        return _NUMBERED.sub(self._number, "".join((*pieces, text[done:])))

    def whole(self, value: str) -> str:
        """A value that is a name and nothing else, also where the name is a common word."""
        if kind := self._kinds.get(value.lower()):
            return self.pseudonym(kind, value)
        return self.text(value)

    def source(self, name: str) -> str:
        """A name for a piece of evidence; that of the file may say whose it is."""
        if not name:
            return name
        self.sources.add(name)
        return self.pseudonym("source", name)

    def place(self, text: str) -> str:
        """A text that may begin with the name of a piece of evidence."""
        for name in sorted(self.sources, key=len, reverse=True):
            if text.startswith(name) and not text[len(name) : len(name) + 1].isalnum():
                return self.source(name) + self.text(text[len(name) :])
        return self.text(text)

    def _number(self, found: re.Match[str]) -> str:
        if found["sid"]:
            return self.pseudonym("sid", found[0])
        inner = _inner(found[0])
        return self.pseudonym("address", inner) if inner else found[0]

    def _encoded(self, found: re.Match[str]) -> str:
        """Base64 that holds a name, as tokens of Exchange and commands of PowerShell do."""
        coded = unquote(found[0]).translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
        try:
            data = base64.b64decode(coded + "=" * (-len(coded) % 4))
        except (binascii.Error, ValueError):
            return found[0]
        for encoding in ("utf-8", "utf-16-le"):
            inside = data.decode(encoding, "replace")
            hit = any(end - start > 3 for start, end, _ in self._finder.found(inside))
            if hit or re.search(_SID, inside):
                return self.pseudonym("base64", found[0])
        return found[0]


def _lower(text: str) -> str:
    """Lower case, letter by letter, so that places stay what they are."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _starts(text: str, start: int) -> Iterator[int]:
    """Where a name may begin in a word: with it, or after what an escape makes of its letters."""
    yield start
    escape = _ESCAPES.get(text[start - 1 : start])
    if escape and (found := escape.match(text, start)):
        yield found.end()


def _is_telling(name: str) -> bool:
    """Whether a name may be looked for by itself: no common word, not short."""
    return len(name) > 2 and name not in _PROTECTED and not (name.isdigit() and len(name) < 6)


def _spellings(name: str, kind: str) -> set[str]:
    """A name, in lower case, as logs may write it."""
    forms = {name}
    parts = re.split(r"[._ -]", name)
    if kind == "account" and len(parts) == 2 and all(len(part) > 1 for part in parts):
        first, last = parts
        forms |= {f"{first}{mark}{last}" for mark in "._- +"}
        forms |= {f"{last}{mark}{first}" for mark in ("._- +")} | {f"{last}, {first}"}
    forms |= {form.replace(" ", "%20") for form in forms}
    forms |= {quote(form).lower() for form in forms}
    forms |= {json.dumps(form)[1:-1].lower() for form in forms}
    return forms


def _inner(text: str) -> str | None:
    """The address in its usual form when it is an inner one."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return str(address) if any(address in net for net in _INNER) else None


# ---------------------------------------------------------------- gathering


def redact(dossiers: Sequence[Dossier], key: bytes) -> tuple[list[Dossier], Names]:
    """The dossiers with all names of their owner replaced, alike in all of them."""
    names = Names(key)
    texts = list(dict.fromkeys(text for d in dossiers for text in _texts(d)))
    for dossier in dossiers:
        names.sources |= {file.evidence for file in dossier.evidence}
        _from_fields(dossier, names)
    for text in texts:
        _from_keys(text, names)
    owned = _owned(dossiers, texts, names)
    for text in texts:
        _from_forms(text, owned, names)
    for dossier in dossiers:
        _from_records(dossier, names)
    names.settle(_kept(dossiers))
    return [_redacted(dossier, names) for dossier in dossiers], names


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))


def _told(dossier: Dossier) -> Iterator[model.Finding | model.Trace]:
    yield from dossier.findings
    yield from dossier.traces


def _from_fields(dossier: Dossier, names: Names) -> None:
    answer = dossier.assessment
    _host(answer.host.name, names)
    for told in _told(dossier):
        _account(told.actor.account or "", names)
        _host(told.facts.get("server", ""), names)
        for fact in _ACCOUNT_FACTS:
            value = told.facts.get(fact, "")
            if (fact != "thing" or "@" in value) and not _PROGRAM.search(value):
                _account(value, names)
    for operator in answer.operators:
        for account in operator.accounts:
            _account(account, names)
    for door in answer.backdoors:
        if door.name and "@" in door.name:
            _account(door.name, names)
    leads = {(pivot.kind, pivot.value) for pivot in answer.pivots}
    leads.update(lead for trace in dossier.traces for lead in trace.leads)
    for kind, value in sorted(leads):
        if kind in ("account", "mailbox"):
            _account(value, names)


def _account(value: str, names: Names) -> None:
    """Takes up an account in any spelling, with its domain."""
    value = value.strip()
    if found := _EMAIL.search(value):
        _email(found[1], found[2], names)
        return
    domain, slash, _ = value.rpartition("\\")
    bare = bare_account(value)
    if not is_person(value) and not bare.endswith("$"):
        return
    if slash and domain.strip("\\"):
        names.add("domain", domain.strip("\\").rpartition("\\")[2])
    if bare.endswith("$"):
        _host(bare[:-1], names)
    elif bare not in _STOCK:
        names.add("account", bare)


def _email(local: str, domain: str, names: Names) -> None:
    names.add("domain", domain)
    if local.lower() not in _STOCK and is_person(local):
        names.add("account", local)


def _host(name: str, names: Names) -> None:
    """Takes up a host by its first label, and the domain that the others are."""
    label, _, domain = name.strip().lower().partition(".")
    if _inner(name) or re.fullmatch(_IPV4, name):
        return
    names.add("host", label)
    if "." in domain:
        names.add("domain", domain)
        if not _is_telling(label):
            names.add("host", f"{label}.{domain}")


def _from_keys(text: str, names: Names) -> None:
    """From texts that say of a value that it is a user, a domain or a host."""
    displayed = _DISPLAYED.finditer(text) if "SamAccountName" in text else ()
    for found in (*_USERS.finditer(text), *_PARAMETERS.finditer(text), *displayed):
        value = _LINE_END.split(found[1])[0].strip().rstrip("\\")
        if not _NO_NAME.search(value):
            _account(value, names)
    for found in _DOMAINS.finditer(text):
        if is_person(f"{found[1]}\\x") and found[1].lower() not in ("-", "builtin", "workgroup"):
            names.add("domain", found[1])
    for found in _HOSTS.finditer(text):
        _host(found[1], names)


_SECOND_LEVEL = (
    "ac",
    "co",
    "com",
    "edu",
    "gob",
    "gouv",
    "gov",
    "go",
    "mil",
    "ne",
    "net",
    "or",
    "org",
)


def _owned(dossiers: Sequence[Dossier], texts: Sequence[str], names: Names) -> _Finder:
    """Finds the domains that are the owner's: those of the servers and of accounts."""
    for dossier in dossiers:
        host = dossier.assessment.host.name
        if len(host) < 2:
            continue
        full = re.compile(
            rf"(?<![\w-]){re.escape(host)}\.((?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,8}}[a-z]{{2,24}})"
            r"(?![\w-])",
            re.IGNORECASE,
        )
        for text in texts:
            for found in full.finditer(text):
                names.add("domain", found[1])
    for domain in names.of("domain"):
        parent = domain.partition(".")[2]
        # corp.example.org is the owner's, and so is example.org; co.uk is nobody's.
        if "." in parent and parent.partition(".")[0] not in _SECOND_LEVEL:
            names.add("domain", parent)
    return _Finder({domain: domain for domain in names.of("domain")})


def _from_forms(text: str, owned: _Finder, names: Names) -> None:
    """From texts in which a name has the form of one: with a domain, in a path, in a directory."""
    for start, end, domain in owned.found(text):
        _beside(text[max(0, start - 130) : start], text[end : end + 200], domain, names)
    for found in _PROFILE.finditer(text):
        if is_person(found[1]) and found[1].lower() not in _STOCK:
            names.add("account", found[1])
    for found in _RECIPIENT.finditer(text):
        names.add("account", found[1].rpartition("-")[2])
        names.add("account", found[1])
    for found in _ORGANIZATION.finditer(text):
        if found[1].lower() not in ("first organization", "exchangelabs"):
            names.add("domain", found[1])
    for found in _COMMON_NAME.finditer(text):
        _account(found[1], names)
    for found in _REMOTE.finditer(text):
        _host(found[1] or found[2], names)


_LABELS = re.compile(r"((?:[a-z0-9-]{1,63}\.){1,8})$", re.IGNORECASE)
_LOCAL = re.compile(r"([a-z0-9][a-z0-9._+'-]{0,63})(?:@|%40)$", re.IGNORECASE)
_AFTER = re.compile(r"(?:\\{1,2}|%5c)([^\W_][\w.$-]{0,63})", re.IGNORECASE)
_BELOW = re.compile(r"/(?:[^/\"',;:?<>|]{1,64}/){0,8}([^/\"',;:?&<>|\\]{2,64})")


def _beside(before: str, after: str, domain: str, names: Names) -> None:
    """Takes up what stands before and after a domain of the owner's."""
    if "." not in domain:
        if found := _AFTER.match(after):
            _account(f"{domain}\\{found[1]}", names)
        return
    if found := _LOCAL.search(before):
        _email(found[1], domain, names)
    elif found := _LABELS.search(before):
        _host(f"{found[1]}{domain}", names)
    # corp.example.org/Users/Anna Adler, and not https://example.org/owa
    elif not re.search(r"[\w.@/:-]$", before) and (found := _BELOW.match(after)):
        _account(found[1], names)


def _from_records(dossier: Dossier, names: Names) -> None:
    """From records: addresses of the server, and mail addresses wherever no stranger writes."""
    theirs = {address for who in dossier.assessment.operators for address in who.addresses}
    targets = _targets([dossier])
    for told in _told(dossier):
        own = []
        if told.artifact.startswith("iis") and (found := _OWN_ADDRESS.match(told.raw)):
            own = [found[1] or "", found[2]]
        elif told.artifact == "httpproxy" and told.raw.count(",") > _URL_HOST:
            own = [told.raw.split(",", _URL_HOST + 1)[_URL_HOST]]
        for value in own:
            if _is_address(value):
                if value not in theirs:
                    names.add("address", value)
            elif value:
                _host(value, names)
        if told.artifact not in _WEB:
            for local, domain in _EMAIL.findall(told.raw):
                if f"{local}@{domain}".lower() not in targets:
                    _email(local, domain, names)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _targets(dossiers: Sequence[Dossier]) -> set[str]:
    """Mail addresses that somebody has mail sent to: an intruder's."""
    return {
        f"{local}@{domain}".lower()
        for dossier in dossiers
        for told in _told(dossier)
        for local, domain in _EMAIL.findall(told.facts.get("to", ""))
    }


def _kept(dossiers: Sequence[Dossier]) -> set[str]:
    """Names that are an intruder's: accounts that were made, addresses that operators came from."""
    kept = set()
    for dossier in dossiers:
        answer = dossier.assessment
        kept |= {bare_account(d.name) for d in answer.backdoors if d.kind == "account" and d.name}
        kept |= {address for who in answer.operators for address in who.addresses}
    return kept


# ---------------------------------------------------------------- replacing


def _redacted(dossier: Dossier, names: Names) -> Dossier:
    evidence = tuple(
        msgspec.structs.replace(file, locator=model.Locator("")) for file in dossier.evidence
    )
    found: Dossier = _replaced(msgspec.structs.replace(dossier, evidence=evidence), names, "")
    answer = found.assessment
    return msgspec.structs.replace(
        found,
        assessment=msgspec.structs.replace(answer, notes=(*answer.notes, NOTE)),
        redacted=True,
    )


_WHOLE = ("account", "accounts", "server")


def _replaced(value: Any, names: Names, field: str) -> Any:
    if isinstance(value, str):
        if field == "evidence":
            return names.source(value)
        if field == "what":
            return names.place(value)
        return names.whole(value) if field in _WHOLE else names.text(value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, names, field) for item in value)
    if isinstance(value, dict):
        return {names.text(key): _replaced(item, names, key) for key, item in value.items()}
    if isinstance(value, model.Host):
        value = msgspec.structs.replace(value, name=names.whole(value.name))
    if isinstance(value, Struct):
        return msgspec.structs.replace(
            value,
            **{n: _replaced(getattr(value, n), names, n) for n in value.__struct_fields__},
        )
    return value


# ---------------------------------------------------------------- the file that stays in the house


class _File(Struct, frozen=True):
    schema: str
    key: str
    names: dict[str, tuple[str, ...]]


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def read_key(path: Path) -> bytes:
    """The key of an earlier redaction. Raises UsageError when the file is none of ours."""
    try:
        with path.open("rb") as stream:
            file = msgspec.json.decode(stream.read(REDACTION_FILE_BYTES), type=_File)
        key = bytes.fromhex(file.key)
    except (msgspec.DecodeError, ValueError) as error:
        raise UsageError(f"{path} is no file that --redact wrote: {error}") from error
    if file.schema != SCHEMA or len(key) != KEY_BYTES:
        raise UsageError(f"{path} is no file that --redact wrote: it holds no key of ours")
    return key


def write_names(path: Path, key: bytes, names: Names) -> None:
    """Writes the key and the table of names to a new file that its owner alone may read."""
    file = {
        "schema": SCHEMA,
        "key": key.hex(),
        "names": {
            pseudonym: [encodable(name) for name in sorted(named)]
            for pseudonym, named in sorted(names.used.items())
        },
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(json.dumps(file, indent=2).encode() + b"\n")
