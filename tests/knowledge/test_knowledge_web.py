"""Stock pages and their masquerades."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.knowledge import (
    common_stock_requests,
    directory_class,
    is_stock_web_file,
    is_stock_web_path,
    stock_directories,
    tables,
)

EXCHANGE = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/owa",
        "/owa/",
        "/ecp/",
        "/owa/auth/logon.aspx",
        "/OWA/Auth/LogOn.ASPX",
        "//owa//auth/logon.aspx",
        "/owa/auth/RedirSuiteServiceProxy.aspx",
        "/owa/auth/errorFE.aspx",
        "/owa/auth.owa",
        "/ecp/auth/TimeoutLogout.aspx",
        "/ecp/About.aspx",
        "/ecp/VDirMgmt/EditOABVDir.aspx",
        "/ecp/DDI/DDIService.svc/SetObject",
        "/ecp/RulesEditor/InboxRules.svc/NewObject",
        "/ecp/anna@example.org/RulesEditor/InboxRules.svc/NewObject",
        "/owa/anna@example.org/",
        "/owa/anna%40example.org/default.aspx",
        "/ecp/anna@example.org/default.aspx",
        "/owa/15.1.2106.2/scripts/boot.js",
        "/owa/prem/15.1.2106.2/resources/styles/0/boot.css",
        "/owa/auth/15.1.2106/themes/resources/favicon.ico",
        "/owa/auth/Current/themes/resources/logon.css",
        "/ecp/15.1.2106.2/scripts/common.js",
        "/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application",
        "/EWS/Exchange.asmx",
        "/ews/exchange.asmx/wssecurity",
        "/autodiscover/autodiscover.xml",
        "/autodiscover/autodiscover.json",
        "/autodiscover/autodiscover.json/v1.0/anna@example.org",
        "/Autodiscover/Autodiscover.svc",
        "/rpc/rpcproxy.dll",
        "/PowerShell",
        "/powershell/",
        "/mapi/emsmdb/",
        "/mapi/nspi/",
        "/Microsoft-Server-ActiveSync/default.eas",
        "/OAB/8a1b0c7e/oab.xml",
        "/api/v1.0/$metadata",
        "/owa/healthcheck.htm",
        "/iisstart.htm",
        "/aspnet_client/",
        "/owa/auth/logon.aspx?url=https://mail.example.org/owa/",
    ],
)
def test_stock_paths(path):
    assert is_stock_web_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "owa/auth/logon.aspx",
        # one letter off
        "/owa/auth/RedirSuiteServerProxy.aspx",
        "/owa/auth/errorFF.aspx",
        "/owa/auth/errorEE.aspx",
        "/owa/auth/OutlookEN.aspx",
        "/owa/auth/signon.aspx",
        "/owa/auth/logon.asp",
        "/ecp/auth/TimeoutLogoff.aspx",
        "/owa/auth/\u212aogon.aspx",
        # a stock name where it doesn't belong
        "/aspnet_client/logon.aspx",
        "/ecp/auth/logon.aspx",
        "/owa/logon.aspx",
        "/logon.aspx",
        "/owa/auth/Current/themes/resources/logon.aspx",
        "/owa/auth/15.1.2106/themes/resources/errorFE.aspx",
        "/aspnet_client/system_web/4_0_30319/errorFE.aspx",
        "/exchweb/ews/exchange.asmx",
        "/owa/auth/logon.aspx/shell.aspx",
        # made-up static names and downloads
        "/ecp/y.js",
        "/ecp/main.css",
        "/ecp/default.flt",
        "/owa/auth/w.js",
        "/owa/auth/it.zip",
        "/owa/auth/Current/lsass.dmp",
        "/owa/15.1.2106.2/lsass.zip",
        "/aspnet_client/backup.pst",
        # forgeries of Autodiscover and OWA
        "/autodiscover/autodiscover.json@example.net/ews",
        "/autodiscover/autodiscover.json/@example.net/powershell",
        "/autodiscover/autodiscover.json/v1.0/a@example.net/powershell",
        "/owa/mailbox@example.net/powershell",
        # no request of a client
        "/owa/auth/../auth/logon.aspx",
        "/owa/auth/logon.aspx.",
        "/owa/auth/logon.aspx%20",
        "/owa/auth/logon.aspx::$DATA",
        "/owa/auth%2flogon.aspx",
        "/owa/auth/%256cogon.aspx",
        "/owa/auth/logon.aspx%00.jpg",
        "/owa\\auth\\logon.aspx",
        "/owa/auth/%ff.aspx",
        "/owa/global.asax",
        "/erp/conn.aspx",
        "/" + "a" * 100_000,
    ],
)
def test_other_paths(path):
    assert not is_stock_web_path(path)


def test_the_error_pages_of_front_and_back_end_differ():
    assert is_stock_web_path("/owa/auth/error.aspx")
    assert is_stock_web_path("/owa/auth/error.aspx", side="back")
    assert not is_stock_web_path("/owa/auth/error.aspx", side="front")
    assert is_stock_web_path("/owa/auth/errorFE.aspx", side="front")
    assert not is_stock_web_path("/owa/auth/errorFE.aspx", side="back")
    for side in ("front", "back"):
        assert is_stock_web_path("/ecp/default.aspx", side=side)
    assert is_stock_web_path("/ecp/proxyLogon.ecp", side="back")
    assert not is_stock_web_path("/ecp/proxyLogon.ecp", side="front")


@given(st.text(max_size=60).map(lambda text: "/owa/auth/" + text))
@settings(max_examples=200, deadline=None)
def test_no_page_can_be_smuggled_into_a_closed_directory(path):
    names = {"/owa/auth/" + name.lower() for name in stock_directories()[0].pages}
    if is_stock_web_path(path, side="front") and path.lower().endswith(".aspx"):
        assert "/" + "/".join(filter(None, path.lower().split("/"))) in names


def test_common_requests():
    requests = common_stock_requests()
    assert len(requests) >= 5
    assert len(set(requests)) == len(requests)
    for path in requests:
        assert path == path.lower()
        assert path.endswith((".aspx", ".ashx", ".asmx", ".svc"))
        assert is_stock_web_path(path, side="front")


@pytest.mark.parametrize(
    ("path", "stock", "kind"),
    [
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx", True, "closed"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\errorFF.aspx", False, "closed"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\Current\\a\\logon.aspx", False, "closed"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\ecp\\auth\\logon.aspx", False, "closed"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\global.asax", True, "closed"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\logon.aspx", False, "closed"),
        (EXCHANGE + "ClientAccess\\ecp\\DEFAULT.aspx", True, "stock"),
        (EXCHANGE + "ClientAccess\\ecp\\default2.aspx", False, "stock"),
        (EXCHANGE + "ClientAccess\\Owa\\auth\\logon.aspx", False, "stock"),
        ("D:\\Exch\\V14\\ClientAccess\\Owa\\auth\\logon.aspx", True, "stock"),
        ("E:\\Exchange2016\\ClientAccess\\exchweb\\ews\\Exchange.asmx", True, "stock"),
        ("FrontEnd\\HttpProxy\\ecp\\auth\\TimeoutLogout.aspx", True, "closed"),
        ("FrontEnd/HttpProxy/ecp/auth/TimeoutLogout.aspx", True, "closed"),
        ("C:\\inetpub\\wwwroot\\aspnet_client\\logon.aspx", False, "closed"),
        ("C:\\inetpub\\wwwroot\\aspnet_client\\ClientAccess\\ecp\\default.aspx", False, "closed"),
        ("C:\\inetpub\\wwwroot\\iisstart.htm", True, "other"),
        ("C:\\inetpub\\wwwroot\\shell.aspx", False, "other"),
        ("C:\\Windows\\System32\\RpcProxy\\a.aspx", False, "closed"),
        ("C:\\ProgramData\\COM\\ClientAccess\\ecp\\default.aspx", False, "other"),
        ("C:\\Users\\Public\\FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx", False, "other"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx ", False, "other"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\..\\auth\\logon.aspx", False, "other"),
        (EXCHANGE + "FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx:x.aspx", False, "other"),
        ("", False, "other"),
    ],
)
def test_files(path, stock, kind):
    assert is_stock_web_file(path) is stock
    assert directory_class(path) == kind


def test_every_packaged_file_is_stock():
    for row in tables.rows("stock_web_files"):
        if row["seen"] != "2010":
            assert is_stock_web_file(EXCHANGE + row["path"])


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/owa/auth/x.aspx", "closed"),
        ("/owa/auth/Current/themes/resources/x.aspx", "closed"),
        ("/owa/anna@example.org/auth/x.aspx", "closed"),
        ("/ecp/auth/x.aspx", "closed"),
        ("/aspnet_client/x.aspx", "closed"),
        ("/ASPNET_Client/System_Web/x.aspx", "closed"),
        ("/owa/x.aspx", "stock"),
        ("/ecp/x.aspx", "stock"),
        ("/ews/x.asmx", "stock"),
        ("/authority/x.aspx", "other"),
        ("/owa/authority/x.aspx", "stock"),
        ("/x.aspx", "other"),
        ("/erp/conn.aspx", "other"),
        ("/owa/auth/../x.aspx", "other"),
    ],
)
def test_classes_of_urls(url, kind):
    assert directory_class(url) == kind


def test_the_closed_directories_hold_what_the_packages_hold():
    for directory in stock_directories():
        if not directory.closed:
            continue
        prefix = directory.directory.lower() + "\\"
        deeper = [
            other.directory.lower() + "\\"
            for other in stock_directories()
            if other.directory.lower().startswith(prefix)
        ]
        packaged = {
            row["path"].lower().rpartition("\\")[2]
            for row in tables.rows("stock_web_files")
            if row["path"].lower().startswith(prefix)
            and not row["path"].lower().startswith(tuple(deeper))
        }
        assert packaged == {page.lower() for page in directory.pages}


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_gets_an_answer(text):
    for path in (text, "/" + text, "/owa/" + text, "C:\\ClientAccess\\" + text):
        is_stock_web_path(path)
        is_stock_web_file(path)
        assert directory_class(path) in ("closed", "stock", "other")
