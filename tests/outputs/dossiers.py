"""Small dossiers made by hand, one for each shape a report can take."""

from __future__ import annotations

import msgspec

from afterpatch.model import (
    Actor,
    Amount,
    Assessment,
    Backdoor,
    BuildSpan,
    Chain,
    Comparison,
    Coverage,
    Dwell,
    Evidence,
    Exposure,
    Finding,
    Gap,
    Host,
    Impact,
    Locator,
    NextRung,
    NotAnswered,
    Object,
    Operator,
    Outcome,
    Part,
    Phase,
    Pivot,
    Problem,
    Provenance,
    RestsOn,
    Severity,
    Shift,
    Tally,
    Trace,
    Verdict,
    Visitor,
    Visits,
)
from afterpatch.outputs.dossier import Dossier, Run

RUN = Run(
    command_line=("afterpatch", "assess", "case.zip", "-o", "out"),
    started="2024-05-01T10:00:00.000Z",
    ended="2024-05-01T10:01:00.000Z",
    version="0.1.0",
    host="EXAMINER",
)
INSTALL = "C:\\Program Files\\Microsoft\\Exchange Server\\V15"
PROXY_LOG = f"{INSTALL}\\Logging\\HttpProxy\\Ecp\\HttpProxy_2021030306-1.LOG"
IIS_LOG = "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210303.log"


def finding(
    number: int = 1,
    *,
    rule: str = "exchange-proxylogon-ssrf",
    title: str = "Server-side request forgery through the ECP proxy",
    outcome: Outcome = "reached",
    severity: Severity = "high",
    when: str | None = "2021-03-03T06:12:11.000Z",
    look_alike: str | None = None,
    url: str | None = "/ecp/y.js",
    path: str | None = None,
) -> Finding:
    return Finding(
        id=f"f-{number:08x}",
        rule=rule,
        title=title,
        question="exploited",
        outcome=outcome,
        chain="ProxyLogon",
        cve=("CVE-2021-26855",),
        technique=("T1190",),
        severity=severity,
        when=when,
        actor=Actor(address="203.0.113.7", user_agent="python-requests/2.25.1"),
        object=Object(url=url, path=path),
        provenance=Provenance(
            evidence="case.zip",
            member=PROXY_LOG,
            offset=812 * number,
            length=812,
            line=41 + number,
            sha256="ab" * 32,
            member_name="C/Program Files/Microsoft/Exchange Server/V15/Logging/HttpProxy/Ecp/"
            "HttpProxy_2021030306-1.LOG",
        ),
        raw="2021-03-03T06:12:11.000Z,f2a,15,1,2106,2,,Ecp,mail.example.com,/ecp/y.js,,FBA,False,,,"
        "ServerInfo~a]@mail01.example.com:444/autodiscover/autodiscover.xml?#,python-requests/"
        "2.25.1,203.0.113.7,MAIL01,200,200,,POST,Proxy,mail01.example.com,15.01.2106.000",
        look_alike=look_alike,
        explain="The anchor mailbox sends the request to a back end of the sender's choice. "
        "An unpatched server answers it with the rights of the machine account.",
        artifact="httpproxy",
        facts={"status": "200"},
    )


def coverage(artifact: str, state: str = "assessed") -> Coverage:
    absent = state == "not present"
    return Coverage(
        artifact=artifact,
        from_=None if absent else "2021-02-20T00:00:04.000Z",
        to=None if absent else "2021-03-09T23:59:58.000Z",
        needed_from="2021-01-03T00:00:00.000Z",
        gaps=()
        if absent
        else (
            Gap("2021-03-01T02:00:00.000Z", "2021-03-01T09:30:00.000Z", "missing"),
            Gap("2021-03-04T00:00:00.000Z", "2021-03-05T00:00:00.000Z", "truncated", "W3SVC1",
                "u_ex210304.log ends in zeros"),
        ),
        files=0 if absent else 18,
        bytes=0 if absent else 1_824_003_112,
        records=0 if absent else 4_212_909,
        unparsed=0 if absent else 3,
        state=state,  # type: ignore[arg-type]
        note="The log was not in the collection." if absent else "",
        parts=()
        if absent
        else (Part("W3SVC1", "2021-02-20T00:00:04.000Z", "2021-03-09T23:59:58.000Z", 18, 4_212),),
        shift=None if absent else Shift("records", (-300,), "Sysmon's own UTC time", 1),
    )  # fmt: skip


