"""Relative times that a page would anchor in the wrong year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.fact import fact
from afterpatch.claims.schema import Claim, Document, Fact

__all__ = ["date_traps"]

_HANGING = ("year", "month", "day", "near publication")
_RELATIVE = re.compile(
    r"\b(?:this|last|next|ago|earlier|yesterday|today|tomorrow|recent\w*|(?:mon|tues|wednes|thurs|"
    r"fri|satur|sun)day)\b",
    re.IGNORECASE,
)


def date_traps(
    documents: Sequence[Document], claims: Sequence[Claim], source: dict[str, int]
) -> Iterator[Fact]:
    """Times that hang on a day of publication which is not known, where the page shows a date of
    another year than most reports on the event, and those of its source, are from."""
    years: Counter[str] = Counter()
    for document in documents:
        years[_year(document)] += 2 if document.published else 1
    for document in documents:
        wrong = next((d for d in document.dates if not d.is_publication_date and d.iso), None)
        if document.published is not None or wrong is None or wrong.iso is None:
            continue
        own = wrong.iso[:4]
        same = [
            d for d in documents if source[d.key] == source[document.key] and d.key != document.key
        ]
        dated = [d for d in same if _year(d)] or (documents if same else [])
        others = sorted(
            {y for d in dated if (y := _year(d)) != own and years[y] > years[own]} - {""}
        )
        hanging = [
            c for c in claims if c.doc_key == document.key
            and any(d.iso is None and d.precision in _HANGING for d in c.date)
        ]  # fmt: skip
        relative = [c for c in hanging if any(_RELATIVE.search(d.text) for d in c.date)]
        chosen = relative or hanging
        if chosen and others:
            told = next(d for d in chosen[0].date if d.iso is None)
            yield fact(
                "date-trap", [c.id for c in chosen],
                f"{document.key}: “{told.text}” must not be counted from {wrong.text}, which "
                f"{wrong.why}", "date", [*others, f"{own} (wrong)"],
            )  # fmt: skip


def _year(document: Document) -> str:
    """The year in which a report seems to be written: of its publication, else of its page."""
    dates = [d.iso for d in (document.published, *document.dates) if d is not None and d.iso]
    return dates[0][:4] if dates else ""
