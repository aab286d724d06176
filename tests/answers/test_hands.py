"""Who came through the doors, told from whole evidence: the first sweep and what it leads to.

A server with people at work, a web shell on disk and visitors; said of each case: the hands, whose
addresses they are, whom nothing may be said of. Addresses are of the documentation ranges.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_verdicts import CHOPPER, OWA, PROXY, hit, iis, lines, proxy, row

from afterpatch.assess import assess, load_rules
from afterpatch.detections.rule import RuleSet
from afterpatch.hunt import Program, compile_program
from afterpatch.limits import LEADS, SWEEPS
from afterpatch.model import Assessment, Operator
from afterpatch.outputs.format import Dossier
from in_process import InProcess

LOG = "inetpub/logs/LogFiles/W3SVC1/u_ex210303.log"
BACK = "inetpub/logs/LogFiles/W3SVC2/u_ex210303.log"
EVENTS = "Windows/System32/winevt/Logs/Sysmon.jsonl"
SHELL = "/owa/auth/qzkwlp.aspx"
A, B, C = "203.0.113.9", "198.51.100.77", "192.0.2.201"
NAT = "198.51.100.200"
ODD, OTHER = "Mozilla/4.0+(compatible;+ztool+3)", "Opera/9.80+(odd;+7)"
PYTHON = "python-requests/2.25.1"
CHROME = "Mozilla/5.0+(Windows+NT+10.0)+Chrome/88.0.4324.182"
OUTLOOK = "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0)"
PEOPLE = ("anna", "bob", "carla", "david", "elena", "felix", "greta", "hugo")


def post(who: str, at: str, agent: str = ODD, url: str = SHELL, status: int = 200) -> str:
    return hit(f"POST {url}", status, who, at, agent)


def get(who: str, at: str, agent: str = ODD, url: str = SHELL, status: int = 200) -> str:
    return hit(f"GET {url}", status, who, at, agent)


def at_work(who: str = "", hour: int = 5) -> list[str]:
    """People who read their mail, each from an address of their own or all from one."""
    return [
        hit(
            f"POST /{what}",
            200,
            who or f"198.51.100.{20 + n}",
            f"{hour:02}:{n:02}:{second:02}",
            agent,
            user=f"EXAMPLE\\{name}",
        )
        for n, name in enumerate(PEOPLE)
        for second, what, agent in (
            (1, "mapi/emsmdb/?MailboxId=1@example.org", OUTLOOK),
            (2, "owa/service.svc?action=FindItem&EP=1", CHROME),
            (3, "EWS/Exchange.asmx", OUTLOOK),
        )
    ]


Server = Callable[..., Dossier]


@cache
def rules() -> RuleSet:
    return load_rules()


@cache
def program(_: RuleSet, **options: object) -> Program:
    return compile_program(rules(), deferred=True)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Assesses a server with a web shell on disk and these rows of IIS, sorted by time."""

    def assessed(*rows: str, files: dict[str, str] | None = None, header: str = "") -> Dossier:
        root = tmp_path / str(len(list(tmp_path.iterdir()))) / "server"
        shell = OWA.removeprefix("C:\\").replace("\\", "/") + SHELL.rpartition("/")[2]
        whole = {LOG: iis(*sorted(rows), header=header), shell: CHOPPER, **(files or {})}
        for name, text in whole.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("afterpatch.assess.LocalEngine", InProcess)
            patch.setattr("afterpatch.assess.load_rules", lambda _: rules())
            patch.setattr("afterpatch.assess.compile_program", program)
            (found,) = assess([root], workers=1)
        return found

    return assessed


def intruders(found: Dossier) -> list[Operator]:
    return [o for o in found.assessment.operators if o.class_ == "intruder"]


def addresses(found: Dossier) -> list[tuple[str, ...]]:
    return sorted(o.addresses for o in intruders(found))


def named(found: Dossier) -> set[str]:
    return {a for o in found.assessment.operators for a in o.addresses}


