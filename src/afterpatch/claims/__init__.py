"""Public reports as a ledger: who says what of whom, how surely, and where reports differ.

This room attributes nothing: every field is a slice of a report, or says that none tells it. A
report goes through it in this order:

- `page/`       the file as text with its offsets (`read.py`, `html_page.py`, `pdf.py`); what no
                reader sees inside words (`hidden.py`); which lines are the report (`layout.py`),
                which are furniture (`furniture.py`), what its head and foot tell (`page_head.py`)
- `grammar/`    sentences and tokens (`text.py`); the parse (`engine.py`, `syntax.py`) by spaCy
                (`dependency.py`), or by word classes and commas (`tagging.py`, `phrases.py`,
                `clauses.py`); classes of words (`words.py`), what phrases tell (`wording.toml`)
- `frames/`     who says what in a sentence (`sentence_frames.py`, `attribution.py`): by a verb,
                step by step (`verb_frames.py`): the kind it opens (`opening.py`), where it claims
                nothing (`verb_guards.py`), who speaks (`verb_sources.py`), what is said
                (`verb_contents.py`), whether that is reported (`verb_reports.py`), the passive
                (`verb_passives.py`); by verbs that no list holds (`unknown_verbs.py`), in titles
                (`headlines.py`), by nouns and phrases (`phrase_frames.py`, `set_phrases.py`), by
                taking a stand (`stands.py`), by measures (`measures.py`); several verbs of one
                subject (`series.py`), frames that belong to another (`nesting.py`)
- `who/`        the names that the tables know (`names.py`), whom a text may accuse (`mentions.py`),
                whose a crew is (`tied.py`), what it is called (`called.py`); who speaks
                (`speakers.py`): one source (`source.py`), a list of them (`speaker_lists.py`),
                people and their offices (`person_names.py`), whom `she` or `the agency` means
                (`led_back.py`), who spoke before (`memory.py`), who was only introduced
                (`introductions.py`)
- `stance/`     a statement and what is asked of it (`said.py`); what its speaker does with it
                (`of_said.py`): announces and demands (`steps.py`), reckons and weighs
                (`judging.py`); what nobody in particular says (`evidential.py`); who is accused
                (`accused.py`, `callings.py`), how a crew is tied to a state (`ties.py`), what is
                said where nobody is (`undecided.py`), who did it (`agents.py`, `culprits.py`);
                what the report itself tells (`telling.py`), when nothing is stated (`silence.py`,
                `scenery.py`); figures, dates, hedges, targets (`figures.py`)
- `extract.py`, `record.py`       the claims of one document; the record of each
- `charges.py`                    who was accused before in it: by whom others join in or deny
- `compare/`    reports against each other (`reconcile.py`): which tell of one event (`events.py`),
                what they state in like words (`statements.py`, `synonyms.py`, `copies.py`), which
                are one source (`sources.py`), who agrees and what is left out (`agreement.py`),
                figures (`figures.py`), lost doubt (`hedges.py`), culprits and their ties
                (`actors.py`), stronger words (`wording.py`), times on a wrong date (`dates.py`)
- `ledger.py`                     reports in, ledger out
- `bearing.py`                    what of a ledger speaks of an assessment

`schema.py` has the records.
"""
