"""What a page does, told from what its code reaches.

Every deed is a way in which web shells differ from applications, see `weights`.
"""

from __future__ import annotations

from afterpatch.detections.webshell import acts, hides, reaches
from afterpatch.detections.webshell.page import Page
from afterpatch.detections.webshell.scene import Judge, scene

__all__ = ["asks_who", "deeds"]

_JUDGES: tuple[Judge, ...] = (
    acts.code,
    acts.programs,
    acts.commands,
    reaches.files,
    reaches.server,
    reaches.network,
    hides.hiding,
)
_ROLES = frozenset(("isinrole", "isuserinrole"))


def deeds(page: Page) -> list[str]:
    """The names of the deeds of a page, each once."""
    found = scene(page)
    return list(dict.fromkeys(name for judge in _JUDGES for name in judge(found)))


def asks_who(page: Page) -> bool:
    """Whether a page asks for the role of who is signed in, as no shell does."""
    return any(word.rpartition(".")[2] in _ROLES for code in page.code for word in code.tokens)
