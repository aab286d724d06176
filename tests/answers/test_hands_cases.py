"""What a careful analyst would say of small servers, and that the program says the same.

Each case is made up after published incidents or after what ordinary servers show, with addresses
of the documentation ranges. A hand is told as `class addresses: answered/all visits`, with what it
planted and ran behind that.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import pytest
from test_hands import (
    CHROME,
    EVENTS,
    NAT,
    ODD,
    OTHER,
    OUTLOOK,
    PEOPLE,
    PYTHON,
    SHELL,
    A,
    B,
    C,
    child,
    rules,
)
from test_verdicts import CHOPPER, ECP, OWA, PROXY, ecp, item, lines, proxy, row

from afterpatch.assess import assess
from afterpatch.detections.rule import RuleSet
from afterpatch.hunt import Program, compile_program
from afterpatch.model import Assessment
from afterpatch.outputs.format import Dossier
from in_process import InProcess

NAMES = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
SECURITY = "Windows/System32/winevt/Logs/Security.jsonl"
FRONT, PANEL = (p.removeprefix("C:\\").replace("\\", "/") for p in (PROXY, ECP))
FIREFOX = "Mozilla/5.0+(Windows+NT+10.0;+rv:86.0)+Gecko/20100101+Firefox/86.0"
PHONE = "Apple-iPhone12C1/1804.52"
SCANNER = "Nuclei+-+Open-source+project+(github.com/projectdiscovery/nuclei)"
OWN, SISTER, BALANCER = "192.0.2.10", "192.0.2.11", "10.0.0.2"
NUMBER = "{}ce5b893-b41a-5e8c-9dd0-577c6b59d348"


def line(
    when: str, what: str, who: str, agent: str = ODD, status: object = 200, user: str = "-",
    taken: object = 31,
) -> str:  # fmt: skip
    """A row of IIS; `when` is a time of 2021-03-03, or a date and a time."""
    when = when if len(when) > 8 else f"2021-03-03 {when}"
    method, _, uri = what.partition(" ")
    stem, _, query = uri.partition("?")
    return (
        f"{when} {OWN} {method} {stem} {query or '-'} 443 {user} {who} {agent} - "
        f"{status} 0 0 {taken}"
    )


def post(who: str, when: str, agent: str = ODD, url: str = SHELL, **more: object) -> str:
    return line(when, f"POST {url}", who, agent, **more)  # type: ignore[arg-type]


def get(who: str, when: str, agent: str = ODD, url: str = SHELL, **more: object) -> str:
    return line(when, f"GET {url}", who, agent, **more)  # type: ignore[arg-type]


def mail(who: str, when: str, agent: str, name: str = "anna") -> str:
    return line(when, "POST /EWS/Exchange.asmx", who, agent, user=f"EXAMPLE\\{name}")


def at_work(who: str = "", day: str = "2021-03-03", hour: int = 5) -> list[str]:
    """People who read their mail, each from an address of their own or all from one."""
    return [
        line(
            f"{day} {hour:02}:{n:02}:{second:02}", f"POST /{what}", who or f"198.51.100.{20 + n}",
            agent, user=f"EXAMPLE\\{name}",
        )
        for n, name in enumerate(PEOPLE)
        for second, what, agent in (
            (1, "mapi/emsmdb/?MailboxId=1@example.org", OUTLOOK),
            (2, "owa/service.svc?action=FindItem&EP=1", CHROME),
            (3, "EWS/Exchange.asmx", OUTLOOK),
        )
    ]  # fmt: skip


def event(number: int, when: str, channel: str = "Sysmon", **fields: object) -> dict[str, object]:
    """An event of one of the logs that tell of an intruder's deeds."""
    where = {
        "Sysmon": ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"),
        "Security": ("Security", "Microsoft-Windows-Security-Auditing"),
        "Defender": (
            "Microsoft-Windows-Windows Defender/Operational",
            "Microsoft-Windows-Windows Defender",
        ),
    }[channel]
    return {
        "Channel": where[0],
        "SourceName": where[1],
        "Hostname": "MAIL01.corp.example.org",
        "TimeCreated": when if "T" in when else f"2021-03-03T{when}Z",
        "EventID": number,
        **fields,
    }


def written(when: str, name: str = "qzkwlp.aspx") -> dict[str, object]:
    worker = "c:\\windows\\system32\\inetsrv\\w3wp.exe"
    return event(11, when, Image=worker, TargetFilename=OWA + name)


def deleted(when: str, by: str) -> dict[str, object]:
    return event(23, when, Image=by, TargetFilename=f"{OWA}qzkwlp.aspx")


def ran(command: str, when: str) -> dict[str, object]:
    return child(command, when if "T" in when else f"2021-03-03T{when}Z")


def events(*told: dict[str, object]) -> dict[str, str]:
    return {EVENTS: lines(*told)}


def forged(
    who: str, when: str = "06:21:10.100", number: int = 5, agent: str = PYTHON
) -> dict[str, str]:
    """A row of HttpProxy of the reset that ProxyLogon plants a page by."""
    anchor = (
        "ServerInfo~a]@mail01.corp.example.org:444/ecp/DDI/DDIService.svc/SetObject"
        "?schema=ResetOABVirtualDirectory&a="
    )
    return row(
        anchor, ClientIpAddress=who, DateTime=f"2021-03-03T{when}Z", UserAgent=agent,
        RequestId=NUMBER.format(number),
    )  # fmt: skip


