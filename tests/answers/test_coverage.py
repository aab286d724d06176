"""Gaps with their reason, and what an owner is told to collect: made evidence, case by case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from test_verdicts import V15, assessed, dump, lines, proxy, row

from afterpatch.assess import within
from afterpatch.model import (
    Assessment,
    ChannelSpan,
    Coverage,
    Evidence,
    FileReport,
    Gap,
    Locator,
    NotAnswered,
)
from event_chunks import NOON, Chunk, event, log

LOGS = "C:\\inetpub\\logs\\LogFiles\\"
PROXIES = V15 + "Logging\\HttpProxy\\"
WINEVT = "C:\\Windows\\System32\\winevt\\Logs\\"
NEEDED = "2021-01-03T00:00:00.000Z"
IIS_HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
    "#Date: {:%Y-%m-%d %H:%M:%S}\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
)
Files = dict[str, str | bytes]


def moment(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A time in March 2021; later days run on into April."""
    return datetime(2021, 3, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour, minutes=minute)


def said(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


def iis(start: datetime, minutes: int = 24 * 60, each: int = 30) -> str:
    """A log of Exchange's probes."""
    rows = (
        f"{start + timedelta(minutes=m):%Y-%m-%d %H:%M:%S} 192.0.2.10 GET /owa/healthcheck.htm - "
        "443 - ::1 AMProbe - 200 0 0 1\r\n"
        for m in range(0, minutes, each)
    )
    return IIS_HEAD.format(start) + "".join(rows)


def iis_days(days: Iterable[int], site: str = "W3SVC1") -> Files:
    return {f"{LOGS}{site}\\u_ex2103{day:02}.log": iis(moment(day)) for day in days}


def hours(first: datetime, count: int, protocol: str = "Owa", each: int = 20) -> Files:
    """Hourly HttpProxy logs."""
    found: Files = {}
    for number in range(count):
        start = first + timedelta(hours=number)
        rows = [
            row("", DateTime=said(start + timedelta(minutes=m)), UrlStem="/owa/",
                UserAgent="AMProbe", ClientIpAddress="::1", AuthenticatedUser="HealthMailbox1")
            for m in range(0, 60, each)
        ]  # fmt: skip
        path = f"{PROXIES}{protocol}\\HttpProxy_{start:%Y%m%d%H}-1.LOG"
        found[path] = proxy(*rows, version="15.02.1544.009")
    return found


def of(files: Files) -> Assessment:
    return assessed(files).assessment


def coverage(assessment: Assessment, artifact: str) -> Coverage:
    return next(r for r in assessment.coverage if r.artifact == artifact)


def gaps(files: Files, artifact: str) -> list[Gap]:
    """The gaps, without what lies before the first record."""
    found = coverage(of(files), artifact)
    return [g for g in found.gaps if g.from_ != found.needed_from and g.to != found.from_]


def told(gap: Gap) -> tuple[str, str, str, str, str]:
    return gap.from_[5:16], gap.to[5:16], gap.why, gap.where, gap.note


def question(assessment: Assessment, text: str) -> NotAnswered:
    return next(q for q in assessment.not_answered if q.question == text)


# ---------------------------------------------------------------- silences of text logs


def test_a_deleted_day_is_named() -> None:
    files = iis_days((1, 2, 4, 5))
    assert list(map(told, gaps(files, "iis"))) == [
        ("03-02T23:30", "03-04T00:00", "missing", "", "no u_ex210303.log")
    ]
    who = question(of(files), "Who came through them?")
    assert "IIS logs of the web site lack 2021-03-02 23:30 to 2021-03-04 00:00 UTC" in who.because
    assert "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210303.log" in who.collect.split("; ")


def test_many_deleted_days_are_named_by_the_first_and_the_last() -> None:
    (gap,) = gaps(iis_days((1, 2, 8, 9)), "iis")
    assert gap.note == "no u_ex210303.log to u_ex210307.log (5 files)"


@pytest.mark.parametrize("content", [b"\0" * 9_000, b"", b"\x8f\x02encrypted\xff" * 90])
def test_a_day_of_which_nothing_can_be_read(content: bytes) -> None:
    files = iis_days((1, 2, 4, 5)) | {LOGS + "W3SVC1\\u_ex210303.log": content}
    assert list(map(told, gaps(files, "iis"))) == [
        ("03-02T23:30", "03-04T00:00", "truncated", "", "nothing can be read of u_ex210303.log")
    ]


def test_a_silence_inside_a_file() -> None:
    path = LOGS + "W3SVC1\\u_ex210303.log"
    quiet = iis(moment(3), 300) + iis(moment(3, 11), 780).partition("time-taken\r\n")[2]
    assert list(map(told, gaps(iis_days((2, 4)) | {path: quiet}, "iis"))) == [
        ("03-03T04:30", "03-03T11:00", "missing", "", "")
    ]


def test_a_silence_that_ends_with_the_next_file_names_no_other() -> None:
    files = iis_days((1, 2, 4)) | {LOGS + "W3SVC1\\u_ex210303.log": iis(moment(3), 300)}
    (gap,) = gaps(files, "iis")
    assert told(gap) == ("03-03T04:30", "03-04T00:00", "missing", "", "")


@pytest.mark.parametrize(
    ("tail", "how"), [("2021-03-03 10:", "ends inside a line"), ("\0" * 4_000, "ends in zeros")]
)
def test_a_torn_log_that_others_follow(tail: str, how: str) -> None:
    files = iis_days((1, 2, 4)) | {LOGS + "W3SVC1\\u_ex210303.log": iis(moment(3), 600) + tail}
    assert list(map(told, gaps(files, "iis"))) == [
        ("03-03T09:30", "03-04T00:00", "truncated", "", f"u_ex210303.log {how}")
    ]


@pytest.mark.parametrize("tail", ["2021-03-03 10:", "\0" * 4_000])
def test_the_open_last_log_is_not_torn(tail: str) -> None:
    files = iis_days((1, 2)) | {LOGS + "W3SVC1\\u_ex210303.log": iis(moment(3), 600) + tail}
    assert gaps(files, "iis") == []


def test_a_lost_end_of_an_hour_counts_though_no_silence_is_long() -> None:
    files = hours(moment(3), 5)
    path = f"{PROXIES}Owa\\HttpProxy_2021030302-1.LOG"
    files[path] = str(files[path])[:-10]
    (gap,) = gaps(files, "httpproxy")
    assert told(gap)[2:] == ("truncated", "", "HttpProxy_2021030302-1.LOG ends inside a line")
    assert gap.to == said(moment(3, 3))


def test_a_file_of_one_line() -> None:
    files: Files = {LOGS + "W3SVC1\\u_ex210303.log": iis(moment(3), 1)}
    found = coverage(of(files), "iis")
    assert (found.from_, found.to, found.records) == (said(moment(3)), said(moment(3)), 1)
    assert [g.to for g in found.gaps] == [found.from_]


# ---------------------------------------------------------------- names and parts


def test_two_files_a_day_are_one_log() -> None:
    files = iis_days((1, 3))
    files[LOGS + "W3SVC1\\u_ex210302.log"] = iis(moment(2), 700)
    files[LOGS + "W3SVC1\\u_ex210302_x1.log"] = iis(moment(2, 12), 700)
    assert gaps(files, "iis") == []


def test_the_second_file_of_a_day_without_the_first() -> None:
    files = iis_days((1, 3))
    files[LOGS + "W3SVC1\\u_ex210302_x1.log"] = iis(moment(2, 12), 720)
    assert {told(g) for g in gaps(files, "iis")} == {
        ("03-01T23:30", "03-02T12:00", "missing", "", ""),
        ("03-02T00:00", "03-02T12:00", "missing", "W3SVC1",
         "u_ex210302_x1.log is there, the part before it is not"),
    }  # fmt: skip


def test_a_part_of_an_hour_that_is_not_there() -> None:
    files = hours(moment(3), 4)
    path = f"{PROXIES}Owa\\HttpProxy_2021030302-{{}}.LOG"
    text = str(files.pop(path.format(1)))
    files[path.format(3)] = text.replace("T02:00:00.000Z", "T02:55:00.000Z")
    files[path.format(1)] = hours(moment(3, 2), 1, each=60)[path.format(1)]
    (gap,) = gaps(files, "httpproxy")
    assert gap.note == "HttpProxy_2021030302-3.LOG is there, the part before it is not"
    assert (gap.from_, gap.to) == (said(moment(3, 2)), said(moment(3, 2, 20)))


def test_the_oldest_hour_may_have_expired_in_part() -> None:
    files = hours(moment(3), 4)
    path = f"{PROXIES}Owa\\HttpProxy_2021030300-{{}}.LOG"
    files[path.format(2)] = files.pop(path.format(1))
    assert gaps(files, "httpproxy") == []


def without(files: Files, *stamps: str) -> Files:
    return {
        p: d for p, d in files.items() if not any(f"\\Ecp\\HttpProxy_{s}-" in p for s in stamps)
    }


def test_hours_of_one_protocol_that_were_deleted() -> None:
    files = hours(moment(1), 96) | hours(moment(1), 96, "Ecp")
    files = without(files, "2021030306", "2021030307", "2021030308")
    assert list(map(told, gaps(files, "httpproxy"))) == [
        ("03-03T05:40", "03-03T09:00", "missing", "Ecp",
         "no HttpProxy_2021030306-1.LOG, HttpProxy_2021030307-1.LOG, HttpProxy_2021030308-1.LOG")
    ]  # fmt: skip
    exposed = question(of(files), "Was it exposed?")
    assert f"{PROXIES}Ecp\\HttpProxy_2021030306-1.LOG, " in exposed.collect


def test_a_protocol_that_sleeps_at_night_lacks_nothing() -> None:
    awake: Files = {}
    for day in range(1, 6):
        awake |= hours(moment(day, 6), 16, "Ecp")
    assert gaps(hours(moment(1), 120) | awake, "httpproxy") == []


def test_a_protocol_with_few_requests_lacks_nothing() -> None:
    seldom = hours(moment(1), 120, "Oab", each=60)
    del seldom[f"{PROXIES}Oab\\HttpProxy_2021030306-1.LOG"]
    assert gaps(hours(moment(1), 120) | seldom, "httpproxy") == []


def test_a_protocol_whose_older_logs_are_gone() -> None:
    (gap,) = gaps(hours(moment(1), 144) | hours(moment(4), 72, "Ecp"), "httpproxy")
    assert told(gap) == (
        "03-01T00:00", "03-04T00:00", "missing", "Ecp", "the folders beside it hold it"
    )  # fmt: skip


def test_one_site_whose_older_logs_are_gone() -> None:
    files = iis_days((4, 5)) | iis_days((1, 2, 3, 4, 5), "W3SVC2")
    found = coverage(of(files), "iis")
    assert [told(g)[:3] for g in found.gaps] == [
        ("01-03T00:00", "03-01T00:00", "missing"),
        ("03-01T00:00", "03-04T00:00", "missing"),
    ]
    assert found.gaps[1].note == "the logs of the other site go back to then"
    assert coverage(of(files), "iis-backend").gaps == found.gaps[:1]


# ---------------------------------------------------------------- before and after


def test_what_has_expired_and_what_should_be_there_still() -> None:
    whole = iis_days(range(1, 31))
    old = coverage(of(whole | hours(moment(1), 700)), "httpproxy")
    assert [(g.from_, g.to, g.why) for g in old.gaps] == [(NEEDED, said(moment(1)), "rotated")]
    young = coverage(of(whole | hours(moment(28), 71)), "httpproxy")
    kept_from = "2021-02-28T23:30:00.000Z"
    assert [(g.from_, g.to, g.why) for g in young.gaps] == [
        (NEEDED, kept_from, "rotated"),
        (kept_from, said(moment(28)), "missing"),
    ]
    assert young.note == "begins after 2021-01-03, when the first hole in question was in use"


def test_a_log_that_ends_before_the_others() -> None:
    files = iis_days((1, 2, 3, 4)) | hours(moment(1), 30)
    (gap,) = gaps(files, "httpproxy")
    assert told(gap) == (
        "03-02T05:40", "03-04T23:30", "missing", "", "ends before the other logs do"
    )  # fmt: skip
    assert gaps(iis_days((1, 2)) | hours(moment(1), 47), "httpproxy") == []


def ecp_days(days: Iterable[int]) -> Files:
    head = (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n"
        "#Log-type: ECP Server Log\r\n#Fields: TimeStamp,ServerName,EventId,EventData\r\n"
    )
    return {
        f"{V15}Logging\\ECP\\Server\\ECPServer{moment(day):%Y%m%d}-1.LOG": head
        + "".join(
            f"{said(moment(day, h))},MAIL01,ECP.Request,S:TIME=1;S:CMD=Get-Mailbox;S:URL=/ecp/\r\n"
            for h in range(8, 18)
        )
        for day in days
    }


def test_weekends_are_no_gaps_and_that_is_said() -> None:
    workdays = [d for d in range(1, 27) if moment(d).weekday() < 5]
    found = coverage(of(ecp_days(workdays)), "ecp")
    assert [g.why for g in found.gaps] == ["rotated"]
    assert "silent for up to 63 hours: a file that was deleted need not show" in found.note


def test_a_silence_that_stands_out_is_a_gap() -> None:
    days = [*range(1, 20), *range(26, 31)]
    assert list(map(told, gaps(ecp_days(days), "ecp"))) == [
        ("03-19T17:00", "03-26T08:00", "missing", "",
         "no ECPServer20210320-1.LOG to ECPServer20210325-1.LOG (6 files)")
    ]  # fmt: skip


# ---------------------------------------------------------------- event logs


def records(
    first: int, count: int, start: datetime, channel: str = "Security", *, cleared: int = 0
) -> bytes:
    """An event log: a record an hour. `cleared` is the id of the event that it begins with."""
    made = Chunk()
    for number in range(first, first + count):
        when = start + timedelta(hours=number - first)
        which = cleared if cleared and number == first else 4624
        data = (
            [("SubjectUserName", {}, "anna"), ("Channel", {}, channel)] if which == cleared else []
        )
        node = event(channel, str(which), [], said(when), number)
        if which == cleared:
            system = [("Provider", {"Name": "Microsoft-Windows-Eventlog"}, ""), *node[2][0][2][1:]]
            node = ("Event", {}, [("System", {}, system), ("UserData", {}, [("Log", {}, data)])])
        ticks = NOON + int((when - moment(3, 12)).total_seconds()) * 10**7
        made.add(node, ticks, number)
    return log(made.bytes(), next_record=first + count)


WEB = iis_days(range(1, 8))
BY = "cleared by anna (event {} of the {} log)"


def channel_gaps(files: Files, *channels: str) -> list[tuple[str, str, str, str, str]]:
    found = coverage(of(WEB | files), "windows-events")
    return [told(g) for g in found.gaps if not channels or g.where in channels]


def test_a_cleared_and_refilled_log_is_a_gap_of_its_own_channel() -> None:
    files: Files = {
        WINEVT + "Security.evtx": records(5_000, 20, moment(5, 6), cleared=1102),
        WINEVT + "Application.evtx": records(1, 20, moment(2), "Application"),
    }
    assert channel_gaps(files) == [
        ("01-03T00:00", "03-05T06:00", "cleared", "Security", BY.format(1102, "Security"))
    ]
    followed = question(of(WEB | files), "What followed?")
    assert "in Security (cleared: cleared by anna" in followed.because
    assert followed.collect.startswith(WINEVT + "Security.evtx from a backup")


def test_what_an_archived_log_still_holds_is_not_gone() -> None:
    files: Files = {
        WINEVT + "Security.evtx": records(5_000, 20, moment(5, 6), cleared=1102),
        WINEVT + "Archive-Security-2021-03-03-00-00-00.evtx": records(900, 30, moment(2)),
    }
    assert channel_gaps(files, "Security") == [
        ("01-03T00:00", "03-02T00:00", "rotated", "Security",
         "older records were overwritten: it begins at record 900"),
        ("03-03T05:00", "03-05T06:00", "cleared", "Security", BY.format(1102, "Security")),
    ]  # fmt: skip


def test_another_log_that_was_cleared_is_named_by_the_system_log() -> None:
    system = records(70, 3, moment(5, 6), "System", cleared=104)
    assert channel_gaps({WINEVT + "System.evtx": system}, "System") == [
        ("01-03T00:00", "03-05T06:00", "cleared", "System", BY.format(104, "System"))
    ]


def exported(number: int | None, when: datetime, channel: str, **more: object) -> dict[str, object]:
    told = {} if number is None else {"EventRecordID": number}
    return {
        "EventID": 4624, "Channel": channel, "SourceName": "x", "Hostname": "MAIL01",
        "TimeCreated": said(when), **told, **more,
    }  # fmt: skip


CLEARING = {"SourceName": "Microsoft-Windows-Eventlog", "SubjectUserName": "anna"}


def test_a_message_tells_which_log_was_cleared() -> None:
    by = exported(
        9, moment(5, 6), "System", EventID=104, Message="The Application log file was cleared.",
        **CLEARING,
    )  # fmt: skip
    files: Files = {
        "C:\\x\\events.json": lines(
            exported(8, moment(5), "System"), by, exported(10, moment(5, 7), "System"),
            exported(40, moment(5, 8), "Application"),
        )
    }  # fmt: skip
    assert channel_gaps(files, "Application") == [
        ("01-03T00:00", "03-05T06:00", "cleared", "Application", BY.format(104, "System"))
    ]


def test_what_was_shipped_while_it_was_written_is_not_gone() -> None:
    rows = [exported(n, moment(4, n), "Security") for n in range(1, 40)]
    rows[20] |= {"EventID": 1102, **CLEARING}
    assert channel_gaps({"C:\\x\\shipped.json": lines(*rows)}) == []


def test_a_log_that_was_cleared_twice() -> None:
    rows = [
        exported(50, moment(4), "System", EventID=104, Data_Channel="Application", **CLEARING),
        exported(51, moment(6), "System", EventID=104, Data_Channel="Application", **CLEARING),
    ]
    assert channel_gaps({"C:\\x\\events.json": lines(*rows)}, "Application") == [
        ("01-03T00:00", "03-04T00:00", "cleared", "Application", BY.format(104, "System")),
        ("03-04T00:00", "03-06T00:00", "cleared", "Application", BY.format(104, "System")),
    ]


def test_record_numbers_that_are_not_there() -> None:
    one, two = records(1, 30, moment(1)), records(35, 10, moment(3))
    (gap,) = coverage(of(WEB | {WINEVT + "Security.evtx": one + two[4096:]}), "windows-events").gaps
    assert told(gap) == (
        "03-02T05:00", "03-03T00:00", "missing", "Security", "records 31 to 34 are not there"
    )  # fmt: skip
    assert gap.records == 4


def test_record_numbers_missing_between_two_files() -> None:
    files: Files = {
        WINEVT + "Archive-Security-1.evtx": records(1, 30, moment(1)),
        WINEVT + "Security.evtx": records(32, 10, moment(3)),
    }
    assert channel_gaps(files) == [
        ("03-02T05:00", "03-03T00:00", "missing", "Security", "record 31 is not there")
    ]


def test_a_log_that_was_made_anew_counts_anew() -> None:
    files: Files = {
        WINEVT + "Archive-Security-1.evtx": records(4_000, 30, moment(1)),
        WINEVT + "Security.evtx": records(1, 10, moment(4)),
    }
    assert [g[2] for g in channel_gaps(files)] == ["rotated"]


def test_exports_of_chosen_events_tell_no_hole() -> None:
    rows = [exported(n, moment(1, n), "Security") for n in range(1, 150, 3)]
    assert channel_gaps({"C:\\x\\events.json": lines(*rows)}) == [
        ("01-03T00:00", "03-01T01:00", "missing", "Security", "")
    ]


def test_two_channels_in_one_export() -> None:
    rows = [exported(n, moment(2, 0, n), "Security") for n in range(1, 300) if n != 200]
    rows += [exported(n, moment(3, 0, n), "Application") for n in range(7, 20)]
    found = coverage(of(WEB | {"C:\\x\\events.json": lines(*rows)}), "windows-events")
    assert [(p.name, p.from_, p.files, p.records) for p in found.parts] == [
        ("Application", said(moment(3, 0, 7)), 1, 13),
        ("Security", said(moment(2, 0, 1)), 1, 298),
    ]
    assert [g.note for g in found.gaps] == ["record 200 is not there"]


def test_a_log_that_begins_at_its_first_record_lacks_nothing() -> None:
    assert channel_gaps({WINEVT + "Security.evtx": records(1, 30, moment(1))}) == []


def test_a_torn_event_log() -> None:
    whole = records(1, 30, moment(1))
    assert channel_gaps({WINEVT + "Security.evtx": whole[:-40_000]}) == [
        ("03-02T05:00", "03-07T23:30", "truncated", "Security", "Security.evtx ends inside a chunk")
    ]


def test_needed_channels_that_the_event_logs_lack() -> None:
    found = of(WEB | {WINEVT + "Application.evtx": records(1, 30, moment(1), "Application")})
    used = question(found, "Who came through them?")
    assert (
        "the event logs hold no Security and no Microsoft-Windows-Sysmon/Operational; it would "
        "tell commands that the web server started" in used.because
    )
    assert WINEVT + "Security.evtx" in used.collect
    exploited = question(found, "Was it exploited?")
    assert "the event logs hold no MSExchange Management" in exploited.because


# ---------------------------------------------------------------- questions


def test_files_that_could_not_be_read_are_named() -> None:
    damaged = bytearray(records(1, 3, moment(1)))
    damaged[4096 + 512 :] = b"\xff" * len(damaged[4096 + 512 :])
    names = [f"Security-{n}.evtx" for n in range(5)]
    files: Files = {WINEVT + name: bytes(damaged) for name in names}
    found = coverage(of(WEB | files | {WINEVT + "Security.evtx": records(1, 3, moment(1))}),
                     "windows-events")  # fmt: skip
    assert found.note == (
        "begins after 2021-01-03, when the first hole in question was in use; 5 files could not be "
        "read in full: Security-0.evtx to Security-4.evtx (5 files)"
    )


def test_what_to_collect_is_said_once_and_by_its_path() -> None:
    found = of(hours(moment(3), 3))
    for answer in found.not_answered:
        paths = answer.collect.split("; ")
        assert len(paths) == len(set(paths))
        assert "<Exchange>" not in answer.collect
        reasons = answer.because.split("; ")
        assert len(reasons) == len(set(reasons))
    backdoors = question(found, "Which backdoors are there?")
    assert f"{V15}FrontEnd\\HttpProxy" in backdoors.collect
    assert "web files are not in the evidence; they tell the pages themselves" in backdoors.because


def test_logs_that_only_help_are_missed_where_they_have_expired() -> None:
    audit = (
        "#Software: Microsoft Exchange\r\n#Fields: Timestamp,Server,TenantId,RecordType,Data,"
        "UserKey,RecordId,Operation,Workload,ResultStatus,Version,Scope\r\n"
        f"{said(moment(3))},MAIL01,0,ExchangeAdmin,{{}},a,b,Get-Mailbox,Exchange,True,1,Online\r\n"
    )
    files = WEB | {V15 + "Logging\\CosmosQueue\\audit\\audit20210303-1.LOG": audit}
    followed = question(of(files), "What followed?")
    late = "administrator audit logs (CosmosQueue) begin 2021-03-03, needed from 2021-01-03"
    assert late in followed.because
    assert f"backups of {V15}Logging\\CosmosQueue\\audit" in followed.collect
    assert "EWS" not in followed.because


def test_no_more_than_some_gaps_are_told_one_by_one() -> None:
    found = of(iis_days(range(1, 20, 2)))
    used = question(found, "Who came through them?")
    assert used.because.count("IIS logs of the web site lack") == 3
    assert "IIS logs of the web site have 6 more gaps" in used.because
    assert len(coverage(found, "iis").gaps) == 10


def test_a_time_that_was_asked_for_bounds_the_channels_too() -> None:
    spans = (
        ChannelSpan("Security", "MAIL01", said(moment(1)), said(moment(9)), 9),
        ChannelSpan("System", "MAIL01", said(moment(1)), said(moment(2)), 2),
    )
    evidence = Evidence("case", "", WINEVT + "x.evtx", Locator("case", "x.evtx"), 1)
    report = FileReport(
        evidence, "windows-events", said(moment(1)), said(moment(9)), channels=spans
    )
    (cut,) = within([report], said(moment(3)), said(moment(4)))
    assert [(c.channel, c.first, c.last) for c in cut.channels] == [
        ("Security", said(moment(3)), said(moment(4)))
    ]


def test_gaps_travel_to_the_assessment() -> None:
    found = msgspec.to_builtins(of(iis_days((1, 2, 4))))
    iis_row = next(r for r in found["coverage"] if r["artifact"] == "iis")
    assert iis_row["gaps"][-1] == {
        "from": said(moment(2, 23, 30)), "to": said(moment(4)), "why": "missing", "where": "",
        "note": "no u_ex210303.log", "records": None,
    }  # fmt: skip


@pytest.mark.parametrize("years", [("0001-01-01", "9999-12-31"), ("0001-01-01", "0001-01-02")])
def test_times_at_the_ends_of_the_calendar(years: tuple[str, str]) -> None:
    files: Files = {}
    for number, year in enumerate(years, 1):
        rows = f"{year} 00:00:00 ::1 GET /owa/ - 443 - ::1 a - 200 0 0 1\r\n{year} 23:59:59 ::1 GET"
        files[f"{LOGS}W3SVC1\\u_ex21030{number}.log"] = IIS_HEAD.format(moment(number)) + rows
        files[f"{LOGS}W3SVC2\\u_ex21030{number}.log"] = IIS_HEAD.format(moment(number)) + rows
    row = coverage(of(files), "iis")
    assert (row.from_, row.to) == (None, None)
    assert row.note == "holds no record with a time"


def test_a_page_that_lies_about_its_time_dates_nothing() -> None:
    page = dump().replace("3/3/2021 6:21:33 AM", "2021-99-99T99:99:99Z")
    found = of(iis_days((1, 2)) | {f"{V15}FrontEnd\\HttpProxy\\owa\\auth\\x.aspx": page})
    assert [d.planted for d in found.backdoors] in ([None], ["2021-99-99T99:99:99Z"])
    assert found.dwell is None
