"""Rule packs from elsewhere: every rule is accounted for, and none of them raises a verdict.

The files in `foreign/` are written for these tests in the styles of public packs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from afterpatch import rulebook
from afterpatch.assess import assess, exit_code, load_rules
from afterpatch.detections import predicate, sigma
from afterpatch.detections.predicate import View
from afterpatch.detections.rule import Rule
from afterpatch.detections.ruleset import RuleFile
from afterpatch.detections.words import in_words
from afterpatch.detections.yara_pack import YaraScanner, YaraSet, load_yara
from afterpatch.model import Value
from afterpatch.outputs import html, terminal
from afterpatch.outputs.format import Dossier

FOREIGN = Path(__file__).parent / "foreign"
SIGMA, YARA = FOREIGN / "sigma", FOREIGN / "yara"

# ---------------------------------------------------------------- what is not loaded, and why

REFUSED = {
    "cloud/trail.yml": "log source (product aws, service cloudtrail)",
    "linux/proc_marker.yml": "log source (product linux, category process_creation)",
    "other/correlation.yml, document 1": "a part of the correlation in other/correlation.yml, doc",
    "other/correlation.yml, document 2": "a correlation rule",
    "other/filter.yml": "a filter for other rules",
    "other/global.yml, document 3": "unknown action 'undo'",
    "other/key_twice.yml": "Duplicate key",
    "other/laughs.yml": "aliases expand",
    "other/no_logsource.yml": "must have a log source",
    "other/tabs.yml": "not readable as YAML",
    "other/workflow.yml": "not a Sigma rule: it has no detection",
    "web/agents.yml": "of this id is already loaded from other/agents_copy.yml",
    "web/apache.yml": "log source (product apache, category webserver)",
    "web/proxy.yml": "log source (category proxy)",
    "windows/file_rename.yml": "log source (product windows, category file_rename)",
    "windows/proc_count.yml": "timeframe",
    "windows/proc_expand.yml": "unknown placeholder %administrators_of_example%",
    "windows/proc_hour.yml": "a part of a time can't be compared",
    "windows/proc_near.yml": "pipe syntax",
    "windows/proc_regex_broken.yml": "missing ]",
    "windows/proc_regex_lookahead.yml": "looks ahead, behind or back can't be matched in bounded",
    "windows/proc_timeframe.yml": "timeframe",
    "windows/proc_unknown_modifier.yml": "Unknown modifier 'soundslike'",
    "windows/proc_unknown_selection.yml": "'filter' not defined",
}
LOADED = sigma.load([SIGMA])
RULES = {rule.name: rule for rule in LOADED.rules}


def documents() -> int:
    """How many documents the files hold, counted without the loader: those that are no YAML too."""
    files = [p for p in SIGMA.rglob("*") if p.suffix in (".yml", ".yaml")]
    common = 1  # says what holds for the others, and is none
    breaks = re.compile(r"^---$", re.MULTILINE)
    return sum(len(breaks.findall(p.read_text("utf-8"))) + 1 for p in files) - common


def test_every_document_is_loaded_or_refused_with_its_reason() -> None:
    reasons = {refusal.what: refusal.why for refusal in LOADED.refused}
    assert reasons.keys() == REFUSED.keys()
    for what, part in REFUSED.items():
        assert part in reasons[what], what
        assert reasons[what].isprintable()
    assert len(LOADED.rules) + len(LOADED.refused) == documents()
    titles = {refusal.what: refusal.title for refusal in LOADED.refused}
    assert titles["windows/proc_near.yml"] == "Proc near"
    assert titles["other/tabs.yml"] == ""


def test_the_order_of_folders_does_not_matter_and_no_file_counts_twice() -> None:
    again = sigma.load([SIGMA, SIGMA / "web", SIGMA / "web" / "query.yml"])
    assert [r.name for r in again.rules] == [r.name for r in LOADED.rules]


# ---------------------------------------------------------------- what matches

Fields = dict[str, Value]
MD5, SHA1 = "2" * 30 + "cc", "0" * 38 + "aa"
SHA256, IMPHASH = "1" * 62 + "bb", "0123456789abcdef" * 2
ALL_HASHES = "SHA1={},MD5={},SHA256={},IMPHASH={}"
NONE = ("3" * 40, "4" * 32, "5" * 64, "6" * 32)


def hashes(*found: str) -> Fields:
    return {"Hashes": ALL_HASHES.format(*found)}


LOGON = {"EventID": "4625", "IpPort": "50000", "IpAddress": "192.0.2.7", "ProcessName": "-"}
# by name of the rule: records that match, records that do not
RECORDS: dict[str, tuple[list[Fields], list[Fields]]] = {
    "agents_copy": (
        [
            {"cs(User-Agent)": "a MARKERscanner/1"},
            {"UserAgent": "marker bot"},
            {"cs(Referer)": "http://marker.example/"},
            {"cs-host": "marker.example"},
            {"UrlHost": "marker.example"},
        ],
        [{"cs(User-Agent)": "markerbot"}],
    ),
    "antivirus": (
        [{"Threat Name": "Trojan:Marker.A!x"}, {"Path": r"file:_C:\x.marker"}],
        [{"Threat Name": "Marker.B"}],
    ),
    "any_channel": ([{"Provider_Name": "marker provider"}], [{"Provider_Name": "x"}]),
    "claims_to_be_proof": ([{"cs-uri-stem": "/x/marker-proof.aspx"}], [{"cs-uri-stem": "/"}]),
    "dns_query": ([{"QueryName": "a.marker.example"}], [{"QueryName": "marker.example.org"}]),
    "empty_query": (
        [{"cs-uri-stem": "/marker.ashx", "Uri": "/marker.ashx"}],
        [{"cs-uri-stem": "/marker.ashx", "cs-uri-query": "a=b", "Uri": "/marker.ashx?a=b"}],
    ),
    "exchange-proxylogon-ssrf": (
        [{"cs-uri-stem": "/marker-name.aspx"}], [{"cs-uri-stem": "/ecp/x.js"}],
    ),
    "exchange_keywords": (
        [{"Data": ("new-markerrequest", "-x")}, {"Message": "ran Set-MarkerDirectory."}],
        [{"Data": ("Get-MarkerRequest",), "Channel": "New-MarkerRequest"}],
    ),
    "exchange_keywords_all": (
        [{"Data": ("New-MarkerRequest", r"x -FilePath \\127.0.0.1\c$")}],
        [{"Data": ("New-MarkerRequest", r"x -FilePath \\server\c$")}],
    ),
    "global#1": (
        [{"EventID": "7045", "ServiceName": "markersvc"}],
        [{"EventID": "4697", "ServiceName": "markersvc"}],
    ),
    "global#2": (
        [{"EventID": "4697", "ServiceName": "markersvc"}],
        [{"EventID": "7045", "ServiceName": "markersvc"}],
    ),
    "of_one_extension": ([{"Uri": "/a/marker.extension"}], [{"Uri": "/marker.extension?"}]),
    "powershell_classic": (
        [{"Data": ("x", "HostName=a\r\n\tHostApplication=marker -x")}], [{"Data": ("marker",)}],
    ),
    "proc_cased": ([{"CommandLine": "a MaRkEr"}], [{"CommandLine": "a marker"}]),
    "proc_encoded": (
        [{"CommandLine": "xaHR0cDovL21hcmtlcg=="}, {"CommandLine": "x TQBhAHIAawBlAHIAQwBtAGQA"}],
        [{"CommandLine": "http://marker MarkerCmd"}],
    ),
    "proc_fieldref": (
        [{"Image": r"C:\a.exe", "ParentImage": r"c:\A.exe"}],
        [{"Image": r"C:\a.exe", "ParentImage": r"C:\b.exe"}, {"Image": "a"}],
    ),
    "proc_hashes": (
        [
            hashes(SHA1, *NONE[1:]),
            hashes(NONE[0], MD5.upper(), *NONE[2:]),
            hashes(*NONE[:2], SHA256, NONE[3]),
            hashes(*NONE[:3], IMPHASH.upper()),
            {"Imphash": IMPHASH},
            {"sha256": SHA256},
        ],
        [hashes(*NONE), {"Hashes": f"SHA256={MD5}"}],
    ),
    "proc_list_of_maps": (
        [
            {"Image": r"D:\marker.exe", "CommandLine": "x -one two"},
            {"OriginalFileName": "MARKER.EXE", "CommandLine": "x  two -one y"},
        ],
        [
            {"Image": r"C:\Program Files\a\marker.exe", "CommandLine": "x -one two"},
            {"Image": r"D:\marker.exe", "CommandLine": "x -one"},
        ],
    ),
    "proc_neq": (
        [{"Image": r"C:\marker.exe", "MandatoryLabel": "S-1-16-12288"}],
        [{"Image": r"C:\marker.exe", "IntegrityLevel": "low"}],
    ),
    "proc_one_of_them": (
        [
            {"ParentImage": r"C:\w3wp.exe", "Image": r"C:\marker.exe"},
            {"CommandLine": "marker -x"},
        ],
        [{"ParentImage": r"C:\w3wp.exe"}],
    ),
    "proc_regex": ([{"CommandLine": "MARKER  two--end"}], [{"CommandLine": "marker three--end"}]),
    "proc_regex_explodes": (
        [{"CommandLine": "aaamarker"}],
        # Backtracking would not come to an end with these; the second is no text in any encoding.
        [{"CommandLine": "a" * 5000}, {"CommandLine": "a\ud800marker"}],
    ),
    "proc_windash": (
        [{"CommandLine": f"x {dash}MarkerFlag"} for dash in "-/–—―"],
        [{"CommandLine": "markerflag"}],
    ),
    "query": ([{"Uri": "/OTHER/marker"}], [{"cs-uri-query": "/other/marker"}]),
    "registry_null": (
        [
            {"TargetObject": r"HKLM\Run\Marker", "Details": "x"},
            {"ObjectName": r"\REGISTRY\MACHINE\Run\Marker", "NewValue": "x"},
        ],
        [
            {"TargetObject": r"HKLM\Run\Marker"},
            {"TargetObject": r"HKLM\Run\Marker", "Details": ""},
        ],
    ),
    "script_block": (
        [{"ScriptBlockText": "get-marker\n-force"}], [{"ScriptBlockText": "Get-Marker"}],
    ),
    "security_numbers": (
        [LOGON, {**LOGON, "IpAddress": "2001:db8::9"}],
        [
            {**LOGON, "IpPort": "80"},
            {**LOGON, "IpPort": "-"},
            {**LOGON, "IpAddress": "198.51.100.1"},
            {k: v for k, v in LOGON.items() if k != "ProcessName"},
        ],
    ),
    "several_conditions": (
        [{"cs-uri-stem": "/marker-a"}, {"cs-uri-stem": "/Marker-B"}], [{"cs-uri-stem": "/marker"}],
    ),
    "sloppy": ([{"Image": r"C:\sloppy.exe"}], [{"Image": "sloppy.exe"}]),
    "stem_with_query": (
        [{"cs-uri-stem": "/marker.aspx", "cs-uri-query": "a=b", "Uri": "/x/marker.aspx?a=b"}],
        [{"cs-uri-stem": "/marker.aspx", "Uri": "/marker.aspx"}],
    ),
    "sysmon_service": (
        [{"EventID": "11", "TargetFilename": r"C:\a.marker"}],
        [{"EventID": "1", "TargetFilename": r"C:\a.marker"}],
    ),
    "web/query": (
        [
            {"cs-method": "POST", "Uri": "/marker/start.aspx?cmd=x", "sc-status": "200"},
            {"Method": "post", "cs-uri-query": "u=/marker/start.aspx?cmd=", "Uri": "/?u="},
            {"cs-method": "POST", "Uri": "/marker/start%2easpx?cmd=x", "sc-status": "500"},
        ],
        [
            {"cs-method": "POST", "Uri": "/marker/start.aspx?cmd=x", "sc-status": "404"},
            {"cs-method": "GET", "Uri": "/marker/start.aspx?cmd=x", "sc-status": "200"},
        ],
    ),
}  # fmt: skip


def test_there_is_a_record_for_each_rule() -> None:
    assert RECORDS.keys() == RULES.keys()


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_rule_matches_what_its_author_meant(name: str) -> None:
    holds = predicate.compile_node(RULES[name].condition)
    hits, misses = RECORDS[name]
    assert [record for record in hits if not holds(View(record))] == []
    assert [record for record in misses if holds(View(record))] == []


def test_the_sweep_brings_up_what_the_rules_match() -> None:
    for name, (hits, _) in RECORDS.items():
        for source in RULES[name].sources:
            if source.artifact != "events_json":
                continue
            literals = predicate.literals(RULES[name], source, "json")
            for record in hits if literals is not None else ():
                values = (v if isinstance(v, str) else " ".join(v) for v in record.values())
                text = " ".join((*record, *values)).lower()
                assert any(literal.lower() in text for literal, *_ in literals or ()), name


def expression(text: str) -> Rule:
    content = {
        "title": "x",
        "logsource": {"category": "process_creation", "product": "windows"},
        "detection": {"s": {"CommandLine|re": text}, "condition": "s"},
    }
    file = RuleFile("x.yml", own=False, data=yaml.safe_dump(content).encode())
    (rule,) = sigma.compile_files([file], {}).rules
    return rule


def test_foreign_expressions_are_read_as_their_engine_reads_them() -> None:
    # Letters beyond ASCII do not fold into it, which the sweep could not know.
    folded = predicate.compile_node(expression("(?i)marker-ks").condition)
    assert folded(View({"CommandLine": "MARKER-KS"}))
    assert not folded(View({"CommandLine": "marker-\u212as"}))
    assert not folded(View({"CommandLine": "marker-k\u017f"}))
    # Python takes the first bracket of such a class for its end.
    rule = expression("[[:alpha:]]marker|x[[:^digit:]]{4}")
    assert predicate.compile_node(rule.condition)(View({"CommandLine": "amarker"}))
    literals = predicate.literals(rule, rule.sources[0], "evtx")
    assert literals is None or "]marker" not in {wanted.text for wanted in literals}


# ---------------------------------------------------------------- what they are worth


def test_whatever_a_rule_says_of_itself_it_is_foreign() -> None:
    assert {rule.standing for rule in RULES.values()} == {"foreign"}
    assert [r.name for r in RULES.values() if r.backdoor or r.impact] == []
    keywords = RULES["exchange_keywords"]
    assert (keywords.question, keywords.otherwise) == ("exploited", "attempt")
    assert keywords.cve == ("CVE-2021-26855",)
    assert RULES["registry_null"].technique == ("T1547.001",)
    assert "Example Author" in keywords.explain


def test_the_names_of_ours_stay_ours() -> None:
    ours, together = load_rules(), load_rules([SIGMA])
    names = [rule.name for rule in together.rules]
    assert len(set(names)) == len(names)
    by_name = {rule.name: rule for rule in together.rules}
    assert [by_name[rule.name] for rule in ours.rules] == list(ours.rules)
    assert by_name["other/exchange-proxylogon-ssrf"].standing == "foreign"


IIS = """#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2021-03-03 06:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
cs(Referer) sc-status sc-substatus sc-win32-status time-taken
2021-03-03 06:00:01 192.0.2.1 GET /owa/auth/logon.aspx - 443 - 198.51.100.7 Mozilla/5.0 - 200 0 0 1
2021-03-03 06:00:02 192.0.2.1 POST /marker/start.aspx cmd=x 443 - 192.0.2.7 marker+bot - 500 0 0 1
2021-03-03 06:00:03 192.0.2.1 GET /owa/marker-proof.aspx - 443 - 192.0.2.8 Mozilla/5.0 - 200 0 0 1
"""
EVENTS: list[dict[str, Any]] = [
    {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "Image": r"D:\<b>\marker.exe",
        "CommandLine": "marker -one two",
        "ParentImage": r"C:\Windows\explorer.exe",
    },
    {
        "Channel": "Microsoft-Windows-Windows Defender/Operational",
        "EventID": 1116,
        "Threat Name": "Trojan:Marker.A",
        "Path": r"C:\x.tmp",
    },
    {"Channel": "System", "EventID": 7045, "ServiceName": "markersvc", "ImagePath": r"C:\m.exe"},
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dossier, Dossier]:
    """One server assessed without and with the foreign rules."""
    root = tmp_path_factory.mktemp("server") / "C"
    logs = root / "inetpub" / "logs" / "LogFiles" / "W3SVC1"
    logs.mkdir(parents=True)
    (logs / "u_ex210303.log").write_text(IIS)
    common = {"Hostname": "MAIL01.example.org", "TimeCreated": "2021-03-03T06:40:00.000Z"}
    lines = [msgspec.json.encode({**common, **event}) for event in EVENTS]
    (root / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (plain,) = assess([root], workers=1)
    (more,) = assess([root], workers=1, rules=[SIGMA])
    return plain, more


def test_foreign_matches_are_findings_and_no_answer_rests_on_them(
    both: tuple[Dossier, Dossier],
) -> None:
    plain, more = both
    foreign = [f for f in more.findings if f.standing == "foreign"]
    assert {f.rule for f in foreign} == {
        "agents_copy", "antivirus", "claims_to_be_proof", "global#1", "proc_list_of_maps",
        "proc_neq", "proc_one_of_them", "web/query",
    }  # fmt: skip
    ours = [f for f in more.findings if f.standing != "foreign"]
    assert ours == list(plain.findings)
    assert [f.outcome for f in foreign if f.rule == "claims_to_be_proof"] == ["success"]
    without = msgspec.structs.replace(more.assessment, notes=plain.assessment.notes)
    assert without == plain.assessment
    assert exit_code([more]) == exit_code([plain])
    assert {r.what for r in more.rules_refused} >= REFUSED.keys()


def test_foreign_matches_are_shown_apart(
    both: tuple[Dossier, Dossier], capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    plain, more = both
    page = b"".join(html.render(more)).decode()
    assert "Matches of foreign rules" in page
    assert "8 hits by 8 rules" in page
    assert "<b>\\marker" not in page
    assert "Proc near" in page  # refused
    assert "Matches of foreign rules" not in b"".join(html.render(plain)).decode()
    terminal.print_assessment([more], [], Console(width=200))
    said = capsys.readouterr().out
    before, _, after = said.partition("Matches of foreign rules")
    assert "Claims to be proof" in after
    assert "Claims to be proof" not in before


# ---------------------------------------------------------------- YARA

YARA_REFUSED = {
    ("elsewhere.yar, line 1", "Marker_Needs_Another_File"): "unknown identifier",
    ("empty.yar", ""): "the file holds no rule",
    ("externals.yar, line 9", "Marker_Unknown_External"): "unknown identifier `timezone`",
    ("include.yar, line 1", ""): "include statements not allowed",
    ("modules.yara", "Marker_Sandbox"): "ignored module `cuckoo`",
    ("modules.yara, line 4", ""): "unknown module `magic`",
    ("modules.yara, line 9", "Marker_Magic"): "unknown identifier `magic`",
    ("names_again.yar, line 3", "Marker_Twice"): "duplicate rule",
    ("no_rules.yar, line 1", ""): "syntax error",
    ("regexes.yar, line 1", "Marker_Lookahead"): "look-around",
    ("regexes.yar, line 3", "Marker_Unused"): "unused pattern",
    ("syntax.yar", "Marker_Broken"): "lost to a syntax error",
    ("syntax.yar, line 2", ""): "syntax error",
}


@pytest.fixture(scope="module")
def pack() -> YaraSet:
    return load_yara([YARA])


def test_every_yara_rule_is_loaded_or_refused_with_its_reason(pack: YaraSet) -> None:
    reasons = {(refusal.what, refusal.title): refusal.why for refusal in pack.refused}
    assert reasons.keys() == YARA_REFUSED.keys()
    for what, part in YARA_REFUSED.items():
        assert part in reasons[what], what
    text = "\n".join(path.read_text("latin-1") for path in YARA.iterdir())
    declared = re.findall(r"^(?:private |global )?rule (\w+)", text, re.MULTILINE)
    loaded = [rule.rule for rule in pack.rules]
    assert sorted(declared) == sorted([*loaded, *(title for _, title in reasons if title)])
    names = [rule.name for rule in pack.rules]
    assert len(set(names)) == len(names)
    assert {"yara:plain.yar:Marker_Plain", "yara:names_again.yar:Marker_Plain"} <= set(names)


# content and path of a file, and what is found in it
SCANS = {
    b"x afterpatch-MARKER-one": (
        r"C:\inetpub\wwwroot\x.txt",
        {"plain.yar:Marker_Plain"},
    ),
    b"x afterpatch-marker-two": (
        r"C:\a\owa\auth\Shown.ASPX",
        {"names_again.yar:Marker_Plain", "Marker_External", "Marker_Global", "Marker_On_Private"},
    ),
    b"MZ afterpatch-marker": (
        r"C:\a\owa\auth\shown.aspx", {"Marker_Global", "Marker_On_Private"},
    ),
    b"marker-abc12": ("x", {"Marker_Regex"}),
    b"marker-before marker-after": ("x", {"Marker_Before", "Marker_After"}),
    b"marker-include marker-latin marker-second marker-first": (
        "x", {"Marker_Beside_Include", "Marker_Latin", "Marker_Twice"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", SCANS)
def test_yara_matches(pack: YaraSet, data: bytes) -> None:
    path, expected = SCANS[data]
    found = {match.name.removeprefix("yara:") for match in YaraScanner(pack).match(data, path)}
    assert found - {"Marker_Global"} == expected - {"Marker_Global"}


def test_a_yara_match_in_the_words_of_a_finding(pack: YaraSet) -> None:
    (found,) = [
        match
        for match in YaraScanner(pack).match(b"..afterpatch-marker-one", "x.txt")
        if match.name.endswith("Marker_Plain")
    ]
    assert (found.offset, found.length, found.severity) == (2, 21, "high")
    assert found.technique == ("T1505.003",)
    assert found.explain == "Marker of a test, see T1505.003 (Rule by Example Author.)"


def test_yara_rules_see_web_files_and_unknown_files_and_raise_nothing(tmp_path: Path) -> None:
    page = tmp_path / "inetpub" / "wwwroot" / "aspnet_client" / "note.txt"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"x afterpatch-MARKER-one")
    (tmp_path / "Windows").mkdir()
    tool = tmp_path / "Windows" / "tool.exe"
    tool.write_bytes(b"MZ" + bytes(100_000) + b"afterpatch-marker-one")
    log = tmp_path / "inetpub" / "logs" / "LogFiles" / "W3SVC1" / "u_ex210303.log"
    log.parent.mkdir(parents=True)
    log.write_text(IIS + "# afterpatch-marker-one\n")
    (plain,) = assess([tmp_path], workers=1)
    (more,) = assess([tmp_path], workers=1, yara=[YARA])
    found = [f for f in more.findings if f.rule == "yara:plain.yar:Marker_Plain"]
    told = {(f.object.path, f.provenance.offset, f.provenance.length, f.raw) for f in found}
    assert {(path.rpartition("\\")[2], *rest) for path, *rest in told if path} == {
        ("note.txt", 2, 21, "afterpatch-MARKER-one"),
        ("tool.exe", 100_002, 21, "afterpatch-marker-one"),
    }
    assert {(f.standing, f.outcome, f.severity) for f in found} == {("foreign", "attempt", "high")}
    assert [f for f in more.findings if f.standing != "foreign"] == list(plain.findings)
    assert more.assessment.verdict == plain.assessment.verdict
    assert exit_code([more]) == exit_code([plain])
    assert len(more.rules_refused) > len(plain.rules_refused)


# ---------------------------------------------------------------- as a book


def test_the_book_lists_all_and_its_pages_hold_no_living_text(tmp_path: Path) -> None:
    hostile = {
        "title": "<script>x</script> | [a](https://e.example) `b` \x1b[31m\n# c",
        "description": "- <img src=x> www.e.example a@e.example\n\n---\n1. x",
        "logsource": {"category": "webserver"},
        "detection": {"s": {"cs-uri-stem": "``` \n</code><b>|"}, "condition": "s"},
        "falsepositives": ["<i>"],
        "references": ["javascript:alert(1)", "`x"],
        "author": "*_~",
    }
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a|b <u>.yml").write_text(yaml.safe_dump(hostile))
    book = rulebook.open_book([tmp_path / "pack"])
    written = rulebook.write_pages(book, tmp_path / "pages")
    assert len(written) == len(book.rules) + 1
    (page,) = [p for p in written if p.name.startswith("a-b")]
    text = page.read_text("utf-8")
    index = written[0].read_text("utf-8")
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    for mark in ("<script", "<img", "<i>", "](https", "\x1b"):
        assert mark not in outside.replace("\\<", "").replace("\\]", "").replace("\\[", "")
        assert mark not in index.replace("\\<", "").replace("\\]", "")
    assert "www\\.e" in text
    assert "https\\://e" in text
    assert [line for line in text.splitlines() if line.startswith(("---", "1."))] == []
    assert "Rule by" in text
    assert {entry.kind for entry in rulebook.open_book([], [YARA]).entries} == {"sigma", "yara"}


def test_every_rule_can_be_told_in_words() -> None:
    for rule in (*LOADED.rules, *load_rules().rules):
        for node in (rule.condition, *(node for _, node in (*rule.outcomes, *rule.look_alikes))):
            said = in_words(node)
            assert said
            assert not [line for _, line in said if re.search(r"None|Test\(|Or\(| $", line)]


def test_a_rule_is_explained_with_what_it_looks_for() -> None:
    book = rulebook.open_book([SIGMA], [YARA])
    said = "\n".join(rulebook.explain(book, "proc_list_of_maps"))
    assert "'CommandLine' holds ' -one '" in said
    assert "no answer rests on it" in said
    assert "reads       evtx: records with" in said
    assert "plain.yar" in "\n".join(rulebook.explain(book, "yara:plain.yar:Marker_Plain"))
