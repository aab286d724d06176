"""Whose account it is: a person's, or one of the system's own."""

from __future__ import annotations

from functools import lru_cache

from afterpatch.knowledge.traces import look_alikes

__all__ = ["bare_account", "is_person"]

# Security principals of Windows itself, by the part before the backslash (Microsoft Learn,
# "Special identity groups"), in the languages the events were seen in.
_BUILT_IN = ("nt authority", "nt-autorität", "autorite nt", "autorité nt", "iis apppool",
             "window manager", "font driver host", "nt service")  # fmt: skip
_NOBODY = ("", "-", "system", "anonymous logon", "local service", "network service")


def bare_account(account: str) -> str:
    """The name that all logs give an account, in lower case: `EXAMPLE\\anna`, `anna@example.org`
    and `corp.example.org/Users/anna` are one."""
    return account.rpartition("\\")[2].rpartition("/")[2].partition("@")[0].lower()


@lru_cache(maxsize=4096)
def is_person(account: str | None) -> bool:
    """Whether a name of a log's account column may be a person's: no computer, no service of
    Windows and no mailbox that Exchange watches itself with."""
    name = bare_account(account or "")
    if name in _NOBODY or name.endswith("$"):
        return False
    if (account or "").lower().rpartition("\\")[0] in _BUILT_IN:
        return False
    monitors = (k.text for k in look_alikes("account") if k.class_ == "monitor")
    return not name.startswith(tuple(monitors))
