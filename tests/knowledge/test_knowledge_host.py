"""Places of a Windows server, and what belongs on it outside the web folders."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch import knowledge
from afterpatch.model import Value

CONFIG = "C:\\Windows\\System32\\inetsrv\\config\\applicationHost.config"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("C:\\inetpub\\wwwroot\\CON\\x", "trick"),
        ("C:\\inetpub\\aux.txt", "trick"),
        ("D:\\apps\\portal.", "trick"),
        ("D:\\apps \\portal", "trick"),
        ("C:\\a::$INDEX_ALLOCATION", "trick"),
        ("C:\\a\\b:stream", "trick"),
        ("C:\\a\\\u00a0\\b", "trick"),
        ("C:\\a\\..\\console\\auxiliary\\b.c", "other"),
        ("C:\\Users\\Public\\x", "hiding"),
        ("%PUBLIC%\\x", "hiding"),
        ("C:/PerfLogs/x", "hiding"),
        ("\\\\?\\C:\\$Recycle.Bin\\x", "hiding"),
        ("C:\\Windows\\Fonts\\x.dll", "hiding"),
        ("C:\\ProgramData\\x.exe", "hiding"),
        ("\\\\127.0.0.1\\c$\\PerfLogs", "hiding"),
        ("\\\\localhost\\ADMIN$\\Temp\\x", "temp"),
        ("C:\\Users\\bob\\AppData\\Local\\Temp\\x", "temp"),
        ("$env:temp\\x", "temp"),
        ("C:\\ProgramData\\COM", "shared"),
        ("%ALLUSERSPROFILE%\\x", "shared"),
        ("C:\\Users\\All Users\\x", "shared"),
        ("C:\\Users\\bob\\x", "profile"),
        ("%AppData%\\x", "profile"),
        ("\\\\FS01\\web", "share"),
        ("\\\\?\\UNC\\FS01\\web", "share"),
        ("\\SystemRoot\\System32\\drivers\\x.sys", "windows"),
        ("%windir%\\System32\\RpcProxy", "windows"),
        ("E:\\Exchange2016\\FrontEnd\\HttpProxy\\owa", "exchange"),
        ("%ExchangeInstallPath%\\Bin", "exchange"),
        ("C:\\inetpub\\EAC_Secondary", "web"),
        ('"C:\\Program Files\\Some\\a.dll"', "programs"),
        ("D:\\apps\\portal", "other"),
        ("", "other"),
    ],
)
def test_place(path: str, place: str) -> None:
    assert knowledge.place_of(path) == place


@pytest.mark.parametrize(
    ("command", "places"),
    [
        ('"C:\\Program Files\\a b\\x.exe" /d C:\\ProgramData\\V\\a.cmd', ("programs", "shared")),
        ('"C:\\PerfLogs\\x" -k', ("hiding",)),
        ("cmd /c start %public%\\a.bat & C:\\Windows\\Temp\\x.exe", ("hiding", "temp")),
        ("cmd /c robocopy C:\\Users\\Public\\a D:\\b & del C:\\PerfLogs\\*.exe", ()),
        ("powershell iwr https://h.example/a -o ${env:ProgramData}\\a.exe", ("hiding",)),
        ("powershell -File \\\\fs\\s\\a.ps1", ("share",)),
        ("C:\\Windows\\servicing\\TrustedInstaller.exe", ("windows",)),
        ("svchost.exe -k netsvcs https://h.example/C:/x", ()),
        ("regsvr32 /s some.dll", ()),
    ],
)
def test_places_of_a_command(command: str, places: tuple[str, ...]) -> None:
    assert knowledge.places_in(command) == places


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="C:\\/%$\"' .{}envtmpaux\u200b", max_size=60))
def test_any_text_has_a_place(text: str) -> None:
    assert knowledge.place_of(text)
    assert len(knowledge.places_in(text)) <= 11


def iis(kind: str, **fields: Value) -> dict[str, Value]:
    return knowledge.host_facts("iisconfig", {"Kind": kind, "File": CONFIG, **fields})


@pytest.mark.parametrize("root", ["C:\\Program Files\\Microsoft\\Exchange Server\\V15", "E:\\Exch"])
def test_the_stock_configuration_is_stock_wherever_it_was_installed(root: str) -> None:
    for entry in knowledge.iis_baseline():
        detail = entry.detail.replace("%ExchangeInstallPath%", root)
        if entry.kind == "vdir":
            path = entry.name.replace("%ExchangeInstallPath%", root)
            facts = iis("virtual directory", Site=entry.site, Path=entry.path, PhysicalPath=path)
            assert (facts["Stock"], facts["Below"]) == ("true", ""), entry
        elif entry.kind == "global_module":
            facts = iis("global module", Name=entry.name, Image=detail)
            assert facts["Stock"] == "true" and "Twin" not in facts, entry
        else:
            facts = iis("module", Name=entry.name, Type=detail)
            assert facts["Stock"] == "true" and "Twin" not in facts, entry


def test_a_directory_below_one_of_exchange_is_told() -> None:
    facts = iis(
        "virtual directory", Site="Default Web Site", Path="/owa/x", PhysicalPath="D:\\apps"
    )
    assert (facts["Stock"], facts["Below"], facts["Scope"]) == ("false", "/owa", "exchange")
    # A stock URL that leads elsewhere is not stock.
    facts = iis(
        "virtual directory", Site="Default Web Site", Path="/OAB", PhysicalPath="C:\\ProgramData\\x"
    )
    assert (facts["Stock"], facts["Place"]) == ("false", "shared")


@pytest.mark.parametrize(
    ("name", "image", "twin"),
    [
        ("UriCacheModul", "C:\\x\\other.dll", "uricachemodule"),
        ("UirCacheModule", "C:\\x\\other.dll", "uricachemodule"),
        ("Other", "C:\\Windows\\System32\\inetsrv\\cachurl.dll", "cachuri.dll"),
        ("Other", "C:\\x\\other.dll", None),
        ("exppv", "C:\\x\\other.dll", None),  # too short to be near to one name only
    ],
)
def test_names_one_letter_off(name: str, image: str, twin: str | None) -> None:
    facts = iis("global module", Name=name, Image=image)
    assert facts["Stock"] == "false"
    assert facts.get("Twin") == twin


@pytest.mark.parametrize(
    ("path", "type_", "processor", "said"),
    [
        ("*.aspx", "System.Web.UI.PageHandlerFactory", "", ("page", "")),
        ("*.jpg", "System.Web.UI.PageHandlerFactory, System.Web", "", ("page", "never")),
        ("*.config", "", "%windir%\\System32\\inetsrv\\asp.dll", ("page", "never")),
        ("*.html", "System.Web.UI.SimpleHandlerFactory", "", ("page", "seldom")),
        ("*.foo", "", "C:\\PHP\\php-cgi.exe|-x", ("page", "unknown")),
        ("*.x", "", "C:\\Windows\\System32\\cmd.exe /c %s", ("shell", "unknown")),
        ("*.x", "", "C:\\x.exe", ("program", "unknown")),
        ("*", "Some.Handler, Some", "", ("", "")),
    ],
)
def test_what_a_handler_does(path: str, type_: str, processor: str, said: tuple[str, str]) -> None:
    facts = iis("handler", Path=path, Type=type_, ScriptProcessor=processor)
    assert (facts["Runs"], facts["Mapped"]) == said


def test_every_stock_agent_is_stock_and_its_twin_is_not() -> None:
    for agent in knowledge.transport_agents():
        fields: dict[str, Value] = {
            "Name": agent.name,
            "Factory": f"{agent.factory}Factory",
            "Assembly": "E:\\Exchange\\TransportRoles\\agents\\some.dll",
        }
        assert knowledge.host_facts("transportagents", fields)["Stock"] == "true"
        fields["Assembly"] = "C:\\ProgramData\\some.dll"
        assert knowledge.host_facts("transportagents", fields)["Stock"] == "false"
        fields["Name"] = agent.name + "s"
        assert knowledge.host_facts("transportagents", fields)["Twin"] == agent.name.lower()
