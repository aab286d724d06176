"""Sentences about parts of the answer that the page and the terminal both say."""

from __future__ import annotations

from datetime import date

from afterpatch.model import Dwell, Join, Phase
from afterpatch.outputs.catalog import count, word

__all__ = ["apart", "dwelt", "seen_of"]


def apart(join: Join) -> str:
    """Says by how much two logs' clocks differ."""
    skew = join.skew or 0.0
    hours, rest = divmod(abs(round(skew)), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "hours"), (minutes, "minutes"), (seconds, "seconds"))
    return word(
        "sentence.ahead" if skew > 0 else "sentence.behind",
        one=join.sources[0],
        other=join.sources[1],
        time=" ".join(word(f"sentence.{unit}", n=n) for n, unit in parts if n),
        records=count("record", join.pairs),
    )


def dwelt(dwell: Dwell) -> str:
    """Says how long somebody was in, in one sentence."""
    said = word(
        "sentence.in_until_evicted" if dwell.ended == "evicted" else "sentence.in_until_end",
        entry=dwell.entry[:10],
        end=dwell.end[:10],
        days=count("day", dwell.days),
    )
    if dwell.last_deed[:10] != dwell.end[:10]:
        said += word("sentence.last_active", day=dwell.last_deed[:10])
    if dwell.patched is None:
        return said + word("sentence.never_patched")
    rest = count("day", _days(dwell.patched, dwell.end))
    said += word("sentence.after_patch", days=rest, day=dwell.patched[:10])
    if dwell.after_patch:
        return said + word("sentence.came_again", requests=count("answer", dwell.after_patch))
    return said + word("sentence.came_not_again")


def _days(start: str, end: str) -> int:
    """Days between two times of the model; 0 where one is none."""
    try:
        return (date.fromisoformat(end[:10]) - date.fromisoformat(start[:10])).days
    except ValueError:
        return 0


def seen_of(phase: Phase) -> str:
    """Says how much of a phase the logs show."""
    if not phase.visible:
        return word("sentence.seen_otherwise" if phase.activity else "sentence.not_seen")
    if phase.share is None or phase.share >= 0.995:
        return word("sentence.seen")
    if phase.share < 0.01:
        return word("sentence.seen_little")
    return word("sentence.seen_in_part", share=f"{phase.share:.0%}")
