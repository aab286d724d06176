"""Member names of every layout, and names made to mislead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterpatch.evidence.paths import server_path, server_root, windows_path

VSS = "%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy1"


@pytest.mark.parametrize(
    ("member", "root", "path"),
    [
        # bare copy
        ("Windows/System32/x.evtx", "", r"C:\Windows\System32\x.evtx"),
        ("inetpub/logs/LogFiles/W3SVC1/u.log", "", r"C:\inetpub\logs\LogFiles\W3SVC1\u.log"),
        ("case/old/Program Files/Microsoft/x", "case/old", r"C:\Program Files\Microsoft\x"),
        ("PROGRAM FILES (X86)/x", "", r"C:\PROGRAM FILES (X86)\x"),
        ("ExchangeSetupLogs/ExchangeSetup.log", "", r"C:\ExchangeSetupLogs\ExchangeSetup.log"),
        ("EventLogs/Security.jsonl", "", r"EventLogs\Security.jsonl"),
        ("u_ex240506.log", "", "u_ex240506.log"),
        # KAPE
        ("tdest/C/Windows/x", "tdest", r"C:\Windows\x"),
        ("tdest/C/$Extend/$J", "tdest", r"C:\$Extend\$J"),
        ("tdest/VSS1/C/Windows/x", "tdest/VSS1", r"C:\Windows\x"),
        ("t/VSS2/E/Exchange2016/Logging/x", "t/VSS2", r"E:\Exchange2016\Logging\x"),
        # a drive letter as a folder
        ("C/Windows/x", "", r"C:\Windows\x"),
        ("c/windows/x", "", r"C:\windows\x"),
        ("C_/Windows/x", "", r"C:\Windows\x"),
        ("C%3A/Windows/x", "", r"C:\Windows\x"),
        ("C:/Windows/x", "", r"C:\Windows\x"),
        (r"C:\Windows\x", "", r"C:\Windows\x"),
        ("MAIL01/C$/inetpub/x", "MAIL01", r"C:\inetpub\x"),
        ("D/IISLogs/u_ex.log", "", r"D:\IISLogs\u_ex.log"),
        ("D/Program Files/Microsoft/x", "", r"D:\Program Files\Microsoft\x"),
        ("a/Windows/x", "", r"A:\Windows\x"),
        # a custom root of Exchange
        (
            "E/Exchange2016/FrontEnd/HttpProxy/owa/auth/x.aspx",
            "",
            r"E:\Exchange2016\FrontEnd\HttpProxy\owa\auth\x.aspx",
        ),
        ("MAIL02/E/Exchange2016/Logging/x", "MAIL02", r"E:\Exchange2016\Logging\x"),
        # Velociraptor
        ("uploads/auto/C%3A/Windows/x", "", r"C:\Windows\x"),
        ("uploads/ntfs/%5C%5C.%5CC%3A/Windows/x", "", r"C:\Windows\x"),
        ("uploads/mft/%5C%5C.%5CD%3A/Exchange/x", "", r"D:\Exchange\x"),
        ("Col-MAIL01/uploads/lazy_ntfs/C%3A/a/x", "Col-MAIL01", r"C:\a\x"),
        ("uploads/file/C%3A/inetpub/a%25b%3Fc", "", r"C:\inetpub\a%b?c"),
        (f"uploads/ntfs_vss/{VSS}/Windows/x", f"uploads/ntfs_vss/{VSS}", r"C:\Windows\x"),
        (f"uploads/ntfs_vss/{VSS}/Exch/x%25", f"uploads/ntfs_vss/{VSS}", r"Exch\x%"),
        # CyLR
        ("C/Windows/System32/winevt/Logs/Security.evtx", "",
         r"C:\Windows\System32\winevt\Logs\Security.evtx"),
        # dissect acquire
        ("fs/C:/Windows/x", "", r"C:\Windows\x"),
        ("HOST_2024/fs/C_/Windows/x", "HOST_2024", r"C:\Windows\x"),
        ("sysvol/Windows/x", "", r"C:\Windows\x"),
        ("fs/$fs$/fs0/Windows/x", "", r"C:\Windows\x"),
        # ExchangeLogCollector, Test-ProxyLogon
        ("ECP_Proxy_Logs/HttpProxy_2024.LOG", "", r"ECP_Proxy_Logs\HttpProxy_2024.LOG"),
        ("MAIL01/ECP_Logs/Server/x.LOG", "MAIL01", r"ECP_Logs\Server\x.LOG"),
        ("out/CollectedLogFiles/MAIL01/SuspiciousFiles/a_1.aspx",
         "out/CollectedLogFiles/MAIL01", r"SuspiciousFiles\a_1.aspx"),
        # two servers
        ("MAIL01/C/Windows/x", "MAIL01", r"C:\Windows\x"),
        ("case/d/MAIL01/C/Windows/x", "case/d/MAIL01", r"C:\Windows\x"),
        # not a drive
        ("inetpub/wwwroot/c/page.aspx", "", r"C:\inetpub\wwwroot\c\page.aspx"),
        ("inetpub/wwwroot/c/windows/x.aspx", "", r"C:\inetpub\wwwroot\c\windows\x.aspx"),
        ("E/Exch/FrontEnd/c/windows/x.aspx", "", r"E:\Exch\FrontEnd\c\windows\x.aspx"),
        ("wwwroot/c/windows/x.aspx", "", r"wwwroot\c\windows\x.aspx"),
        ("logs/x/u_ex.log", "", r"logs\x\u_ex.log"),
        ("C", "", "C"),
        # hostile
        ("../../etc/passwd", "", r"%2E%2E\%2E%2E\etc\passwd"),
        ("C/Windows/../../x", "", r"C:\Windows\%2E%2E\%2E%2E\x"),
        ("uploads/auto/C%3A/%2E%2E/x", "", r"C:\%2E%2E\x"),
        ("uploads/auto/C%3A/a%5C..%5Cx", "", r"C:\a\%2E%2E\x"),
        ("/etc/passwd", "", r"etc\passwd"),
        ("./C/Windows/x", "", r"C:\Windows\x"),
        ("C/Windows/a\0b\x1b[31m", "", "C:\\Windows\\a\0b\x1b[31m"),
        ("C/Windows/\udcff", "", "C:\\Windows\\\N{REPLACEMENT CHARACTER}"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_layout(member: str, root: str, path: str) -> None:
    assert windows_path(member) == (root, path)


@pytest.mark.parametrize(
    ("names", "root", "path"),
    [
        (("MAIL01.zip", "C/Windows/x"), "MAIL01.zip", r"C:\Windows\x"),
        (("case/MAIL01.zip", "W3SVC1/u.log"), "case/MAIL01.zip", r"W3SVC1\u.log"),
        (("ECP_Logs-1104.zip", "Server/x.LOG"), "", r"ECP_Logs\Server\x.LOG"),
        (("M-1104.zip", "ECP_Logs.zip", "x.LOG"), "M-1104.zip", r"ECP_Logs\x.LOG"),
        (("d/MAIL01.zip", "Windows/x"), "d/MAIL01.zip", r"C:\Windows\x"),
        (("C/inetpub/wwwroot/b.zip", "a/s.aspx"), "", r"C:\inetpub\wwwroot\b.zip\a\s.aspx"),
    ],
)
def test_layout_within_archives(names: tuple[str, ...], root: str, path: str) -> None:
    assert server_path(names) == (root, path)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_all_files_of_one_server_share_a_root(depth: int) -> None:
    prefix = ["case", "hosts", "MAIL01"][:depth]
    members = ["C/Windows/a", "C/inetpub/b", "C/$MFT", "E/Exchange/Logging/c", "D/Program Files/d"]
    assert {windows_path("/".join([*prefix, member]))[0] for member in members} == {
        "/".join(prefix)
    }


def test_a_file_that_tells_no_drive_goes_to_the_server_beside_it() -> None:
    roots = {"MAIL01", "MAIL02", "MAIL02/old"}
    assert server_root("", r"MAIL01\notes\a.evtx", roots) == "MAIL01"
    assert server_root("", r"mail02\old\a.evtx", roots) == "MAIL02/old"
    assert server_root("", r"MAIL03\a.evtx", roots) == ""
    assert server_root("MAIL03", r"C:\MAIL01\a", roots) == "MAIL03"
    assert server_root("M.zip", r"logs\a", {"M.zip", ""}) == "M.zip"


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["C", "..", ".", "", "Windows", "uploads", "auto", "C%3A", "fs", "%2E%2E", "VSS1",
                 "%5C..%5C", "Logging", "e_", "sysvol", "$MFT", "CollectedLogFiles", "ECP_Logs"]
            ),
            st.text(st.characters(), max_size=6),
        ),
        max_size=8,
    ),
    st.sampled_from("/\\"),
)  # fmt: skip
def test_no_name_escapes(parts: list[str], separator: str) -> None:
    root, path = windows_path(separator.join(parts))
    assert ".." not in path.split("\\")
    assert ".." not in root.split("/")
    assert "/" not in path
    (root + path).encode()


@given(st.lists(st.text(st.characters(exclude_characters="/\\%", codec="utf-8"), min_size=1)))
def test_nothing_is_lost_below_a_drive(parts: list[str]) -> None:
    kept = [part for part in parts if part not in (".", "..")]
    assert windows_path("/".join(["case", "C", "Windows", *kept])) == (
        "case",
        "\\".join(["C:", "Windows", *kept]),
    )