def assessment(verdict: Verdict, **parts: object) -> Assessment:
    values: dict[str, object] = {
        "schema": "afterpatch/assessment/1",
        "host": Host("MAIL01", "Exchange Server 2016", "15.1.2106.2", "HttpProxy #Version", ()),
        "verdict": verdict,
        "exposure": (),
        "chains": (),
        "backdoors": (),
        "operators": (),
        "impact": (),
        "phases": (),
        "coverage": (coverage("iis"), coverage("ecp-activity", "not present")),
        "not_answered": (),
        "claims": (),
        "next_steps": ("Collect the logs of the ECP back end.",),
    }
    return Assessment(**{**values, **parts})  # type: ignore[arg-type]


def dossier(
    answer: Assessment,
    findings: tuple[Finding, ...] = (),
    tallies: tuple[Tally, ...] = (),
    evidence: tuple[Evidence, ...] | None = None,
) -> Dossier:
    if evidence is None:
        evidence = (
            Evidence("case.zip", "", PROXY_LOG, Locator("case.zip", "a.log"), 90_000, "ab" * 32),
            Evidence("case.zip", "", IIS_LOG, Locator("case.zip", "b.log"), 70_000, "cd" * 32),
        )
    return Dossier(
        assessment=answer,
        findings=findings,
        tallies=tallies,
        evidence=evidence,
        rules_loaded=41,
        rules_refused=(Problem("odd.yml", "unknown modifier 'sounds-like'", stage="detect"),),
        slow_lane=1,
        ruleset_hash="ef" * 32,
        table_dates={"builds": "2024-04-09", "cves": "2024-04-09"},
    )


def no_evidence() -> Dossier:
    verdict = Verdict(
        grade="no evidence",
        sentence="No evidence of an attack between 2021-02-20 and 2021-03-09; "
        "older logs are missing.",
        reached=(),
        next_rung=NextRung("exposed", "The build was 15.1.2242.4, which is fixed."),
        coverage="partial",
    )
    return dossier(assessment(verdict))


def empty() -> Dossier:
    verdict = Verdict("not assessed", "No Exchange artifact was found.", (), None, "insufficient")
    answer = assessment(
        verdict, host=Host("", None, None, None, ()), coverage=(), next_steps=(), problems=()
    )
    return dossier(answer, evidence=())


def attempted() -> Dossier:
    verdict = Verdict(
        grade="attempted",
        sentence="A scanner asked for ProxyLogon once on 2021-03-03; nothing shows that it worked.",
        reached=("attempted",),
        next_rung=NextRung("exploited", "No file and no cmdlet followed in the logs of that day."),
        coverage="partial",
    )
    probe = finding(outcome="attempt", severity="medium", look_alike="scanner: nmap NSE")
    timeless = finding(2, rule="web-file", outcome="attempt", severity="low", when=None)
    chain = Chain("ProxyLogon", ("CVE-2021-26855",), "probed", probe.when, probe.when,
                  ("203.0.113.7",), (probe.id,))  # fmt: skip
    return dossier(assessment(verdict, chains=(chain,)), (probe, timeless))