def rows_of(found: Dossier, operator: str) -> list[str]:
    """The raw records of an operator, in order."""
    of = found.operator_of
    texts = [r.raw for r in (*found.findings, *found.traces) if of.get(r.id) == operator]
    return sorted(set(texts))


# ---------------------------------------------------------------- one hand or two


def test_two_groups_through_one_door(server: Server) -> None:
    found = server(*at_work(), post(A, "07:00:00"), post(B, "09:00:00", OTHER))
    assert addresses(found) == [(B,), (A,)]
    (door,) = found.assessment.backdoors
    assert [(v.count, v.answered) for v in door.visitors] == [(1, 1), (1, 1)]
    assert found.assessment.hands is not None
    assert found.assessment.hands.at_least == 2
    assert "2 different hands" in found.assessment.verdict.sentence


def test_what_an_intruder_did_elsewhere_is_found(server: Server) -> None:
    found = server(
        *at_work(),
        get(A, "06:00:00", url="/owa/", status=302),
        post(A, "07:00:00"),
        hit("POST /EWS/Exchange.asmx", 200, A, "08:00:00", ODD, user="EXAMPLE\\anna"),
    )
    (hand,) = intruders(found)
    assert len(rows_of(found, hand.id)) == 3
    assert (hand.records, hand.accounts) == (3, ("anna",))
    assert (hand.first, hand.last) == ("2021-03-03T06:00:00.000Z", "2021-03-03T08:00:00.000Z")
    refused = {(p.kind, p.value) for p in found.assessment.pivots if p.state == "refused"}
    assert ("account", "anna") in refused


def test_an_agent_nobody_else_has_makes_one_hand(server: Server) -> None:
    found = server(*at_work(), post(A, "07:00:00"), post(B, "09:00:00"))
    assert addresses(found) == [(B, A)]
    (compared,) = found.assessment.comparisons
    assert compared.merged
    assert "which nobody else has" in " ".join(intruders(found)[0].joined_by)


def test_an_address_that_only_looked_around_joins_its_hand(server: Server) -> None:
    found = server(*at_work(), get(C, "04:00:00", url="/owa/auth/logon.aspx"), post(A, "07:00:00"))
    assert addresses(found) == [(C, A)]


@pytest.mark.parametrize("agent", [PYTHON, CHROME, OUTLOOK, "-"])
def test_an_agent_that_many_have_makes_none(server: Server, agent: str) -> None:
    found = server(*at_work(), post(A, "07:00:00", agent), post(B, "09:00:00", agent))
    assert addresses(found) == [(B,), (A,)]
    assert not any(c.merged for c in found.assessment.comparisons)


def test_a_secret_of_the_query_makes_one_hand(server: Server) -> None:
    key, other = "?pass=9fK2mQ71xA", "?pass=77Lp0sWq3Z"
    found = server(
        *at_work(),
        *(post(A, f"07:00:0{n}", PYTHON, f"{SHELL}{key}") for n in range(2)),
        *(post(B, f"09:00:0{n}", CHROME, f"{SHELL}{key}") for n in range(2)),
        *(post(C, f"10:00:0{n}", CHROME, f"{SHELL}{other}") for n in range(2)),
    )
    assert addresses(found) == [(C,), (B, A)]


def test_the_same_command_makes_no_hand(server: Server) -> None:
    found = server(
        *at_work(),
        *(post(A, f"07:00:0{n}", PYTHON, f"{SHELL}?c=aXBjb25maWcgL2FsbA==") for n in range(2)),
        *(post(B, f"09:00:0{n}", CHROME, f"{SHELL}?c=aXBjb25maWcgL2FsbA==") for n in range(2)),
    )
    assert addresses(found) == [(B,), (A,)]


def test_a_neighbor_with_the_same_tool_is_the_same_hand(server: Server) -> None:
    near = "203.0.113.10"
    found = server(*at_work(), post(A, "07:00:00", PYTHON), post(near, "09:00:00", PYTHON))
    assert addresses(found) == [(near, A)]


