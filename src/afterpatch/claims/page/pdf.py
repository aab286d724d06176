"""The text layer of a PDF. pypdf is imported here alone, and only when it is there."""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
from typing import Any

from afterpatch.errors import EvidenceError
from afterpatch.limits import REPORT_CHARACTERS, REPORT_PAGES

__all__ = ["text_of"]


def text_of(data: bytes) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of all pages, and for each page (start in the text, its number from 1).

    Raises EvidenceError where the file can't be read, is locked, or pypdf is not installed.
    """
    if importlib.util.find_spec("pypdf") is None:
        raise EvidenceError(
            "reading PDF needs pypdf: run pip install 'afterpatch[claims]', or save the report as "
            "text"
        )
    pypdf: Any = importlib.import_module("pypdf")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of each broken object
    pieces: list[str] = []
    pages: list[tuple[int, int]] = []
    length = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise EvidenceError("it is locked with a password")
        for number, page in enumerate(reader.pages, 1):
            if number > REPORT_PAGES or length > REPORT_CHARACTERS:
                break
            text = page.extract_text() or ""
            pages.append((length, number))
            pieces.append(text.rstrip() + "\n\n")
            length += len(pieces[-1])
    except EvidenceError:
        raise
    except Exception as error:
        if not any(c.isalnum() for c in "".join(pieces)):
            raise EvidenceError(
                f"the PDF can't be read ({type(error).__name__}: {error})"
            ) from error
    text = "".join(pieces).encode("utf-8", "replace").decode("utf-8")
    return text, tuple(pages) or ((0, 1),)