def used() -> Dossier:
    shell = f"{INSTALL}\\FrontEnd\\HttpProxy\\owa\\auth\\RedirSuiteServerProxy.aspx"
    url = "/owa/auth/RedirSuiteServerProxy.aspx"
    findings = (
        *(finding(number) for number in range(1, 4)),
        finding(
            4,
            rule="exchange-vdir-set-script",
            title="Virtual directory set to a URL that holds script",
            outcome="success",
            severity="critical",
            when="2021-03-03T06:15:40.120Z",
            url=None,
            path=shell,
        ),
        *(
            finding(
                number,
                rule="exchange-web-shell-request",
                title="Request to a web shell",
                outcome="success",
                severity="critical",
                when=f"2021-03-0{number - 1}T07:00:00.000Z",
                url=url,
            )
            for number in range(5, 9)
        ),
    )
    ids = tuple(item.id for item in findings)
    verdict = Verdict(
        grade="used",
        sentence="An intruder planted a web shell through ProxyLogon on 2021-03-03 and came back "
        "to it until 2021-03-07: take the server off the internet and keep its disk.",
        reached=("exposed", "attempted", "exploited", "backdoored", "used"),
        next_rung=NextRung(
            "impacted", "Process creation was not logged, so commands could not be seen."
        ),
        coverage="partial",
    )
    span = (findings[0].when, "2021-03-07T07:00:00.000Z")
    door = Backdoor(
        id="bd-1",
        kind="web shell",
        path=shell,
        url=url,
        family=None,
        planted="2021-03-03T06:15:40.120Z",
        planted_by=("op-1",),
        on_disk=True,
        evidence_state="file",
        visits=Visits("2021-03-04T07:00:00.000Z", span[1], 9, 5),
        findings=ids[3:],
    )
    operators = (
        Operator(
            "op-1", ("203.0.113.7", "2001:db8::7"), ("python-requests/2.25.1",), ("bd-1",),
            ("bd-1",), *span, ("planted bd-1", "visited bd-1 nine times"), "intruder",
            ("same address", "same parameter"), ids,
        ),
        Operator(
            "op-2", ("198.51.100.20",), ("Mozilla/5.0 zgrab/0.x",), (), ("bd-1",), *span, (),
            "scanner", (), (),
        ),
    )  # fmt: skip
    answer = assessment(
        verdict,
        host=Host(
            "MAIL01",
            "Exchange Server 2016",
            "15.1.2106.2",
            "HttpProxy #Version",
            (
                BuildSpan("15.1.2106.2", "2021-02-20T00:00:04.000Z", "2021-03-05T20:00:00.000Z"),
                BuildSpan("15.1.2176.9", "2021-03-05T21:00:00.000Z", "2021-03-09T23:59:58.000Z"),
            ),
        ),
        exposure=(
            Exposure("CVE-2021-26855", "ProxyLogon", "exposed", "2021-01-03T00:00:00.000Z",
                     "2021-03-05T20:00:00.000Z", "build 15.1.2106.2 before KB5000871"),
            Exposure("CVE-2021-34473", "ProxyShell", "unknown", None, None, "no later build seen"),
            Exposure("CVE-2020-0688", None, "fixed", None, None, "build is later than CU15 SU"),
        ),
        chains=(
            Chain("ProxyLogon", ("CVE-2021-26855", "CVE-2021-27065"), "exploited", *span,
                  ("203.0.113.7",), ids),
        ),
        backdoors=(door,),
        operators=operators,
        impact=(
            Impact("mailbox read", "T1114.002", "2021-03-04T08:00:00.000Z",
                   "Two mailboxes were read through EWS by the machine account.",
                   Amount(2, "mailboxes", "at least"), ("op-1",), ids[:1]),
        ),
        phases=(
            Phase("ProxyLogon: before disclosure", "2021-01-03T00:00:00.000Z",
                  "2021-03-02T00:00:00.000Z", 0, False),
            Phase("ProxyLogon: mass exploitation", "2021-03-02T00:00:00.000Z", None, 8, True, 0.4,
                  ("iis", "httpproxy")),
        ),
        coverage=(
            coverage("iis"), coverage("httpproxy", "partial"), coverage("web files"),
            coverage("ecp-activity", "not present"), coverage("evtx-security", "not present"),
        ),
        not_answered=(
            NotAnswered(
                "Which commands were run through the web shell?",
                "Process creation (Security 4688 or Sysmon 1) was not logged.",
                "A memory image, and the Sysmon log when there is one.",
            ),
            NotAnswered(
                "Was the server attacked before 2021-02-20?",
                "The oldest IIS log begins on 2021-02-20.",
                "IIS logs from backups since 2021-01-03.",
                ("compiled pages: pages that ran, also when they are gone",),
            ),
        ),
        next_steps=(
            "Take MAIL01 off the internet; don't restart it before its memory is saved.",
            "Keep the disk of MAIL01, then remove the file named as bd-1.",
            "Change the passwords of every account that logged on to MAIL01 since 2021-03-03.",
        ),
        problems=(
            Problem("C:\\inetpub\\logs\\u_ex210301.log", "the file ends inside a line", 90112),
            Problem("Security.evtx", "the parser was stopped after 15 seconds", 65536, "parse"),
        ),
        notes=("The address 192.0.2.1 is a load balancer and was not followed.",),
        dwell=Dwell(span[0], span[1], "2021-03-09T23:59:58.000Z", "end of evidence", 6,
                    "2021-03-05T21:00:00.000Z", 12, ("op-1",)),
        rests_on=(
            RestsOn("backdoored", f"web shell {url}", ("iis", "web-files"),
                    "HttpProxy logs begin 2021-03-05"),
        ),
    )  # fmt: skip
    tallies = (
        Tally("exchange-web-shell-request", "success", "203.0.113.7", url, 12_345,
              "2021-03-03T07:00:00.000Z", "2021-03-07T07:00:00.000Z"),
        Tally("exchange-web-shell-request", "attempt", "198.51.100.20", url, 2,
              "2021-03-03T09:00:00.000Z", "2021-03-03T09:00:00.000Z"),
    )  # fmt: skip
    return dossier(answer, findings, tallies)


