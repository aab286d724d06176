"""Writes a view to its folder: each file aside first, then renamed, so that none is half there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from afterpatch.errors import UsageError
from afterpatch.outputs import (
    campaign_files,
    campaign_html,
    campaign_names,
    campaign_notify,
    campaign_stix,
)
from afterpatch.outputs.campaign_view import View
from afterpatch.outputs.text import visible

__all__ = ["NAMES", "NOTIFICATIONS", "write"]

_FORMATS: tuple[tuple[str, Callable[[View], Iterator[bytes]]], ...] = (
    ("view.html", campaign_html.render),
    ("view.json", campaign_files.view_json),
    ("servers.csv", campaign_files.servers_csv),
    ("clusters.csv", campaign_files.clusters_csv),
    ("links.csv", campaign_files.links_csv),
    ("members.csv", campaign_files.members_csv),
    ("refused.csv", campaign_files.refused_csv),
    ("bundle.stix.json", campaign_stix.render),
)
_LIST = "notifications.csv"
NOTIFICATIONS = "notifications"
NAMES = (*(name for name, _ in _FORMATS), _LIST, NOTIFICATIONS)


def write(view: View, out: Path) -> list[str]:
    """Write every format to a folder, over an earlier view; returns the names.

    Raises UsageError where the folder holds something else, or can't be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in out.iterdir()}
        if held and "view.json" not in held:
            raise UsageError(
                f"The folder {visible(str(out))} holds files that are no earlier view; choose "
                "another folder with -o, or an empty one."
            )
        for name, render in _FORMATS:
            if name != "view.json":
                _save(out / name, render(view))
        told = campaign_notify.notices(view)
        _save(out / _LIST, campaign_notify.notifications_csv(told))
        aside = out / f".{NOTIFICATIONS}.part"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        clusters = {one.id: one for one in view.clusters}
        names = campaign_names.Names(view)
        for notice in told:
            page = campaign_notify.page(notice, clusters, names)
            (aside / campaign_notify.page_name(notice)).write_bytes(page)
        if (out / NOTIFICATIONS).is_dir():
            shutil.rmtree(out / NOTIFICATIONS)
        aside.replace(out / NOTIFICATIONS)
        # Last, since it is what a later view is held against.
        _save(out / "view.json", campaign_files.view_json(view))
    except OSError as error:
        raise UsageError(
            f"The view can't be written to {visible(str(out))} "
            f"({visible(error.strerror or str(error))}); choose another folder with -o, or make "
            "room there."
        ) from error
    return list(NAMES)


def _save(path: Path, pieces: Iterable[bytes]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as stream:
            for piece in pieces:
                stream.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
