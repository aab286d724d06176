"""The names of all organizations in a view, to hold against what leaves the house.

A name is met wherever its words follow each other, whatever stands between them: `acme.example` in
`https://owa.acme.example/` and in `x@acme.example`, `ACME` in `ACME\\user`. Too much is withheld
rather than too little.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import unquote

from afterpatch.outputs.campaign_view import Holder, Owner, View, holder

__all__ = ["WITHHELD", "Names"]

WITHHELD = "[withheld: it may name another organization]"
# What many call a server or themselves tells nobody who it is.
_GENERIC = frozenset(
    ("autodiscover", "corp", "ex", "exch", "exchange", "info", "intern", "internal", "it", "local",
     "mail", "mailserver", "mx", "office", "owa", "server", "smtp", "the", "webmail", "www")
)  # fmt: skip
_SHARED = 3  # organizations that call a server so, from which on it names none of them
_SHORT = 3  # characters: a shorter name is a word like any other
_LEGAL = frozenset(
    ("ab", "ag", "aps", "as", "bv", "co", "company", "corp", "corporation", "ev", "gbr", "ggmbh",
     "gmbh", "group", "holding", "inc", "incorporated", "kft", "kg", "kgaa", "limited", "llc",
     "llp", "lp", "ltd", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "sa", "sarl", "sas",
     "se", "sl", "spa", "srl", "sro", "ug", "zoo")
)  # fmt: skip
# Where anybody may have an address: the domain is nobody's name.
_MAIL_PROVIDERS = frozenset(
    ("aol.com", "bluewin.ch", "fastmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at",
     "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com",
     "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr",
     "outlook.com", "posteo.de", "proton.me", "protonmail.com", "qq.com", "seznam.cz",
     "t-online.de", "tutanota.com", "wanadoo.fr", "web.de", "wp.pl", "yahoo.com", "yandex.ru",
     "zoho.com", "163.com", "126.com")
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_V4 = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?![\d])")
_V6 = re.compile(r"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+(?![\w.-]*@)")
_Words = tuple[str, ...]


class Names:
    """Every name of every organization of the view and of its register."""

    def __init__(self, view: View) -> None:
        self._of: defaultdict[_Words, set[Holder]] = defaultdict(set)
        hosts: defaultdict[_Words, set[Holder]] = defaultdict(set)
        for one in view.servers:
            mine = holder(one.owner, one.server)
            self._add((*_paths(one.server), *_owner_names(one.owner)), mine)
            hosts[_words(one.host)].add(mine)
            hosts[_words(one.host.partition(".")[0])].add(mine)
        of_server = {one.server: one.host for one in view.servers}
        for unit in view.failed:
            mine = holder(unit.owner, unit.package)
            self._add((*_paths(unit.package), *_owner_names(unit.owner)), mine)
            # A package of the same bytes is of the same servers.
            for host in (of_server[name] for name in unit.servers):
                hosts[_words(host)].add(mine)
                hosts[_words(host.partition(".")[0])].add(mine)
        for owner in view.register:
            self._add(_owner_names(owner), holder(owner, ""))
        for words, having in hosts.items():
            if len(having) < _SHARED:
                self._of[words] |= having
        # How many words those names have that begin with a word: thousands may begin with one.
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for words in self._of:
            if words and len("".join(words)) >= _SHORT and not _GENERIC.issuperset(words):
                self._lengths[words[0]].add(len(words))
            else:
                self._of[words].clear()

    def _add(self, names: Iterable[str], mine: Holder) -> None:
        for name in names:
            words = _words(name)
            self._of[words].add(mine)
            self._of["".join(words),].add(mine)

    def in_text(self, text: str, mine: Holder | None = None) -> bool:
        """Whether a text holds a name of anybody (but `mine`)."""
        said = _words(text)
        return any(
            (having := self._of.get(said[at : at + length])) and mine not in having
            for at, word in enumerate(said)
            for length in self._lengths.get(word, ())
        )

    def may_pass(self, text: str, mine: Holder, addresses: Iterable[str]) -> bool:
        """Whether a text may be sent: it names nobody else, holds no mail address, and no address
        of a network but those given."""
        known = {address.lower() for address in addresses}
        return (
            "@" not in unquote(text)
            and not self.in_text(text, mine)
            and all(address in known for address in _addresses(text))
        )


def _words(text: str) -> _Words:
    plain = unquote(text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
        plain = "".join(c for c in plain.casefold() if unicodedata.category(c) != "Cf")
    return tuple(_WORD.findall(plain.casefold()))


def _paths(name: str) -> Iterator[str]:
    """A server or package, each of the folders in its name, and these without an ending."""
    for part in (name, *name.replace("\\", "/").split("/")):
        yield part
        yield part.partition(".")[0]


def _owner_names(owner: Owner) -> Iterator[str]:
    yield owner.organization
    words = _words(owner.organization.replace(".", ""))
    yield " ".join(word for word in words if word not in _LEGAL)
    yield owner.contact
    for domain in _DOMAIN.findall(owner.contact):
        labels = domain.lower().split(".")
        # Above the domain of a department stands that of the house; `co.uk` is nobody's.
        for at in range(len(labels) - 1):
            above = ".".join(labels[at:])
            if above in _MAIL_PROVIDERS or (at and at == len(labels) - 2 and len(labels[at]) < 4):
                break
            yield above
            yield labels[at]


def _addresses(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", unquote(text))
    for found in _V4.findall(plain):
        parts = [int(part) for part in found.split(".")]
        if max(parts) < 256:
            yield ".".join(map(str, parts))
    for found in _V6.findall(plain):
        for candidate in (found.strip("."), found.strip(".:")):
            try:
                yield str(ip_address(candidate))
                break
            except ValueError:
                continue
