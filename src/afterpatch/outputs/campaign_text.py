"""What the command line says of a view."""

from __future__ import annotations

from afterpatch.outputs.campaign_view import View
from afterpatch.outputs.text import counted, visible

__all__ = ["lines"]

CLUSTERS = 10
VALUE = 60  # characters
WHY = 300  # characters


def lines(view: View) -> list[str]:
    """The view in brief; the first line is the answer, the second says what could not be read."""
    ladder = view.ladder
    told = [
        f"{ladder.taken:,} of {counted(ladder.servers, 'server')} taken over; of {ladder.untold:,} "
        f"others it can't be told, of {ladder.partly:,} more only in part.",
        *(
            (
                f"{counted(view.unread, 'dossier')} could not be read and counted nowhere, the "
                f"first being {visible(view.problems[0], WHY)}",
            )
            if view.unread
            else ()
        ),
        "Reached: " + ", ".join(f"{rung} {count:,}" for rung, count in view.reached.items()),
    ]
    failed = sum(one.state == "failed" for one in view.failed)
    if view.failed:
        told.append(
            f"{counted(failed, 'package')} could not be assessed, "
            f"{counted(len(view.failed) - failed, 'duplicate')} counted once."
        )
    early = sum(one.before_disclosure for one in view.servers)
    told.append(f"{counted(early, 'server')} entered before the hole was public.")
    told += [
        f"  {phase.chain}: {phase.name} (from {phase.from_}): {counted(phase.entered, 'server')}"
        for phase in view.calendar
    ]
    if view.patching.median is not None:
        told.append(
            f"From entry to patch: {counted(view.patching.median, 'day')} for half of them; "
            f"{view.patching.not_patched:,} not seen patched."
        )
    told.append(
        f"{counted(len(view.clusters), 'cluster')}; {counted(view.unlinked, 'intruder')} tied to "
        f"nobody; {counted(len(view.refused), 'sign')} refused as links."
    )
    for one in view.clusters[:CLUSTERS]:
        link = one.links[0]
        more = f" and {counted(len(one.links) - 1, 'other')}" if len(one.links) > 1 else ""
        told.append(
            f"  {one.id}: {counted(one.servers, 'server')}, "
            f"{(one.first or 'unknown')[:10]} to {(one.last or 'unknown')[:10]}, by "
            f"{link.kind} {visible(link.value, VALUE)}{more}"
        )
    if len(view.clusters) > CLUSTERS:
        told.append(f"  and {len(view.clusters) - CLUSTERS:,} more")
    if view.changes:
        change = view.changes
        told.append(
            f"New since {visible(change.since)}: {counted(len(change.servers_new), 'server')}, "
            f"{counted(len(change.clusters_new), 'cluster')}; graver "
            f"{counted(len(change.graver), 'server')}; no longer there "
            f"{counted(len(change.servers_gone), 'server')}, "
            f"{counted(len(change.clusters_gone), 'cluster')}."
        )
    told += [visible(note) for note in view.notes]
    return told