def without(column: str, rows: Sequence[str]) -> tuple[str, list[str]]:
    """The names and the rows of a log that lacks a column."""
    at = NAMES.split(" ").index(column)
    cut = [(r.split(" ")[:at], r.split(" ")[at + 1 :]) for r in (NAMES, *rows)]
    names, *left = (" ".join((*head, *tail)) for head, tail in cut)
    return names, left


def tree(
    rows: Sequence[str], files: Mapping[str, str], names: str, *, on_disk: bool
) -> dict[str, str]:
    days: dict[str, list[str]] = {}
    for one in sorted(rows):
        days.setdefault(one[:10], []).append(one)
    whole = {
        f"inetpub/logs/LogFiles/W3SVC1/u_ex{day[2:].replace('-', '')}.log": "\r\n".join(
            (
                "#Software: Microsoft Internet Information Services 10.0",
                f"#Fields: {names}",
                *of,
                "",
            )
        )
        for day, of in days.items()
    }
    page = OWA.removeprefix("C:\\").replace("\\", "/") + "qzkwlp.aspx"
    return {**whole, **({page: CHOPPER} if on_disk else {}), **files}


@cache
def program(since: str | None, until: str | None) -> Program:
    return compile_program(rules(), deferred=True, since=since, until=until)


def _program(_: RuleSet, since: str | None, until: str | None, **_more: object) -> Program:
    return program(since, until)


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Dossier]]:
    monkeypatch.setattr("afterpatch.assess.LocalEngine", InProcess)
    monkeypatch.setattr("afterpatch.assess.load_rules", lambda _: rules())
    monkeypatch.setattr("afterpatch.assess.compile_program", _program)
    return lambda path, **options: assess([path], workers=1, **options)


Server = Callable[..., Assessment]


@pytest.fixture
def server(tmp_path: Path, assessed: Callable[..., list[Dossier]]) -> Server:
    """The assessment of a server with these rows of IIS and files, and a web shell on disk."""

    def made(
        rows: Sequence[str],
        files: Mapping[str, str] | None = None,
        names: str = NAMES,
        *,
        on_disk: bool = True,
        **options: str,
    ) -> Assessment:
        root = tmp_path / "server"
        for name, text in tree(rows, files or {}, names, on_disk=on_disk).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        (found,) = assessed(root, **options)
        return found.assessment

    return made


def told(found: Assessment) -> list[str]:
    said = []
    for hand in found.operators:
        visits = [v for d in found.backdoors for v in d.visitors if v.operator == hand.id]
        answered, count = sum(v.answered for v in visits), sum(v.count for v in visits)
        planted = [d.name or d.url or "" for d in found.backdoors if d.id in hand.planted]
        words = [f"{hand.class_} {' '.join(hand.addresses)}: {answered}/{count}"]
        words += [f"planted {name}" for name in planted]
        words += [f"as {name}" for name in hand.accounts]
        words += [f"ran {command}" for command in hand.commands]
        said.append(", ".join(words))
    return said


VISIT = f"intruder {A}: 1/1"
FRIEND = f"intruder {B}: 1/1"
GUESSES = ("shell", "error1", "discover")

CONFUSED = (
    "/autodiscover/autodiscover.json?@evil.example/powershell/?X-Rps-CAT=VgEAVAdXaW5kb3dz"
    "&Email=autodiscover/autodiscover.json%3F@evil.example"
)

# ---------------------------------------------------------------- clients and hands

