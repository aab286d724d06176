"""The JSON Schemas of `assessment.json` and `view.json`, made from the types themselves.

`python -m afterpatch.outputs.schema` writes them anew after a change of the types.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec

from afterpatch.model import Assessment
from afterpatch.outputs.campaign_view import View

NAME = "assessment.schema.json"
VIEW = "view.schema.json"
_OF: dict[str, tuple[type, str, str]] = {
    NAME: (Assessment, "urn:afterpatch:assessment:1", "afterpatch assessment of one server"),
    VIEW: (View, "urn:afterpatch:campaign:1", "afterpatch view over many servers"),
}


def generated(name: str = NAME) -> bytes:
    """Returns the schema of the types as they are now, as indented JSON."""
    type_, id_, title = _OF[name]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": id_,
        "title": title,
        **msgspec.json.schema(type_),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def shipped(name: str = NAME) -> bytes:
    """Returns the schema that came with the package."""
    return files("afterpatch.outputs").joinpath(name).read_bytes()


if __name__ == "__main__":
    for schema_name in _OF:
        Path(__file__).with_name(schema_name).write_bytes(generated(schema_name))
