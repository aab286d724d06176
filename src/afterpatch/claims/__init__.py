"""Public reports as a ledger: who says what of whom, how surely, and where reports differ.

This room attributes nothing: every field is a slice of a report, or says that none tells it. A
report goes through it in this order:

- `read.py`, `html_page.py`, `pdf.py`   the file, as text with its offsets
- `layout.py`                           the lines of a page: what is furniture (`furniture.py`),
                                        what its head and foot tell (`page_head.py`)
- `text.py`                             sentences, tokens
- `engine.py`, `syntax.py`              the parse: by spaCy (`dependency.py`), or by word classes
                                        and commas (`tagging.py`, `phrases.py`,
                                        `clauses.py`)
- `frames.py`                           who says what in a sentence (`attribution.py`), by verbs
                                        (`verb_frames.py`), by nouns and phrases
                                        (`phrase_frames.py`, `set_phrases.py`), by measures
                                        (`measures.py`); verbs that no list holds
                                        (`unknown_verbs.py`), the verbs of titles
                                        (`headlines.py`)
- `opening.py`, `verb_guards.py`,       a verb step by step: the kind of frame it opens, where it
  `verb_sources.py`,                    claims nothing, who speaks, what is said, whether that is
  `verb_contents.py`,                   reported; the passive
  `verb_reports.py`,
  `verb_passives.py`
- `names.py`, `mentions.py`             the names that the tables know; whom a text may accuse
- `speakers.py`                         who speaks: one source (`source.py`), a list of them
                                        (`speaker_lists.py`), people and their offices
                                        (`person_names.py`), whom `she`, `the agency` mean
                                        (`led_back.py`), who spoke before (`memory.py`), who was
                                        only introduced (`introductions.py`)
- `stance.py`                           what the speaker does with it; who is accused
                                        (`accused.py`, `callings.py`), who did it (`agents.py`,
                                        `culprits.py`),
                                        what is believed by nobody in particular (`evidential.py`),
                                        what the report itself tells (`telling.py`), when nothing
                                        is stated (`silence.py`)
- `figures.py`                          quantities, dates, hedges, targets
- `extract.py`, `record.py`             the claims of one document; the record of each
- `nesting.py`, `scenery.py`            frames that belong to another; sentences of the report that
                                        state nothing
- `reconcile.py`, `ledger.py`           the claims of several, held against each other; the ledger
- `bearing.py`                          what of a ledger speaks of an assessment

`schema.py` has the records, `words.py` the classes of words, `wording.toml` what phrases tell.
"""
