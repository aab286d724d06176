"""How rows look where something stands before the server that the internet comes through."""

from __future__ import annotations

import csv

from afterpatch.range import formats
from afterpatch.range.hands.cast import Cast, is_outside

_CLIENT = formats.IIS_FIELDS.split(" ").index("c-ip") - 1  # date and time are one token
_CELLS = len(formats.IIS_FIELDS.split(" ")) - 1
_COLUMNS = {"HttpProxy": formats.HTTPPROXY_COLUMNS, "Ews": formats.EWS_COLUMNS}


def as_logged(cast: Cast, log: str, text: str) -> str:
    """A row as this server's log has it: whose address it names, and what was forwarded."""
    if log == "W3SVC1" and cast.front not in ("", "nat"):
        return _iis(cast, text)
    columns = _COLUMNS.get(log.partition("/")[0])
    if columns and cast.front == "proxy":
        (cells,) = csv.reader([text])
        place = columns.index("ClientIpAddress")
        cells[place] = cast.shown(cells[place])
        return ",".join(map(formats.cell, cells))
    return text


def _iis(cast: Cast, text: str) -> str:
    cells = text.split(" ")
    claims = cells.pop() if len(cells) > _CELLS else ""
    client = cells[_CLIENT]
    if cast.front == "claimed":
        return " ".join([*cells, claims or "-"])
    if not is_outside(client):
        return text if cast.front == "proxy" else f"{text} -"
    cells[_CLIENT] = cast.gate
    if cast.front == "proxy":
        return " ".join(cells)
    # The proxy adds the client that it knows to what the client says of itself.
    return " ".join([*cells, f"{claims},+{client}" if claims else client])