def test_at_work_at_the_same_time_speaks_against(server: Server) -> None:
    near = "203.0.113.10"
    key = "?pass=9fK2mQ71xA"
    rows = (
        *(post(A, f"07:00:0{n}", PYTHON) for n in range(5)),
        *(post(near, f"07:00:0{n}", CHROME) for n in range(5)),
    )
    (compared,) = server(*at_work(), *rows).assessment.comparisons
    assert compared.evidence_against
    assert not compared.merged
    # What only one can know weighs more.
    known = [row.replace(f"{SHELL} -", f"{SHELL} {key[1:]}") for row in rows]
    (compared,) = server(*at_work(), *known).assessment.comparisons
    assert compared.evidence_against
    assert compared.merged


# ---------------------------------------------------------------- shared addresses


def test_a_visitor_among_people_behind_one_address(server: Server) -> None:
    found = server(
        *at_work(NAT),
        *at_work(),
        *(post(NAT, f"07:0{n}:00") for n in range(2)),
        post(A, "09:00:00", PYTHON),
    )
    hands = {o.addresses: o for o in intruders(found)}
    assert set(hands) == {(NAT,), (A,)}
    behind = hands[NAT,]
    assert behind.shared_addresses == (NAT,)
    assert behind.accounts == ()
    assert [text.split(" ")[4] for text in rows_of(found, behind.id)] == [SHELL, SHELL]
    (pivot,) = [p for p in found.assessment.pivots if p.value == NAT]
    assert pivot.state == "refused"
    assert "accounts sign in" in pivot.why
    assert pivot.records >= 24


def test_two_people_behind_an_address_are_no_intruders(server: Server) -> None:
    people = [r for r in at_work(NAT) if "anna" in r or "bob" in r]
    found = server(*people, *at_work(), post(NAT, "07:00:00"))
    (hand,) = intruders(found)
    assert hand.shared_addresses == (NAT,)
    assert len(rows_of(found, hand.id)) == 1


def test_everybody_comes_through_one_proxy(server: Server) -> None:
    found = server(
        *at_work(NAT),
        post(NAT, "07:00:00"),
        *(post(NAT, f"09:0{n}:00", OTHER) for n in range(2)),
    )
    assert len(intruders(found)) == 2
    hands = found.assessment.hands
    assert hands is not None
    assert not hands.addresses_tell
    assert "can't tell hands apart" in hands.note


@pytest.mark.parametrize("column", ["X-Forwarded-For", "cs(X-Real-IP)", "True-Client-IP"])
def test_a_forwarded_for_column_tells_them_apart(server: Server, column: str) -> None:
    names = (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "cs(Referer) sc-status sc-substatus sc-win32-status time-taken "
    )
    names, inside = names + column, "10.0.0.2"
    people = [f"{r} 198.51.100.{20 + n}" for n, r in enumerate(at_work(inside))]
    theirs = [f"{post(inside, '07:00:00', PYTHON)} {A}", f"{post(inside, '09:00:00', PYTHON)} {B}"]
    found = server(*people, *theirs, header=names)
    assert addresses(found) == [(B,), (A,)]
    assert found.assessment.hands is not None
    assert found.assessment.hands.addresses_tell


def test_what_a_balancer_passed_on_is_the_clients_in_the_other_log_too(server: Server) -> None:
    names = (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "cs(Referer) sc-status sc-substatus sc-win32-status time-taken X-Forwarded-For"
    )
    number, inside = "5ce5b893-b41a-5e8c-9dd0-577c6b59d348", "10.0.0.2"
    asked = f"POST /ecp/y.js?&CorrelationID=<empty>;&cafeReqId={number};"
    mine = hit(asked, 200, inside, "06:21:10", PYTHON)
    anchor = "ServerInfo~a]@mail01.corp.example.org:444/ecp/proxyLogon.ecp?a="
    front = PROXY.removeprefix("C:\\").replace("\\", "/")
    log = proxy(row(anchor, ClientIpAddress=inside, RequestId=number))
    people = [f"{r} 198.51.100.{20 + n}" for n, r in enumerate(at_work(inside))]
    found = server(*people, f"{mine} {A}", header=names, files={front: log})
    assert named(found) == {A}
    assert {a for chain in found.assessment.chains for a in chain.sources} == {A}


