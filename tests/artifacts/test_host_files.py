"""Transport agents, scheduled tasks and registry exports: files of the server itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch import artifacts
from afterpatch.artifacts import commandline
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Record, Sighting

ROOMS = Path(artifacts.__file__).parent
AGENTS = (ROOMS / "transportagents/samples/agents.config").read_bytes()
TASK = (ROOMS / "scheduledtask/samples/two_actions.xml").read_bytes()
EXPORT = (ROOMS / "registryexport/samples/export.reg").read_bytes()
SYSTEM = "HKEY_LOCAL_MACHINE\\SYSTEM\\"


def taken(path: str, data: bytes) -> Artifact:
    artifact = recognize(path, data)
    assert artifact
    return artifact


def feed(path: str, data: bytes) -> list[Record]:
    return list(taken(path, data).parser(path).feed(Frame(data, 0, 1)))


def export(*lines: str, codec: str = "utf-16") -> bytes:
    return "\r\n".join(("Windows Registry Editor Version 5.00", "", *lines, "")).encode(codec)


# ---------------------------------------------------------------- transport agents


def test_agents_in_order() -> None:
    first, second = feed("C:\\Exchange\\TransportRoles\\Shared\\agents.config", AGENTS)
    assert first.fields["Name"] == "Transport Rule Agent"
    assert second.fields == {
        "Name": "Some & other",
        "Assembly": "C:\\ProgramData\\x.dll",
        "Factory": "Some.Factory",
        "BaseType": "",
        "Enabled": "false",
        "File": "C:\\Exchange\\TransportRoles\\Shared\\agents.config",
    }
    shown = AGENTS[second.offset : second.offset + second.length]
    assert shown.startswith(b'<agent name="Some') and shown.endswith(b'"false" />')
    assert second.line == 7


@pytest.mark.parametrize(
    ("path", "head", "name"),
    [
        ("c:\\x\\fetagents.config", b"<!-- a --><configuration><mexRuntime/>", "transportagents"),
        ("c:\\collected\\mail01_agents.config", AGENTS, "transportagents"),
        ("c:\\collected\\some.xml", AGENTS, "transportagents"),
        ("c:\\x\\agents.config", b"<cut", "transportagents"),
        ("c:\\x\\web.config", b"<configuration><system.web/>", "iisconfig"),
        ("c:\\windows\\system32\\tasks\\a\\b", TASK, "scheduledtask"),
        ("c:\\windows\\system32\\tasks\\a\\b", b"<Task", "scheduledtask"),
        ("c:\\export\\b.xml", TASK, "scheduledtask"),
        ("c:\\export\\b.reg", EXPORT, "registryexport"),
        ("c:\\export\\b.txt", b"REGEDIT4\r\n\r\n[HKEY", "registryexport"),
    ],
)
def test_recognized_by_name_and_content(path: str, head: bytes, name: str) -> None:
    assert taken(path, head).name == name


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("c:\\x\\agents.config", b"MZ"),
        ("c:\\x\\b.xml", b"<Task xmlns='urn:other'>"),
        ("c:\\windows\\system32\\tasks\\a", b"MZ"),
        ("c:\\x\\b.reg", b"regf\0\0"),
    ],
)
def test_not_recognized_by_the_name_alone(path: str, head: bytes) -> None:
    assert recognize(path, head) is None


# ---------------------------------------------------------------- scheduled tasks


def test_a_task_is_named_by_its_place_then_by_itself_then_by_its_file() -> None:
    def name(path: str, data: bytes = TASK) -> object:
        return feed(path, data)[0].fields["TaskName"]

    assert name("D:\\Windows\\System32\\Tasks\\Microsoft\\Some") == "\\Microsoft\\Some"
    assert name("C:\\export\\x.xml") == "\\Other\\Name"
    nameless = TASK.decode("utf-16").replace("URI", "Uncle").encode()
    assert name("C:\\export\\x.xml", nameless) == "\\x"


def test_what_an_encoded_command_holds() -> None:
    (record,) = feed("C:\\export\\x.xml", TASK)
    assert record.fields["Decoded"] == "Write-Output 'inert marker'"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("powershell -e QQBCAEMARABFAEYARwBIAA==", "ABCDEFGH"),
        ('pwsh /EncodedCommand "QQBCAEMARABFAEYARwBIAA"', "ABCDEFGH"),
        ("powershell -ExecutionPolicy Bypass -File C:\\Scripts\\a.ps1", ""),
        ("tool -enc AAECAwQFBgcICQoLDA0ODw==", ""),
        ("tool --edit QQBCAEMARABFAEYARwBIAA==", ""),
    ],
)
def test_decoded(command: str, text: str) -> None:
    assert commandline.decoded(command) == text


# ---------------------------------------------------------------- registry exports

# Kind, line of the key, name, and what the record says: checked by hand against the sample.
RECORDS = [
    ("run key", 3, "(default)", "C:\\default.exe"),
    ("run key", 3, 'Some "quoted" name', '"C:\\Program Files\\a.exe" /x'),
    ("run key", 3, "Expanded", "%ProgramData%\\b.exe"),
    ("run key", 14, "Two", "first\nsecond"),
    ("service", 18, "Some", "C:\\Windows\\system32\\svchost.exe -k netsvcs"),
    ("service", 28, "Some", "C:\\marker.dll"),
    ("image hijack", 32, "Debugger", "C:\\marker.exe"),
    ("logon", 36, "Shell", "explorer.exe"),
    ("library", 40, "Notification Packages", "rassfm; scecli"),
    ("setting", 44, "UseLogonCredential", "1"),
    ("exclusion", 47, "C:\\x", None),
    ("task", 50, "\\A\\B", None),
    ("exchange setup", 54, None, None),
    ("computer", 61, None, "MAIL01"),
]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-8", "utf-8-sig"])
def test_keys_of_a_sample(codec: str) -> None:
    data = EXPORT if codec == "utf-16" else EXPORT.decode("utf-16").encode(codec)
    records = feed("C:\\e.reg", data)
    found = [
        (
            r.fields["Kind"],
            r.line,
            r.fields.get("Name"),
            r.fields.get("CommandLine") or r.fields.get("Data"),
        )
        for r in records
    ]
    assert found == RECORDS
    for record in records:
        shown = data[record.offset : record.offset + record.length]
        key = shown.decode("utf-16-le" if "16" in codec else "utf-8").rstrip("\r")
        assert key == f"[{record.fields['Key']}]"
    said = [s for r in records for s in taken("C:\\e.reg", data).parser("").sightings(r)]
    assert said == [
        Sighting("build", "15.1.2507.6", "registry MsiBuild"),
        Sighting("host", "MAIL01", "registry ComputerName"),
    ]
    assert "notshown" not in "".join(r.raw for r in records)


def test_bytes_of_narrow_text_in_the_older_form() -> None:
    value = ",".join(f"{b:02x}" for b in b"C:\\\xe4.exe\0")
    data = f'REGEDIT4\r\n\r\n[{SYSTEM}ControlSet001\\Services\\A]\r\n"ImagePath"=hex(2):{value}\r\n'
    assert feed("C:\\e.reg", data.encode("cp1252"))[0].fields["ImagePath"] == "C:\\\xe4.exe"


def test_values_that_never_end_and_keys_in_values() -> None:
    lines = [
        f"[{SYSTEM}ControlSet001\\Services\\A]",
        '"ImagePath"="never closed',
        *(["[HKEY_LOCAL_MACHINE\\x]"] * 40),
        f"[{SYSTEM}ControlSet001\\Services\\B]",
        '"ImagePath"=hex(2):43,00,\\',
        f"[{SYSTEM}ControlSet001\\Services\\C]",
        '"ImagePath"="C:\\\\c.exe"',
        '"ImagePath"="C:\\\\second.exe"',
    ]
    names = [(r.fields["Name"], r.fields["ImagePath"]) for r in feed("C:\\e.reg", export(*lines))]
    assert names[-1] == ("C", "C:\\c.exe")
    assert ("A", "C:\\c.exe") not in names


@pytest.mark.parametrize(
    "unit", ['"', '"a"="', "\\\r\n", '"a"=hex:\\\r\n', "[HKEY_", "\r\n", '\\"\r\n']
)
def test_hostile_exports_take_time_in_proportion_to_their_length(unit: str) -> None:
    key = f"[{SYSTEM}ControlSet001\\Services\\A]\r\n"
    assert len(feed("C:\\e.reg", export(key + unit * (300_000 // len(unit))))) < 10


@given(
    st.binary(max_size=300), st.integers(0, len(EXPORT)), st.sampled_from([AGENTS, TASK, EXPORT])
)
@settings(max_examples=80, deadline=None)
def test_damage_gives_records_or_valueerror(noise: bytes, at: int, data: bytes) -> None:
    for path in ("C:\\x\\agents.config", "C:\\Windows\\System32\\Tasks\\x", "C:\\x.reg"):
        broken = data[:at] + noise + data[at:]
        artifact = recognize(path.lower(), broken)
        if artifact is None or artifact.framing != "file":
            continue
        try:
            for record in artifact.parser(path).feed(Frame(broken, 0, 1)):
                assert record.raw and "" not in record.fields
        except ValueError as error:
            assert str(error)