def many(count: int) -> Dossier:
    outcomes: tuple[Outcome, ...] = ("attempt", "attempt", "attempt", "reached")
    findings = tuple(
        finding(
            number,
            rule=f"rule-{number % 9}",
            title=f"Rule number {number % 9}",
            outcome=outcomes[number % 4],
            when=f"2021-03-03T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z",
        )
        for number in range(count)
    )
    return dossier(attempted().assessment, findings)


def trace(number: int = 1, when: str | None = "2021-03-04T07:00:20.000Z") -> Trace:
    return Trace(
        id=f"r-{number:08x}",
        artifact="iis",
        when=when,
        actor=Actor(address="203.0.113.7", user_agent="python-requests/2.25.1"),
        object=Object(url="/owa/auth/upload.aspx"),
        facts={"method": "POST", "status": "200", "query": "k=1", "bytes": "4096"},
        provenance=Provenance(
            "case.zip", IIS_LOG, 300 * number, 300, 3 + number, "cd" * 32, "b.log"
        ),
        raw="2021-03-04 07:00:20 10.0.0.5 POST /owa/auth/upload.aspx k=1 443 - 203.0.113.7",
        leads=(("address", "203.0.113.7"), ("parameter", "k")),
    )


def traced() -> Dossier:
    """As `used`, with what a second sweep brings: traces, visitors, and whose each record is.

    The record of f-00000004 is spoken of by f-00000009 too; f-0000000a is nobody's.
    """
    found = used()
    twice = msgspec.structs.replace(
        found.findings[3], id="f-00000009", rule="other", title="The same record, by another rule"
    )
    alone = msgspec.structs.replace(
        finding(
            10, rule="file", title="Page written", when="2021-03-04T07:00:40.000Z", path="C:\\x"
        ),
        actor=Actor(),
        artifact="events_json",
    )
    findings = tuple(sorted((*found.findings, twice, alone), key=lambda f: (f.when or "~", f.id)))
    traces = (trace(1), trace(2, "2021-03-04T07:02:00.000Z"), trace(3, None))
    own = (*found.assessment.operators[0].findings, twice.id, *(one.id for one in traces))
    answer = msgspec.structs.replace(
        found.assessment,
        backdoors=tuple(
            msgspec.structs.replace(
                door,
                visitors=(
                    Visitor("op-1", "2021-03-04T07:00:00.000Z", "2021-03-07T07:00:00.000Z", 7, 5),
                    Visitor("op-2", "2021-03-03T09:00:00.000Z", "2021-03-03T09:00:00.000Z", 2, 0),
                ),
            )
            for door in found.assessment.backdoors
        ),
        comparisons=(
            Comparison(("203.0.113.7", "2001:db8::7"), True, ("same parameter",), ()),
            Comparison(
                ("198.51.100.20 Mozilla/5.0 zgrab/0.x", "203.0.113.7"),
                False,
                (),
                ("other agent", "never within a day"),
            ),
            Comparison(("198.51.100.20", "203.0.113.77"), False, (), ("other agent",)),
        ),
        pivots=(Pivot("address", "203.0.113.7", ("f-00000001",), 2, "followed", 3),),
    )
    return msgspec.structs.replace(
        found,
        assessment=answer,
        findings=findings,
        traces=traces,
        operator_of=dict.fromkeys(own, "op-1"),
        backdoors_of=dict.fromkeys(found.assessment.backdoors[0].findings, ("bd-1",)),
    )