# ---------------------------------------------------------------- who is no intruder


def test_a_scanner_that_guesses_is_no_user_of_the_door(server: Server) -> None:
    names = ("/owa/auth/babydraco.aspx", "/aspnet_client/supp0rt.aspx", "/owa/auth/shell.aspx")
    found = server(
        *at_work(),
        post(A, "07:00:00"),
        *(get(B, f"08:00:0{n}", PYTHON, url, 404) for n, url in enumerate(names)),
        get(B, "08:00:09", PYTHON, status=302),
    )
    assert addresses(found) == [(A,)]
    (door,) = found.assessment.backdoors
    assert [v.answered for v in door.visitors] == [1, 0]
    classes = {o.addresses: o.class_ for o in found.assessment.operators}
    assert classes[B,] == "scanner"


def test_who_signed_in_and_only_looked_is_not_accused(server: Server) -> None:
    look = hit(f"GET {SHELL}", 200, "10.0.10.21", "11:00:00", CHROME, user="EXAMPLE\\admin1")
    found = server(*at_work(), post(A, "07:00:00"), look)
    assert addresses(found) == [(A,)]


def test_a_page_of_exchange_that_was_changed_accuses_nobody(server: Server) -> None:
    logon = OWA.removeprefix("C:\\").replace("\\", "/") + "logon.aspx"
    asks = [hit("POST /owa/auth/logon.aspx", 200, f"198.51.100.{20 + n}", f"05:0{n}:09", CHROME)
            for n in range(8)]  # fmt: skip
    found = server(*at_work(), *asks, files={logon: CHOPPER})
    assert any((d.path or "").endswith("logon.aspx") for d in found.assessment.backdoors)
    assert intruders(found) == []


OWN_TOOL = "rover/9.7+zq"


@pytest.mark.parametrize("agent", [OUTLOOK, CHROME, "Apple-iPhone12C1/1803.148", PYTHON, OWN_TOOL])
def test_the_owner_of_a_stolen_account_is_not_accused(server: Server, agent: str) -> None:
    stolen = hit("POST /EWS/Exchange.asmx", 200, A, "08:00:00", ODD, user="EXAMPLE\\wanda")
    owner = [
        hit("POST /EWS/Exchange.asmx", 200, "192.0.2.55", at, agent, user="EXAMPLE\\wanda")
        for at in ("06:30:00", "11:00:00")
    ]
    found = server(*at_work(), post(A, "07:00:00"), stolen, *owner)
    assert named(found) == {A}


@pytest.mark.parametrize("agent", [OUTLOOK, CHROME, "Apple-iPhone12C1/1803.148", PYTHON])
def test_an_ordinary_program_accuses_nobody_who_has_it(server: Server, agent: str) -> None:
    owner = hit("POST /EWS/Exchange.asmx", 200, B, "11:00:00", agent, user="EXAMPLE\\wanda")
    found = server(post(A, "07:00:00", agent), owner)
    assert named(found) == {A}


def test_an_account_used_with_an_intruders_own_program_is_the_intruders(server: Server) -> None:
    mail = hit("POST /EWS/Exchange.asmx", 200, B, "11:00:00", OWN_TOOL, user="EXAMPLE\\wanda")
    found = server(*at_work(), post(A, "07:00:00", OWN_TOOL), mail)
    assert addresses(found) == [(B, A)]
    # Who had the program before may have it for reasons of their own.
    early = mail.replace("11:00:00", "03:00:00")
    assert named(server(*at_work(), post(A, "07:00:00", OWN_TOOL), early)) == {A}


# ---------------------------------------------------------------- joins


