"""The JSON Schema of `assessment.json`, made from the types themselves.

`python -m afterpatch.outputs.schema` writes it anew after a change of the model.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec

from afterpatch.model import Assessment

NAME = "assessment.schema.json"


def generated() -> bytes:
    """Returns the schema of the model as it is now, as indented JSON."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:afterpatch:assessment:1",
        "title": "afterpatch assessment of one server",
        **msgspec.json.schema(Assessment),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def shipped() -> bytes:
    """Returns the schema that came with the package."""
    return files("afterpatch.outputs").joinpath(NAME).read_bytes()


if __name__ == "__main__":
    Path(__file__).with_name(NAME).write_bytes(generated())