PAGE_SHA = "5e" * 32
TOOL_SHA = "7a" * 32


def shared() -> Dossier:
    """As `traced`, with one of each thing that may and that may not be shared.

    To be shared are op-1's 203.0.113.7 and 2001:db8::7, the page bd-1 with its hash, the tool by
    its hash, the agent `tail-spin/1.7`, and the account svc_health. Not its shared 198.51.100.9 and
    192.0.2.1, its inner 10.1.2.3, the accounts of anna and bruno, the page of Exchange bd-4, the
    agents that many have, or anything of the responder op-4, the unknown op-5 and op-6, who may be
    an administrator.
    """
    found = traced()
    answer = found.assessment
    (first, scanner), (door,) = answer.operators, answer.backdoors
    extra = ("198.51.100.9", "192.0.2.1", "10.1.2.3", "198.51.100.9 ", "fe80::1%eth0", "localhost")
    first = msgspec.structs.replace(
        first,
        addresses=(*first.addresses, *extra),
        shared_addresses=("198.51.100.9",),
        accounts=("anna",),
        joined_by=("the account anna",),
        planted=("bd-1", "bd-2"),
    )
    stock = f"{INSTALL}\\FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx"
    none = Visits(None, None, 0, 0)
    made = msgspec.structs.replace(
        finding(20, rule="account-created", outcome="success", url=None),
        technique=("T1136.001",),
        actor=Actor(),
        artifact="events_json",
    )
    mightier = msgspec.structs.replace(
        made,
        id="f-00000021",
        technique=("T1136.001", "T1098.007"),
        object=Object(command="net localgroup Administrators anna /add"),
    )
    innocent = msgspec.structs.replace(made, id="f-00000022", look_alike="administration: hired")
    ran = msgspec.structs.replace(
        made,
        id="f-00000023",
        technique=("T1059.003",),
        object=Object(command="cmd /c whoami"),
        facts={"image": "C:\\ProgramData\\tail.exe"},
    )
    cmdlet = msgspec.structs.replace(
        ran,
        id="f-00000024",
        object=Object(command="New-InboxRule -Mailbox anna"),
        facts={"cmdlet": "New-InboxRule"},
    )
    elsewhere = msgspec.structs.replace(
        made, id="f-00000025", rule="foreign", technique=("T1486",), standing="foreign"
    )
    reported = msgspec.structs.replace(
        made, id="f-00000026", rule="reported", technique=("T1003.001",), standing="supporting"
    )
    removed = msgspec.structs.replace(
        finding(27, rule="page-removed", outcome="success", url="/owa/auth/x.aspx"),
        actor=Actor(address="203.0.113.99", user_agent="responder-agent", account="carla"),
    )
    visit = msgspec.structs.replace(
        finding(28, rule="page-asked", outcome="success", url=door.url),
        actor=Actor(address="203.0.113.7", user_agent="tail-spin/1.7"),
        facts={"method": "POST"},
    )
    probe = msgspec.structs.replace(
        finding(29, rule="page-asked", outcome="attempt", look_alike="scanner: zgrab"),
        actor=Actor(address="198.51.100.20", user_agent="Mozilla/5.0 zgrab/0.x"),
        facts={"method": "GET", "status": "404"},
    )
    doubtful = msgspec.structs.replace(
        probe, id="f-00000030", actor=Actor(address="203.0.113.98"), look_alike=None
    )
    administered = msgspec.structs.replace(
        probe, id="f-00000031", actor=Actor(address="203.0.113.97"), look_alike="administration: x"
    )
    own = (made, mightier, ran, cmdlet, visit)
    extra_findings = (*own, innocent, elsewhere, reported, removed, probe, doubtful, administered)
    doors = (
        door,
        Backdoor("bd-2", "account", None, None, None, made.when, ("op-1",), False, "trace only",
                 none, (made.id,), name="svc_health"),
        Backdoor("bd-3", "account", None, None, None, made.when, ("op-1",), False, "trace only",
                 none, (mightier.id,), name="anna"),
        Backdoor("bd-4", "web shell", stock, "/owa/auth/logon.aspx", None, None, (), True, "file",
                 none, ()),
        Backdoor("bd-5", "mail rule", None, None, None, None, (), False, "log only", none, (),
                 name="bruno@example.org"),
        Backdoor("bd-6", "scheduled task", "C:\\Windows\\System32\\Tasks\\Tail", None, None,
                 made.when, ("op-1",), True, "file", none, (), name="\\Tail"),
        Backdoor("bd-7", "account", None, None, None, None, (), False, "trace only", none,
                 (innocent.id,), name="bruno"),
    )  # fmt: skip
    pivots = (
        Pivot("account", "anna", (made.id,), 2, "followed", 9),
        Pivot("address", "192.0.2.1", (made.id,), 2, "refused", 99, "many accounts sign in"),
        Pivot("hash", TOOL_SHA, (ran.id,), 2, "followed", 2),
        Pivot("hash", "77" * 32, (ran.id,), 2, "refused", 2, "common"),
        Pivot("page", "/owa/auth/redirsuiteserverproxy.aspx", (made.id,), 2, "followed", 9),
        Pivot("user agent", "python-requests/2.25.1", (made.id,), 1, "refused", 9, "many have it"),
        Pivot("user agent", "tail-spin/1.7", (made.id,), 2, "followed", 9),
        Pivot("user agent", "Mozilla/5.0 (X11) Chrome/88.0", (made.id,), 2, "followed", 9),
    )
    responder = Operator("op-4", ("203.0.113.99",), ("responder-agent",), (), ("bd-1",), None, None,
                         (), "responder", (), (removed.id,), accounts=("carla",))  # fmt: skip
    unknown = msgspec.structs.replace(
        responder, id="op-5", addresses=("203.0.113.98",), class_="unknown"
    )
    alike = msgspec.structs.replace(
        responder, id="op-6", addresses=("203.0.113.97",), class_="scanner"
    )
    hands = (first, scanner, responder, unknown, alike)
    return msgspec.structs.replace(
        found,
        assessment=msgspec.structs.replace(answer, operators=hands, backdoors=doors, pivots=pivots),
        findings=tuple(
            sorted((*found.findings, *extra_findings), key=lambda f: (f.when or "~", f.id))
        ),
        evidence=(
            *found.evidence,
            Evidence("case.zip", "", door.path or "", Locator("case.zip", "s"), 99, PAGE_SHA),
            Evidence("case.zip", "", stock.upper(), Locator("case.zip", "t"), 99, "6b" * 32),
        ),
        operator_of={
            **found.operator_of,
            **dict.fromkeys((one.id for one in own), "op-1"),
            probe.id: "op-2",
            doubtful.id: "op-5",
            administered.id: "op-6",
            removed.id: "op-4",
        },
        backdoors_of={**found.backdoors_of, visit.id: ("bd-1",), probe.id: ("bd-1",)},
    )