def child(command: str, at: str) -> dict[str, object]:
    return {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "MAIL01.corp.example.org",
        "TimeCreated": at,
        "EventID": 1,
        "Image": "C:\\Windows\\System32\\cmd.exe",
        "CommandLine": command,
        "ParentImage": "C:\\Windows\\System32\\inetsrv\\w3wp.exe",
        "ParentCommandLine": 'w3wp.exe -ap "MSExchangeOWAAppPool"',
    }


def test_a_command_is_whose_request_came_right_before(server: Server) -> None:
    events = lines(
        child("cmd /c whoami", "2021-03-03T07:00:00.400Z"),
        child("cmd /c quser", "2021-03-03T09:00:00.400Z"),
    )
    found = server(
        *at_work(), post(A, "07:00:00"), post(B, "09:00:00", OTHER), files={EVENTS: events}
    )
    ran = {o.addresses: o.commands for o in intruders(found)}
    assert ran == {(A,): ("cmd /c whoami",), (B,): ("cmd /c quser",)}


@pytest.mark.parametrize(
    ("other", "same", "hands"),
    [
        ("C:\\Windows\\Temp\\q7zz.exe", True, 1),
        ("C:\\Windows\\Temp\\q7zz.exe", False, 2),
        ("C:\\PerfLogs\\other.exe", True, 2),
    ],
)
def test_a_tool_of_ones_own_is_told_by_place_and_hash(
    server: Server, other: str, same: bool, hands: int
) -> None:
    def started(image: str, at: str, digest: str, number: int) -> list[dict[str, object]]:
        command = child(f"cmd /c {image} -s", at) | {"ProcessId": number, "ParentProcessId": 80}
        below = command | {
            "Image": image,
            "CommandLine": f"{image} -s",
            "ParentImage": command["Image"],
            "ProcessId": number + 4,
            "ParentProcessId": number,
            "Hashes": f"SHA256={digest * 64}",
        }
        return [command, below]

    events = lines(
        *started("C:\\Windows\\Temp\\q7zz.exe", "2021-03-03T07:00:00.400Z", "A", 4000),
        *started(other, "2021-03-03T09:00:00.400Z", "A" if same else "B", 5000),
    )
    found = server(
        *at_work(), post(A, "07:00:00"), post(B, "09:00:00", OTHER), files={EVENTS: events}
    )
    assert len(intruders(found)) == hands
    # The tool is known by its parent, which the command started.
    assert all(any(c.endswith(".exe -s") for c in o.commands) for o in intruders(found))
    assert {("tool", "q7zz.exe")} <= {(p.kind, p.value) for p in found.assessment.pivots}


def test_a_command_between_two_requests_is_nobodys(server: Server) -> None:
    events = lines(child("cmd /c whoami", "2021-03-03T07:00:01.000Z"))
    found = server(
        *at_work(), post(A, "07:00:01"), post(B, "07:00:01", OTHER), files={EVENTS: events}
    )
    assert {o.commands for o in intruders(found)} == {()}