CASES: dict[str, tuple[Sequence[str], Mapping[str, str], Sequence[str]]] = {
    # The administrator opens the page in a browser, as scanners do: no sign-in stands in that row.
    "looked at from the office": (
        [*at_work(NAT), post(A, "07:00:00"), get(NAT, "2021-03-04 09:00:00", CHROME)],
        {},
        [VISIT, f"unknown {NAT}: 1/1"],
    ),
    "looked at by who signs in": (
        [*at_work(), mail("192.0.2.77", "10:59:00", CHROME), post(A, "07:00:00"),
         get("192.0.2.77", "11:00:00", CHROME)],
        {},
        [VISIT, "unknown 192.0.2.77: 1/1, as anna"],
    ),
    "used from the office": (
        [*at_work(NAT), post(A, "07:00:00"), post(NAT, "2021-03-04 09:00:00", CHROME)],
        {},
        [VISIT, f"intruder {NAT}: 1/1"],
    ),
    "health probe of a balancer": (
        [*at_work(), post(A, "07:00:00"),
         *(get("10.0.0.250", f"0{n}:00:00", "-", "/owa/healthcheck.htm") for n in range(1, 9))],
        {},
        [VISIT],
    ),
    "a scanner that finds the page": (
        [*at_work(), post(A, "07:00:00"),
         *(get(B, f"08:00:0{n}", PYTHON, f"/owa/auth/{x}.aspx", status=404)
           for n, x in enumerate(GUESSES)), get(B, "08:00:09", PYTHON)],
        {},
        [VISIT, f"scanner {B}: 1/1"],
    ),
    "a contractor's test with a scanner": (
        [*at_work(), post(A, "07:00:00"),
         *(get(B, f"08:00:0{n}", SCANNER, f"/owa/auth/{x}.aspx", status=404)
           for n, x in enumerate(GUESSES))],
        {},
        [VISIT, f"scanner {B}: 0/0"],
    ),
    "a scanner with the agent of an intruder": (
        [*at_work(), post(A, "07:00:00"),
         *(get(B, f"03:00:0{n}", ODD, f"/owa/auth/{x}.aspx", status=404)
           for n, x in enumerate(GUESSES))],
        {},
        [f"scanner {B}: 0/0", VISIT],
    ),
    "asked again after it is gone": (
        [*at_work(), post(A, "07:00:00"), post(A, "07:05:00"), post(A, "09:00:00", status=404)],
        {},
        [f"intruder {A}: 2/3"],
    ),
    "one page in several spellings": (
        [*at_work(), post(A, "07:00:00"), post(A, "07:01:00", url=SHELL.upper()),
         post(A, "07:02:00", url="//owa//auth/qzkwlp.aspx"),
         post(A, "07:03:00", url="/owa/auth/qzkwl%70.aspx")],
        {},
        [f"intruder {A}: 4/4"],
    ),
    "an address of both protocols": (
        [*at_work(), post(A, "07:00:00", PYTHON), post(f"::ffff:{A}", "08:00:00", CHROME)],
        {},
        [f"intruder {A}: 2/2"],
    ),
    "IPv6 of one customer and of another": (
        [*at_work(), post("2001:db8::1", "07:00:00", PYTHON),
         post("2001:db8::2", "08:00:00", PYTHON), post("2001:db8:1::2", "09:00:00", CHROME)],
        {},
        ["intruder 2001:db8::1 2001:db8::2: 2/2", "intruder 2001:db8:1::2: 1/1"],
    ),
    "from the server itself": (
        [*at_work(), post("127.0.0.1", "07:00:00", PYTHON), post("::1", "07:01:00", PYTHON),
         post(OWN, "07:02:00", PYTHON)],
        {},
        [f"intruder 127.0.0.1 {OWN} ::1: 3/3"],
    ),
    "through many exits with a tool of its own": (
        [*at_work(), *(post(f"203.{n}.113.9", f"07:{n:02}:00") for n in range(16))],
        {},
        [f"intruder {' '.join(sorted(f'203.{n}.113.9' for n in range(16)))}: 16/16"],
    ),
    "through many exits with a password of its own": (
        [*at_work(), *(post(f"203.{n}.113.9", f"07:{n:02}:00", CHROME, f"{SHELL}?p=9fK2mQ71xA")
                       for n in range(16))],
        {},
        [f"intruder {' '.join(sorted(f'203.{n}.113.9' for n in range(16)))}: 16/16"],
    ),
    "mail read with the tool, from elsewhere": (
        [*at_work(), post(A, "07:00:00"), mail(C, "2021-03-04 07:00:00", ODD)],
        {},
        [f"intruder {C} {A}: 1/1, as anna"],
    ),
    "a stolen password, from elsewhere": (
        [*at_work(), post(A, "07:00:00"), mail(A, "08:00:00", ODD),
         mail(C, "2021-03-04 07:00:00", "harvester/1.0")],
        {},
        # It may be a program of her own: what ties it to the intruder is her account alone.
        [f"{VISIT}, as anna"],
    ),
    "the owner of a stolen account on the road": (
        [*at_work(), post(A, "07:00:00"), mail(A, "08:00:00", ODD),
         mail(C, "2021-03-04 07:00:00", CHROME), mail(C, "2021-03-04 07:05:00", PHONE)],
        {},
        [f"{VISIT}, as anna"],
    ),
    "the owner of a stolen account with a new phone": (
        [*at_work(), post(A, "07:00:00"), mail(A, "08:00:00", ODD),
         mail(C, "2021-03-04 07:00:00", PHONE)],
        {},
        [f"{VISIT}, as anna"],
    ),
    "a neighbor who only asks for the logon page": (
        [*at_work(), mail("198.51.100.20", "04:00:00", FIREFOX),
         post(A, "07:00:00", FIREFOX),
         get("203.0.113.77", "08:00:00", FIREFOX, "/owa/auth/logon.aspx")],
        {},
        [VISIT],
    ),
    "a neighbor whose browser has all files": (
        [*at_work(), mail("198.51.100.20", "04:00:00", FIREFOX),
         post(A, "07:00:00", FIREFOX),
         line("08:00:00", "GET /owa/prem/scripts/preboot.js", "203.0.113.77", FIREFOX, 304,
              "EXAMPLE\\zoe")],
        {},
        [VISIT],
    ),
    "the page runs into an error": (
        [*at_work(), *(post(A, f"07:0{n}:00", status=500) for n in range(2))],
        {},
        [f"unknown {A}: 0/2"],
    ),
    "an archive that somebody else fetches": (
        [*at_work(), post(A, "07:00:00"), get(C, "07:30:00", FIREFOX, "/owa/auth/x1.7z")],
        events({**ran(f'7z.exe a "{OWA}x1.7z" C:\\users', "07:00:00.400"),
                "Image": "C:\\ProgramData\\7z.exe"}),
        [f"intruder {C} {A}: 1/1, ran 7z.exe a \"{OWA}x1.7z\" C:\\users"],
    ),
    "a picture that everybody's browser fetches": (
        [*at_work(), post(A, "07:00:00"),
         *(get(f"198.51.100.{60 + n}", "07:30:00", FIREFOX, "/owa/auth/x1.png") for n in range(4))],
        events(ran(f'cmd /c copy C:\\x.png "{OWA}x1.png"', "07:00:00.400")),
        [f'{VISIT}, ran cmd /c copy C:\\x.png "{OWA}x1.png"'],
    ),
    "a script that records passwords": (
        [*at_work(), post(A, "07:00:00"),
         *(get(f"198.51.100.{60 + n}", "07:30:00", FIREFOX, "/owa/auth/x1.js") for n in range(2))],
        events(ran(f'cmd /c copy C:\\x.js "{OWA}x1.js"', "07:00:00.400")),
        [f'{VISIT}, ran cmd /c copy C:\\x.js "{OWA}x1.js"'],
    ),
    "looked at from inside by who cleans up": (
        [*at_work(), post(A, "07:00:00"), get("10.0.1.7", "2021-03-09 08:00:00", "curl/7.68.0")],
        {},
        [VISIT, "unknown 10.0.1.7: 1/1"],
    ),
    "the same piece of code": (
        [*at_work(), post(A, "07:00:00", PYTHON, f"{SHELL}?exec_code=Response.Write"),
         post(B, "08:00:00", PYTHON, f"{SHELL}?exec_code=Response.Write")],
        {},
        [VISIT, FRIEND],
    ),
    "one of the people has the same agent": (
        [*at_work(), mail("198.51.100.20", "05:59:00", ODD), post(A, "07:00:00"),
         post(B, "08:00:00")],
        {},
        [VISIT, FRIEND],
    ),
    "somebody's address of long before": (
        [*at_work(), mail(A, "2021-03-01 09:00:00", OUTLOOK), post(A, "07:00:00")],
        {},
        [VISIT],
    ),
    "backups and probes of the house": (
        [*at_work(), *(mail("10.0.5.5", f"0{n}:00:00", "Backup/11", "svc-backup")
                       for n in range(1, 9)),
         *(line(f"0{n}:30:00", "POST /owa/auth.owa", OWN, "AMProbe/Local/ClientAccess",
                user="HealthMailbox1@example.org") for n in range(1, 9)), post(A, "07:00:00")],
        {},
        [VISIT],
    ),
    "through another server, which has work of its own": (
        [*at_work(), post(A, "07:00:00"), post(SISTER, "07:30:00"),
         *(line(f"0{n}:00:00", "POST /EWS/Exchange.asmx", SISTER, "ASProxy/CrossForest",
                user="EXAMPLE\\MAIL02$") for n in range(1, 9))],
        {},
        [f"intruder {SISTER} {A}: 2/2"],
    ),
    "behind one address with everybody's browser, twice": (
        [*at_work(NAT), post(NAT, "07:00:00", CHROME), post(NAT, "2021-03-08 07:00:00", CHROME)],
        {},
        [f"intruder {NAT}: 2/2"],
    ),
    "behind a balancer that names nobody": (
        [*at_work(BALANCER), post(BALANCER, "07:00:00", PYTHON), post(BALANCER, "09:00:00")],
        {},
        [f"intruder {BALANCER}: 1/1", f"intruder {BALANCER}: 1/1"],
    ),
    "addresses that are none": (
        [*at_work(), post("no-address", "07:00:00"), post("<b>", "07:03:00", OTHER)],
        {},
        ["intruder no-address: 1/1", "intruder <b>: 1/1"],
    ),
    "nobody named": ([*at_work(), post("-", "07:00:00"), post("-", "08:00:00", OTHER)], {}, []),
    "agents and queries without end": (
        [*at_work(), post(A, "07:00:00", "x" * 9_000),
         post(B, "08:00:00", OTHER, f"{SHELL}?{'a=1&' * 2_000}p=Abc123456789")],
        {},
        [VISIT, FRIEND],
    ),
    # ------------------------------------------------------------ planters
    "planted by the one who forged": (
        [*at_work(), post(A, "06:21:10", PYTHON, "/ecp/y.js"), post(A, "06:25:00", PYTHON),
         post(B, "2021-03-05 07:00:00", OTHER)],
        {FRONT: proxy(forged(A), row("ServerInfo~localhost/owa/?x", "500", ClientIpAddress=C,
                                     DateTime="2021-03-03T06:30:10.100Z",
                                     RequestId=NUMBER.format(6))),
         PANEL: ecp(item("Set-OabVirtualDirectory.ExternalUrl='http://f/'")),
         **events(written("06:21:30.000"))},
        [f"{VISIT}, planted {SHELL}", f"scanner {C}: 0/0", FRIEND],
    ),
    "two forged in one hour": (
        [*at_work(), post(A, "06:21:10", PYTHON, "/ecp/y.js"),
         post(B, "06:40:10", CHROME, "/ecp/y.js"), post(A, "07:00:00", PYTHON)],
        {FRONT: proxy(forged(A), forged(B, "06:40:10.000", 7, CHROME)),
         **events(written("06:40:12.000"))},
        [VISIT, f"intruder {B}: 0/0, planted {SHELL}"],
    ),
    "a second page written through the first": (
        [*at_work(), post(A, "07:00:00"), post(B, "09:00:00", OTHER),
         post(B, "09:30:00", OTHER, "/owa/auth/second1.aspx")],
        events(written("09:00:00.500", "second1.aspx")),
        [VISIT, f"intruder {B}: 2/2, planted /owa/auth/second1.aspx"],
    ),
    "ProxyShell and the page that it wrote": (
        [*at_work(), post(A, "06:00:00", PYTHON, CONFUSED), post(A, "06:10:00", PYTHON)],
        events(written("06:00:20.000")),
        [f"{VISIT}, planted {SHELL}"],
    ),
    "a clock an hour ahead in the web logs": (
        [*at_work(), post(A, "07:40:00", PYTHON),
         *(post(A, f"07:2{n}:10", PYTHON,
                f"/ecp/y.js?&CorrelationID=<empty>;&cafeReqId={NUMBER.format(n)};")
           for n in range(4))],
        {FRONT: proxy(*(forged(A, f"06:2{n}:10.900", n) for n in range(4))),
         **events(written("06:23:20.000"))},
        [f"{VISIT}, planted {SHELL}"],
    ),
    "an account that was made through the page": (
        [*at_work(), post(A, "07:00:00"), mail(C, "2021-03-06 07:00:00", OUTLOOK, "supp0rt")],
        {**events({**ran("net user supp0rt Pa55w0rd! /add", "07:00:00.400"),
                   "Image": "C:\\Windows\\System32\\net.exe"}),
         SECURITY: lines(event(4720, "07:00:01.000", "Security", TargetUserName="supp0rt",
                               SubjectUserName="MAIL01$"))},
        [f"intruder {C} {A}: 1/1, planted supp0rt, as supp0rt, "
         "ran net user supp0rt Pa55w0rd! /add"],
    ),
    "an account that an administrator made days later": (
        [*at_work(), post(A, "07:00:00"),
         mail("198.51.100.44", "2021-03-12 07:00:00", OUTLOOK, "new")],
        {**events(ran("cmd /c whoami", "07:00:00.400")),
         SECURITY: lines(event(4720, "2021-03-09T09:00:01.000Z", "Security", TargetUserName="new",
                               SubjectUserName="admin1"))},
        [f"{VISIT}, ran cmd /c whoami"],
    ),
    # ------------------------------------------------------------ commands
    "two hands twenty seconds apart": (
        [*at_work(), post(A, "07:00:00"), post(B, "07:00:20", OTHER)],
        events(ran("cmd /c whoami", "06:59:59.800"), ran("cmd /c quser", "07:00:19.700")),
        [f"{VISIT}, ran cmd /c whoami", f"{FRIEND}, ran cmd /c quser"],
    ),
    # What began during both may be of either.
    "a request inside a long one": (
        [*at_work(), post(B, "07:01:30", OTHER, taken=90_000), post(A, "07:00:30")],
        events(ran("cmd /c whoami", "07:00:30.100"), ran("cmd /c quser", "07:00:05.000")),
        [VISIT, f"{FRIEND}, ran cmd /c quser"],
    ),
    "a command that no request is near": (
        [*at_work(), post(A, "07:00:00")], events(ran("cmd /c whoami", "12:00:00.000")), [VISIT],
    ),
    "times taken that are no numbers": (
        [*at_work(), post(A, "07:00:00", taken="9" * 26), post(B, "07:10:00", OTHER, taken="²")],
        events(ran("cmd /c whoami", "07:09:59.400")),
        [VISIT, f"{FRIEND}, ran cmd /c whoami"],
    ),
    "a logon of the other protocol's spelling": (
        [*at_work(), post(A, "07:00:00")],
        {SECURITY: lines(
            event(4624, "08:00:01.000", "Security", TargetUserName="admin1",
                  IpAddress=f"::ffff:{A}", LogonType=3),
            event(4624, "08:10:01.000", "Security", TargetUserName="bob",
                  IpAddress="198.51.100.21", LogonType=3))},
        [f"{VISIT}, as admin1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_server_with_a_web_shell(server: Server, name: str) -> None:
    rows, files, expected = CASES[name]
    found = server(rows, files)
    assert told(found) == expected
    assert found.hands is not None
    intruders = sum(text.startswith("intruder") for text in expected)
    assert found.hands.at_least == max(intruders, 1)
    if intruders:
        hands = "one hand" if intruders == 1 else f"{intruders} different hands"
        visited = [text for text in expected if text.startswith("intruder") and "0/0" not in text]
        if len(visited) == intruders:
            assert f"by at least {hands}" in found.verdict.sentence


def test_what_another_server_does_as_itself_is_not_the_intruders(server: Server) -> None:
    (hand,) = server(*CASES["through another server, which has work of its own"][:2]).operators
    assert (hand.records, hand.shared_addresses) == (2, (SISTER,))


def test_all_requests_of_a_flood_are_counted(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterpatch.hunt.one_file.LEAD_RECORDS_PER_FILE", 300)
    monkeypatch.setattr("afterpatch.hunt.one_file.FINDINGS_PER_ACTOR", 200)
    flood = [post(A, f"08:{n // 60:02}:{n % 60:02}") for n in range(900)]
    found = server(
        [*at_work(), *flood, post(A, "09:00:00", status=404), post(B, "20:00:00", OTHER)]
    )
    assert told(found) == [f"intruder {A}: 900/901", FRIEND]
    (hand, _) = found.operators
    assert (hand.first, hand.last) == ("2021-03-03T08:00:00.000Z", "2021-03-03T09:00:00.000Z")
    assert hand.records < 900


# ---------------------------------------------------------------- without a page on disk


def tunnel(who: str, hour: int, agent: str = "Mozilla/5.0") -> list[str]:
    page = "/aspnet_client/tun.aspx?cmd="
    return [
        post(who, f"{hour:02}:00:00", agent, f"{page}connect&target=10.1.1.5&port=3389"),
        *(
            post(who, f"{hour:02}:01:{n:02}", agent, f"{page}{'read' if n % 2 else 'forward'}")
            for n in range(60)
        ),
    ]


def remote(who: str, when: str, path: str, user: str = "anna") -> str:
    return line(when, f"POST {path}", who, PYTHON, user=f"EXAMPLE\\{user}")


PILE = (
    "/autodiscover/autodiscover.json?a@evil.example/PowerShell/?X=1"
    "&Email=autodiscover/autodiscover.json%3Fa@evil.example"
)
HIDDEN = (
    '<?xml version="1.0"?><configuration><system.applicationHost><sites><site name="Default Web '
    'Site" id="1"><application path="/"><virtualDirectory path="/" physicalPath="%SystemDrive%\\'
    'inetpub\\wwwroot"/><virtualDirectory path="/owa/auth/Current/x" physicalPath="C:\\ProgramData'
    '\\COM1"/></application></site></sites></system.applicationHost></configuration>'
)
THREAT = event(
    1117, "07:30:00.000", "Defender",
    **{"Threat Name": "Backdoor:ASP/Chopper.F!dha", "Path": f"file:_{OWA}qzkwlp.aspx"},
)  # fmt: skip

LOGS: dict[str, tuple[str, Sequence[str], Mapping[str, str], Sequence[str]]] = {
    "nothing but people": ("no evidence", at_work(), {}, []),
    "a tunnel, and who asks for it later": (
        "used",
        [*at_work(), *tunnel(A, 8),
         get(B, "12:00:00", CHROME, "/aspnet_client/tun.aspx", status=404)],
        {},
        [f"intruder {A}: 61/61", f"scanner {B}: 0/1"],
    ),
    "a tunnel by two exits at once": (
        "used", [*at_work(), *tunnel(A, 8, ODD), *tunnel(B, 8, ODD)], {},
        [f"intruder {B} {A}: 122/122"],
    ),
    "a tunnel in another application": (
        "used",
        [*at_work(), post(A, "08:00:00", "-", "/erp/t.aspx?proxy&port=3389&ip=127.0.0.1"),
         *(post(A, f"08:01:{n:02}", "-", "/erp/t.aspx?proxy") for n in range(60))],
        {},
        [f"intruder {A}: 61/61"],
    ),
    "a hidden directory": (
        "used",
        [*at_work(), post(A, "07:00:00", url="/owa/auth/Current/x/abc/xyz.aspx")],
        {"Windows/System32/inetsrv/config/applicationHost.config": HIDDEN},
        [VISIT],
    ),
    "ProxyShell refused": (
        "attempted",
        [*at_work(), post(C, "03:00:00", PYTHON, CONFUSED, status=401)],
        {},
        [f"unknown {C}: 0/0"],
    ),
    "ProxyNotShell with a stolen password": (
        "used",
        [*at_work(), remote(A, "2022-09-05 06:00:05", PILE), *at_work(day="2022-09-05", hour=8)],
        events({**ran("cmd /c whoami", "2022-09-05T06:00:06.000Z"),
                "ParentCommandLine": 'w3wp.exe -ap "MSExchangePowerShellAppPool"'}),
        [f"intruder {A}: 0/0, as anna, ran cmd /c whoami"],
    ),
    "OWASSRF with a stolen password": (
        "attempted",
        [*at_work(day="2022-12-05"), remote(A, "2022-12-05 06:00:00", "/owa/anna%40example.org/"
                                            "powershell?clientApplication=ActiveMonitor")],
        {},
        [f"intruder {A}: 0/0, as anna"],
    ),
    "a portal that answers any name": (
        "attempted",
        [*at_work(), *(get(B, f"03:00:{n:02}", PYTHON, f"/aspnet_client/n{n}.aspx")
                       for n in range(12))],
        {},
        [f"unknown {B}: 0/0"],
    ),
    "removed by the authorities": (
        "used",
        [*at_work(day="2021-04-13"), post(A, "2021-04-01 07:00:00"),
         post(B, "2021-04-13 07:00:00", OTHER), post(C, "2021-04-20 07:00:00", PYTHON, status=404)],
        events(written("2021-04-01T06:59:00.000Z")),
        [VISIT, f"responder {B}: 1/1", f"scanner {C}: 0/1"],
    ),
    "HttpProxy logs alone": (
        "attempted", [], {FRONT: proxy(forged(A), forged(B, "06:40:10.000", 7, CHROME))},
        [f"intruder {A}: 0/0", f"intruder {B}: 0/0"],
    ),
    "event logs alone": (
        "used", [], events(written("06:23:20.000"), ran("cmd /c whoami", "12:00:00.000")), [],
    ),
    "found by the antivirus before anybody came": ("backdoored", at_work(), events(THREAT), []),
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_a_server_known_by_its_logs(server: Server, name: str) -> None:
    grade, rows, files, expected = LOGS[name]
    found = server(rows, files, on_disk=False)
    assert (found.verdict.grade, told(found)) == (grade, expected)


# ---------------------------------------------------------------- logs that lack a column

ROWS = [*at_work(), post(A, "07:00:00"), post(B, "08:00:00", OTHER)]


@pytest.mark.parametrize("column", ["s-ip", "cs(User-Agent)", "cs-username", "cs-uri-query"])
def test_a_column_that_is_not_there_hides_no_hand(server: Server, column: str) -> None:
    names, rows = without(column, ROWS)
    assert told(server(rows, names=names)) == [VISIT, FRIEND]


def test_without_a_status_nobody_is_an_intruder_or_a_scanner(server: Server) -> None:
    names, rows = without("sc-status", ROWS)
    found = server(rows, names=names)
    assert found.verdict.grade == "backdoored"
    assert told(found) == [f"unknown {A}: 0/1", f"unknown {B}: 0/1"]


def test_without_an_address_somebody_was_in(server: Server) -> None:
    names, rows = without("c-ip", ROWS)
    found = server(rows, names=names)
    assert (found.verdict.grade, told(found)) == ("used", [])
    assert found.hands is not None
    assert (found.hands.at_least, found.hands.note) == (1, "no log names who got in")


def test_empty_cells_are_nobody(server: Server) -> None:
    empty = [f"2021-03-03 07:00:00{' -' * 13}", f"2021-03-03 07:00:01 - POST {SHELL}{' -' * 10}"]
    assert told(server([*at_work(), *empty])) == []


def test_the_balancer_names_the_client(server: Server) -> None:
    names = f"{NAMES} X-Forwarded-For"
    rows = [f"{r} 198.51.100.{20 + n // 3}" for n, r in enumerate(at_work(BALANCER))]
    for hour, client in enumerate((f"198.51.100.20,+{A}", f"{A}:55111", "[2001:db8::7]:4"), 7):
        rows.append(f"{post(BALANCER, f'0{hour}:00:00', PYTHON)} {client}")
    rows.append(f"{post(f'::ffff:{BALANCER}', '11:00:00', PYTHON)} {A}")
    assert told(server(rows, names=names)) == [f"intruder {A}: 3/3", "intruder 2001:db8::7: 1/1"]


# ---------------------------------------------------------------- clocks


def test_a_regular_beacon_makes_no_skew(server: Server) -> None:
    rows = [post(A, f"07:{n:02}:00") for n in range(60)]
    found = server(
        [*at_work(), *rows], events(*(ran(f"cmd /c {n}", f"07:{n:02}:00.300") for n in range(60)))
    )
    assert [join.skew for join in found.joins] == [None]
    assert len(found.operators[0].commands) == 60


@pytest.mark.parametrize(("seconds", "hour", "second"), [(40, 7, 40), (-3600, 6, 0)])
def test_a_clock_that_is_off(server: Server, seconds: int, hour: int, second: int) -> None:
    minutes = (1, 5, 13, 22, 41, 55)
    clock = (ran(f"cmd /c {n}", f"{hour:02}:{n:02}:{second:02}.300") for n in minutes)
    found = server([*at_work(), *(post(A, f"07:{n:02}:00") for n in minutes)], events(*clock))
    assert [join.skew for join in found.joins] == [pytest.approx(seconds, abs=1)]
    assert len(found.operators[0].commands) == len(minutes)


# ---------------------------------------------------------------- how long


def test_who_only_looks_was_not_in(server: Server) -> None:
    look = [
        get(B, f"08:00:0{n}", PYTHON, f"/owa/auth/{x}.aspx", status=404)
        for n, x in enumerate(GUESSES)
    ]
    found = server([*at_work(), post(A, "07:00:00"), *look, get(B, "08:00:09", PYTHON)]).dwell
    assert found is not None
    assert (found.last_deed, found.end) == ("2021-03-03T07:00:00.000Z", "2021-03-03T08:00:09.000Z")


def test_a_scanner_behind_the_balancer_is_told_from_who_was_in(server: Server) -> None:
    look = [
        get(BALANCER, f"08:00:0{n}", SCANNER, url)
        for n, url in enumerate((SHELL, "/owa/auth/logon.aspx"))
    ]
    found = server([*at_work(BALANCER), post(BALANCER, "07:00:00"), *look])
    assert told(found) == [f"intruder {BALANCER}: 1/1", f"scanner {BALANCER}: 1/1"]
    assert found.dwell is not None
    assert found.dwell.last_deed == "2021-03-03T07:00:00.000Z"


def test_what_followed_is_whose_record_it_is(server: Server) -> None:
    names = f"{NAMES} sc-bytes"
    got = get(BALANCER, "07:10:00", ODD, "/aspnet_client/x1.7z")
    rows = [*at_work(BALANCER), post(BALANCER, "07:00:00"), post(BALANCER, "09:00:00", OTHER)]
    found = server([*(f"{r} 900" for r in rows), f"{got} 48123456"], names=names)
    mine, other = found.operators
    assert (len(mine.findings), len(other.findings)) == (2, 1)
    assert [harm.operators for harm in found.impact] == [(mine.id,)]


@pytest.mark.parametrize(
    "by", ["C:\\ProgramData\\Defender\\MsMpEng.exe", "C:\\Windows\\explorer.exe"]
)
def test_knocking_at_a_door_that_is_gone_is_no_return(server: Server, by: str) -> None:
    rows = [post(A, "07:00:00"), post(A, "08:00:00", status=404), *at_work(day="2021-03-06")]
    gone = events(written("06:59:00.000"), THREAT, deleted("07:30:00.100", by))
    found = server([*at_work(), *rows], gone, on_disk=False).dwell
    assert found is not None
    assert (found.ended, found.end) == ("evicted", "2021-03-03T07:30:00.100Z")
    assert found.last_deed == "2021-03-03T07:00:00.000Z"


def test_requests_after_the_patch_are_those_of_intruders(server: Server) -> None:
    later = proxy(
        row("Sid~S-1-5-21", ClientIpAddress="198.51.100.21", UrlStem="/ecp/", UserAgent=CHROME,
            DateTime="2021-03-10T06:00:00.000Z", RequestId=NUMBER.format(8)),
        version="15.01.2106.013",
    ).replace("2021-03-03T06:00:00", "2021-03-10T06:00:00")  # fmt: skip
    found = server(
        [*at_work(), post(A, "06:21:10", PYTHON, "/ecp/y.js"), post(A, "06:25:00", PYTHON),
         post(B, "2021-03-12 07:00:00", OTHER), get(C, "2021-03-12 08:00:00", SCANNER)],
        {FRONT: proxy(forged(A)), FRONT.replace("2021030306", "2021031006"): later,
         **events(written("06:21:30.000"))},
    )  # fmt: skip
    assert found.dwell is not None
    assert found.dwell.patched == "2021-03-10T06:00:00.000Z"
    assert (found.dwell.after_patch, found.dwell.last_deed) == (1, "2021-03-12T07:00:00.000Z")
    came = [o.addresses for o in found.operators if o.id in found.dwell.operators]
    assert came == [(B,)]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"since": "2021-03-05T00:00:00.000Z"}, [FRIEND]),
        ({"until": "2021-03-04T23:59:59.999Z"}, [VISIT]),
        ({}, [VISIT, FRIEND]),
    ],
)
def test_only_the_time_that_was_asked_for(
    server: Server, span: dict[str, str], expected: list[str]
) -> None:
    rows = [*at_work(), post(A, "07:00:00"), *at_work(day="2021-03-04"),
            post(B, "2021-03-05 08:00:00", OTHER), *at_work(day="2021-03-08")]  # fmt: skip
    assert told(server(rows, **span)) == expected


# ---------------------------------------------------------------- several servers, other packages


def test_servers_of_one_package_are_told_apart(
    tmp_path: Path, assessed: Callable[..., list[Dossier]]
) -> None:
    packed = io.BytesIO()
    root = tmp_path / "folder"
    with zipfile.ZipFile(packed, "w") as package:
        for host, who in (("MAIL01", A), ("MAIL02", B)):
            log = proxy({**forged(who), "ServerHostName": host})
            rows = [*at_work(), post(who, "07:00:00"), post(C, "08:00:00", OTHER)]
            for name, text in tree(rows, {FRONT: log}, NAMES, on_disk=True).items():
                path = root / host / "C" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
                package.writestr(f"{host}/C/{name}", text)
    (tmp_path / "case.zip").write_bytes(packed.getvalue())
    whole = [assessed(path) for path in (root, root, tmp_path / "case.zip")]
    for dossiers in whole:
        assert [(d.assessment.host.name, told(d.assessment)) for d in dossiers] == [
            ("MAIL01", [f"{VISIT}, planted {SHELL}", f"intruder {C}: 1/1"]),
            ("MAIL02", [f"{FRIEND}, planted {SHELL}", f"intruder {C}: 1/1"]),
        ]
    first, again = (
        [msgspec.json.encode((d.assessment, d.operator_of)) for d in w] for w in whole[:2]
    )
    assert first == again
