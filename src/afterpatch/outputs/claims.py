"""The files of a ledger of claims: `claims.json`, `claims.html`, `claims.stix.json`.

They are given the ledger as plain values, as in `claims.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from afterpatch.errors import UsageError
from afterpatch.outputs import claims_html, claims_stix
from afterpatch.outputs.text import visible

__all__ = ["NAMES", "written"]

NAMES = ("claims.json", "claims.html", "claims.stix.json")


def written(ledger: dict[str, Any], out: Path, *, attributed_to: bool = False) -> list[Path]:
    """Writes the files and returns their paths; without the stix2 library the last one is left out.

    Raises UsageError when `out` holds anything else, or can't be written to.
    """
    bundle = claims_stix.render(ledger, attributed_to=attributed_to)
    pieces = {
        NAMES[0]: msgspec.json.format(msgspec.json.encode(_encodable(ledger)), indent=1) + b"\n",
        NAMES[1]: claims_html.render(ledger),
        **({NAMES[2]: bundle} if bundle is not None else {}),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = [
            p.name
            for p in out.iterdir()
            if p.name not in NAMES and not p.name.startswith(".claims")
        ]
        if others:
            raise UsageError(
                f"{visible(str(out))} holds files that are no ledger: choose a new or empty "
                f"folder with -o"
            )
        for name, data in pieces.items():
            part = out / f".{name}.part"
            part.unlink(missing_ok=True)
            with part.open("xb") as stream:  # exclusive: never through a link that lies in wait
                stream.write(data)
            part.replace(out / name)
        for name in set(NAMES) - pieces.keys():
            (out / name).unlink(missing_ok=True)  # of an earlier run
    except OSError as error:
        raise UsageError(
            f"{visible(str(out))} can't be written to ({error.strerror}): choose another folder "
            f"with -o"
        ) from error
    return [out / name for name in pieces]


def _encodable(value: Any) -> Any:
    """Lone surrogates, which UTF-8 can't hold, as U+FFFD: as many characters, so offsets hold."""
    if isinstance(value, str):
        return (
            value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if any("\ud800" <= c <= "\udfff" for c in value)
            else value
        )
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
