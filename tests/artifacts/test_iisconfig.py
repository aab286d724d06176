"""Facts of IIS and ASP.NET configuration."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.artifacts import iisconfig
from afterpatch.artifacts.iisconfig import ARTIFACTS, IisConfigParser
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Record

(ROOM,) = ARTIFACTS
SAMPLES = Path(iisconfig.__file__).parent / "samples"
HOST = (SAMPLES / "applicationHost.config").read_bytes()
KEY = "00112233445566778899AABBCCDDEEFF"
SITE, ECP = "Default Web Site", "Default Web Site/ecp"

# Kind, the line it stands on, and its other fields: checked by hand against the sample.
FACTS = [
    ("virtual directory", 14, SITE, "/", "%SystemDrive%\\inetpub\\wwwroot", "DefaultAppPool", ""),
    (
        "virtual directory",
        15,
        SITE,
        "/zx",
        "C:\\ProgramData\\COM",
        "DefaultAppPool",
        "EXAMPLE\\svc",
    ),
    (
        "virtual directory",
        18,
        SITE,
        "/owa",
        "C:\\Exchange & more\\FrontEnd\\HttpProxy\\owa",
        "MSExchangeOWAAppPool",
        "",
    ),
    ("logging", 20, SITE, "", "ETW", "D:\\logs", ""),
    ("global module", 26, "UriCacheModule", "%windir%\\System32\\inetsrv\\cachuri.dll"),
    ("isapi filter", 29, "", "Exchange Filter", "C:\\filter.dll"),
    ("machine key", 34, ECP, "true", hashlib.sha256(KEY.encode()).hexdigest()[:16]),
    ("logging", 37, ECP, "true", "", "", ""),
    ("module", 40, ECP, "Some", "Some.Module, Some", "managedHandler"),
    ("handler", 43, ECP, "Page", "*.aspx", "System.Web.UI.PageHandlerFactory", ""),
    ("handler", 44, ECP, "Cgi", "*.x", "", "C:\\x.exe"),
    (
        "rewrite rule",
        48,
        ECP,
        "Block <it>",
        (".*", "(?=.*autodiscover)(?=.*powershell)"),
        "false",
        "AbortRequest",
    ),
]


def feed(data: bytes, offset: int = 0) -> list[Record]:
    return IisConfigParser("C:\\applicationHost.config").feed(Frame(data, offset, 1))


def facts(records: list[Record]) -> list[tuple[object, ...]]:
    found = []
    for record in records:
        kind, *others, file = record.fields.values()
        assert file == "C:\\applicationHost.config"
        found.append((kind, record.line, *others))
    return found


def test_facts_of_a_sample() -> None:
    records = feed(HOST, 1000)
    assert facts(records) == FACTS
    assert list(records[0].fields) == [
        *("Kind", "Site", "Path", "PhysicalPath", "ApplicationPool", "UserName", "File")
    ]
    for record in records:
        shown = HOST[record.offset - 1000 : record.offset - 1000 + record.length]
        assert shown.startswith(b"<") and shown.endswith(b">")
        assert HOST.count(b"\n", 0, record.offset - 1000) + 1 == record.line
        assert "\n" not in record.raw and record.when is None and record.damage == ()
    assert records[-1].raw.endswith('<action type="AbortRequest" /></rule>')


def test_no_secret_leaves_the_room() -> None:
    said = "".join(f"{record.fields}{record.raw}" for record in feed(HOST))
    assert KEY not in said and "NotShown1" not in said
    assert said.count('="***"') == 3


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_declared_and_true_encoding_may_differ(codec: str) -> None:
    data = HOST.decode().encode(codec)
    found = recognize("c:\\windows\\system32\\inetsrv\\config\\applicationhost.config", data)
    assert found == ROOM
    records = feed(data)
    assert facts(records) == FACTS
    plain = "utf-8" if codec == "utf-8-sig" else "utf-16-be" if "be" in codec else "utf-16-le"
    for record in records:
        shown = data[record.offset : record.offset + record.length].decode(plain)
        assert shown.startswith("<") and shown.endswith(">")
    latin = HOST.replace(b"EXAMPLE", b"EX\xc4MPLE")
    assert feed(latin)[1].fields["UserName"] == "EXÄMPLE\\svc"


def web(inner: str) -> bytes:
    return f"<configuration><system.web>{inner}</system.web></configuration>".encode()


def test_machine_keys() -> None:
    def key(attributes: str) -> dict[str, object]:
        return dict(feed(web(f"<machineKey {attributes}/>"))[0].fields)

    assert key('validationKey="AutoGenerate"')["Static"] == "false"
    assert key("")["Static"] == "false"
    lower = key(f'validationKey="{KEY.lower()}" decryptionKey="AA"')
    assert lower["KeyDigest"] == key(f'ValidationKey=" {KEY} "')["KeyDigest"]
    assert key('decryptionKey="AA"')["KeyDigest"] == hashlib.sha256(b"AA").hexdigest()[:16]


def test_classic_modules_a_namespace_and_angle_brackets_in_values() -> None:
    data = web('<httpModules><add name="a &gt; b" type="&lt;x&gt;"/></httpModules>').replace(
        b"<configuration>", b'<configuration xmlns="http://schemas.example/v2.0">'
    )
    (record,) = feed(data)
    assert (record.fields["Name"], record.fields["Type"]) == ("a > b", "<x>")
    assert record.raw == '<add name="a &gt; b" type="&lt;x&gt;" />'
    (record,) = feed(web("<handlers><add name='a > b' path='*'/></handlers>"))
    assert record.length == len("<add name='a > b' path='*'/>")


def test_what_stands_before_damage_is_kept() -> None:
    cut = HOST[: HOST.index(b"<globalModules>")]
    records = feed(cut)
    assert facts(records) == FACTS[:4]
    assert all("not well-formed" in record.damage[0] for record in records)


BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><configuration>&c;</configuration>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"MZ\x90",
        b"<configuration>",
        b"<other/>",
        b"<configuration>\0</configuration>",
        b"<configuration>\x01</configuration>",
        b"<configuration" + b" a" * 100,
        b"<configuration>" + b"<a>" * 100_000,
        BOMB.encode(),
        BOMB.encode("utf-16"),
        web("<modules><add name='a'/></modules>").replace(
            b"<conf", BOMB.encode()[:50] + b"]><conf", 1
        ),
    ],
    ids=range(12),
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        feed(data)


@given(st.binary(max_size=200), st.integers(0, len(HOST)))
@settings(max_examples=60, deadline=None)
def test_damage_gives_facts_or_valueerror(noise: bytes, at: int) -> None:
    data = HOST[:at] + noise + HOST[at:]
    ROOM.recognize("c:\\x.config", data)
    try:
        assert all(record.fields["Kind"] for record in feed(data))
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("path", "head", "taken"),
    [
        ("c:\\inetpub\\history\\cfghistory_0000000007\\applicationhost.config", HOST, True),
        ("c:\\x\\web.config", b"<configuration/>", True),
        ("c:\\x\\web.config", b"MZ", False),
        ("c:\\x\\sharedwebconfig.config", BOMB.encode(), True),
        ("c:\\collected\\web_1.config", b"<configuration><system.web>", True),
        ("c:\\collected\\applicationhost.config.bak", HOST, True),
        ("c:\\x\\some.exe.config", b"<configuration><runtime/></configuration>", False),
        ("c:\\x\\any.xml", b"<!-- -->" * 5000 + b"<a/>", False),
    ],
)
def test_recognized_by_name_and_content(path: str, head: bytes, taken: bool) -> None:
    assert ROOM.recognize(path, head) is taken


def test_what_compiles_the_files_of_an_extension() -> None:
    (record,) = feed(
        web(
            '<compilation><buildProviders><add extension=".png" '
            'type="System.Web.Compilation.PageBuildProvider" /></buildProviders></compilation>'
        )
    )
    assert (record.fields["Kind"], record.fields["Path"]) == ("build provider", "*.png")
    assert record.fields["Type"] == "System.Web.Compilation.PageBuildProvider"