@pytest.mark.parametrize("hours", [-5, 1, 9])
def test_a_clock_that_is_hours_off_is_measured(server: Server, hours: int) -> None:
    minutes = (2, 9, 31, 50, 73, 119, 121, 160)
    moments = [(8 + m // 60, m % 60, A if n % 3 else B) for n, m in enumerate(minutes)]
    requests = [post(who, f"{h:02}:{m:02}:00", ODD if who == A else OTHER) for h, m, who in moments]
    events = lines(
        *(
            child(f"cmd /c echo {n}", f"2021-03-03T{h + hours:02}:{m:02}:00.300Z")
            for n, (h, m, _) in enumerate(moments)
        )
    )
    found = server(*at_work(), *requests, files={EVENTS: events})
    (skew,) = [j.skew for j in found.assessment.joins if "windows-events" in j.sources]
    assert skew == pytest.approx(hours * 3600, abs=2)
    ran = {o.addresses: len(o.commands) for o in intruders(found)}
    assert ran == {(A,): 5, (B,): 3}


def test_the_back_end_is_joined_by_the_id_of_the_request(server: Server) -> None:
    number = "5ce5b893-b41a-5e8c-9dd0-577c6b59d348"
    tail = f"&CorrelationID=<empty>;&cafeReqId={number};"
    reset = "/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory"
    mine = hit(f"POST /ecp/y.js?{tail}", 200, A, "06:21:10", PYTHON)
    ours = hit(
        f"POST {reset}{tail}",
        200, "192.0.2.10", "06:21:10", PYTHON, "EXAMPLE\\MAIL01$", 444,
    )  # fmt: skip
    anchor = f"ServerInfo~a]@mail01.corp.example.org:444{reset}&a="
    log = proxy(row(anchor, ClientIpAddress=A, RequestId=number))
    front = PROXY.removeprefix("C:\\").replace("\\", "/")
    found = server(*at_work(), mine, files={BACK: iis(ours), front: log})
    (hand,) = intruders(found)
    assert hand.addresses == (A,)
    assert any(" 444 " in text for text in rows_of(found, hand.id))
    assert "192.0.2.10" not in named(found)
    assert ("iis", "iis-backend") in {j.sources for j in found.assessment.joins}


# ---------------------------------------------------------------- hostile logs, and the end of it


def poisoned(count: int) -> list[str]:
    """An intruder who fills his requests with addresses, people and pages of others."""
    return [
        hit(
            f"POST {SHELL}?a=198.51.100.{20 + n % 8}&u=EXAMPLE\\{PEOPLE[n % 8]}&k=Zz{n:08}x",
            200,
            A,
            f"12:{n // 60 % 60:02}:{n % 60:02}",
            f"tool+198.51.100.{20 + n % 8}+{n}",
        )
        for n in range(count)
    ] + [
        hit(f"POST /owa/auth/made{n}.aspx", 404, A, f"13:{n // 60 % 60:02}:{n % 60:02}", ODD)
        for n in range(count)
    ]


def test_a_poisoned_log_names_no_bystander_and_ends(server: Server) -> None:
    found = server(*at_work(), *at_work(hour=14), *poisoned(600))
    assert addresses(found) == [(A,)]
    assert named(found) == {A}
    assert len(found.assessment.pivots) <= LEADS + 1_500
    assert max(p.sweep for p in found.assessment.pivots) <= SWEEPS
    assert any("limit" in p.why for p in found.assessment.problems)


words = st.sampled_from(
    [*PEOPLE, "198.51.100.21", NAT, A, "whoami", SHELL, "/owa/", "a=b", "%3c", "ä", "x" * 300]
)
request = st.tuples(
    st.sampled_from([A, B, C, NAT]),
    st.sampled_from([SHELL, "/owa/auth/other.aspx", "/owa/", "/EWS/Exchange.asmx"]),
    st.lists(words, max_size=3),
    st.sampled_from([ODD, OTHER, PYTHON, CHROME]),
    st.sampled_from([200, 302, 404, 500]),
    st.integers(0, 3599),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(request, max_size=40))
def test_whatever_intruders_write_it_ends_and_is_the_same_again(
    server: Server, sent: list[tuple[str, str, list[str], str, int, int]]
) -> None:
    rows = [
        hit(
            f"POST {url}?{'&'.join(said).replace(' ', '+')}" if said else f"GET {url}",
            status,
            who,
            f"12:{at // 60:02}:{at % 60:02}",
            agent,
        )
        for who, url, said, agent, status, at in sent
    ]
    first, again = (server(*at_work(), *at_work(NAT), *rows) for _ in range(2))
    assert answer(first) == answer(again)
    people = {f"198.51.100.{20 + n}" for n in range(len(PEOPLE))}
    assert not people & named(first)
    # Nobody's mail is read by an intruder because others read theirs from the same address.
    for hand in intruders(first):
        assert not any("\\" in text for text in rows_of(first, hand.id))


def answer(found: Dossier) -> bytes:
    whole: Assessment = found.assessment
    return msgspec.json.encode((whole, [t.id for t in found.traces], found.operator_of))
