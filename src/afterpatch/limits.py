"""Every ceiling and deadline of the program, by name."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB

# Sweep
WINDOW_BYTES = 256 * KIB  # scanned at a time: fits the second-level cache
RECORD_BYTES = 1 * MIB  # a longer line is cut here and flagged as damaged
HEAD_BYTES = 64 * KIB  # read to recognize an artifact
SHORTEST_LITERAL = 4  # characters; a shorter literal is no literal
GAP_SECONDS = 3600  # a silence in a log longer than this is shown as a gap
GAPS_PER_FILE = 10_000  # silences that are noted; a log with more is silent by habit

# Whole-file artifacts
WEB_FILE_BYTES = 8 * MIB
CONFIG_FILE_BYTES = 32 * MIB
REGISTRY_FILE_BYTES = 128 * MIB  # of a registry export; one of the whole SOFTWARE hive is as large
YARA_FILE_BYTES = 64 * MIB  # of a file that is no artifact, for the YARA rules that were given
EVENT_FILE_BYTES = 64 * MIB  # of a JSON array, which is decoded as a whole

# Guard
PARSE_DEADLINE_SECONDS = 15.0  # one frame in a parser
READ_DEADLINE_SECONDS = 300.0  # one read from slow storage
CHILD_MEMORY_BYTES = 2048 * MIB  # that one worker may ask for, where the system limits it
CHILD_RESIDENT_BYTES = 1024 * MIB
KILLS_SPARED = 3  # of a worker by somebody else at one place, before what lies there is blamed
DEATHS_PER_FILE = 3  # after so many a file's parser is given up, its bytes are still hashed

# Findings
FINDINGS_PER_ACTOR = 500  # per rule, outcome and address in one file; the rest is tallied
# Per rule and outcome in one file, so that a flood of one thing can't push out another.
FINDINGS_PER_RULE = {"attempt": 1_000, "reached": 5_000, "success": 5_000}
TALLIES_PER_FILE = 100_000
RAW_CHARACTERS = 8_000  # of a record's text shown in a finding

# Event logs
CHANNEL_CHARACTERS = 200  # of the name of a channel, a computer or an account
CHANNELS_PER_FILE = 1_000  # that are told apart in one file of events
STRETCHES_PER_CHANNEL = 1_000  # of record numbers in one file; with more, holes tell nothing

# Pursuit: further sweeps for what was learnt
SWEEPS = 8  # at the most, the first included
LEADS = 1_000  # followed for one server
LEADS_OF_KIND = 300  # of these, of one kind
LEAD_RECORDS_PER_FILE = 5_000  # of one lead kept; more are counted
LEAD_RECORDS = 60_000  # of one server kept
LEAD_RAW_CHARACTERS = 2_000
COMMON_ACCOUNTS = 6  # that sign in from one address in one file: it tells nobody apart

# Archives
ARCHIVE_DEPTH = 4
ARCHIVE_MEMBERS = 2_000_000
EXPANSION_RATIO = 1_200  # inflated to deflated bytes; deflate itself can't exceed 1,032
NESTED_ARCHIVE_BYTES = 64 * 1024 * MIB
SPOOL_BYTES = 16 * MIB  # of a nested zip held in memory; more goes to an anonymous temporary file
EXPANSION_FLOOR_BYTES = 64 * MIB  # below this much output the expansion ratio is not asked
DICTIONARY_BYTES = 512 * MIB  # working memory an xz, lzma or zst stream may ask for
TAR_HEADER_BYTES = 1 * MIB  # an extended header of a tar member
PACKED_BYTES = 256 * KIB  # compressed bytes taken at a time

# Object storage
STORE_BLOCK_BYTES = 2 * MIB  # read at a time
STORE_BLOCKS = 16  # of one object held in memory
STORE_READERS = 32  # objects read side by side
STORE_AHEAD = 256  # small objects held at a time
STORE_AHEAD_BYTES = 64 * MIB  # of them together

# Fleet: one package of evidence
UNIT_SECONDS = 6 * 3600.0  # to work on it
UNIT_MEMORY_BYTES = 4096 * MIB  # of its processes together
UNIT_ATTEMPTS = 2  # each in another worker, before it is recorded as failed
LEASE_SECONDS = 90.0  # after which a lock in object storage that nobody renews is void

# Detections
RULE_FILE_BYTES = 16 * MIB  # a larger file is refused
CACHE_ENTRIES = 24  # compiled rule sets kept for the next run
CACHE_ENTRY_BYTES = 512 * MIB
YARA_SECONDS = 10  # one file under the YARA rules; below PARSE_DEADLINE_SECONDS

# Outputs
KEY_FILE_BYTES = 64 * KIB  # of a key in PEM; what stands behind it is not read
REDACTION_FILE_BYTES = 256 * MIB  # key and names of an earlier redaction

# Tables
ROW_GROUP_ROWS = 10_000  # of records.parquet, held in memory at a time
ROW_GROUP_CHARACTERS = 16_000_000  # of raw records, after which a row group ends early

# Public reports
REPORT_BYTES = 64 * MIB  # a larger report is refused
REPORT_CHARACTERS = 8 * MIB  # of one report's text; the rest is not read
SENTENCE_CHARACTERS = 4_000  # a longer run of words is cut, so that no grammar works on it for long
PARAGRAPH_CHARACTERS = 40_000  # wrapped lines are put together up to here
REPORT_MARKUP_CHARACTERS = 4 * MIB  # of HTML, for trafilatura; a larger page is read line by line
REPORT_PAGES = 2_000  # of a PDF
REPORTS = 2_000  # read in one ledger
FACTS = 5_000  # of comparison kept, those that tell the most; the rest is counted
CLAIMS_SHOWN = 200  # in one dossier
LEDGER_BYTES = 512 * MIB

# Outputs for other programs
OBSERVATIONS = 200  # of one operator told apart in the bundle; all records are in other files
NAME_CHARACTERS = 200  # of the name of an object
CELL_CHARACTERS = 32_000  # of a cell of a CSV table: spreadsheets cut at 32,767

# Many servers
REGISTER_BYTES = 256 * MIB
ASSESSMENT_BYTES = 256 * MIB  # of one dossier's assessment; a larger one is not read

# The first and the last year whose dates are believed: Exchange 2000 was the first with web access,
# and support of the newest is not foreseen for so long.
YEARS = ("2000", "2050")
