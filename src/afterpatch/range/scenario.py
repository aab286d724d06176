"""The stories the range can tell, as data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from afterpatch.model import Grade

DEFAULT_SIZE = 600_000_000
Wound = Literal["", "expired", "skew", "rotated"]


class Scenario(Struct, frozen=True):
    """One story.

    `build` is what the server runs on the first day; `patched_build`, when given, what it runs
    from the evening of the day at `patch_at` (a share of the window, as is `plant_at`).
    `fast_log_days` is how many last days the logs that Exchange itself trims still cover; 0 keeps
    them all. `extended_protection` is the configuration half of several fixes. `grade` is the
    highest rung the written evidence supports. `stories` are told one after the other from the
    morning of the day at `plant_at`, after the ProxyLogon intrusion when `intruded`. `log_sizes`:
    IIS was told to log the bytes of each request. `size` in bytes, where none is asked for.

    `cast`: many hands come instead (see `hands/`), to a small server where little else happens;
    `wound` is what is wrong with the logs that were collected of it.
    """

    name: str
    summary: str
    grade: Grade
    build: str
    cumulative_update: str
    first_day: date
    last_day: date
    probed: bool = False
    intruded: bool = False
    patched_build: str = ""
    plant_at: float = 0.0
    patch_at: float = 0.0
    fast_log_days: int = 0
    extended_protection: bool = False
    stories: tuple[str, ...] = ()
    log_sizes: bool = False
    size: int = DEFAULT_SIZE
    cast: Literal["", "hands", "poison"] = ""
    wound: Wound = ""


def _told(
    name: str,
    summary: str,
    grade: Grade,
    build: str,
    first_day: date,
    *stories: str,
    log_sizes: bool = False,
    extended_protection: bool = False,
) -> Scenario:
    """A scenario of eight days whose stories begin on the fourth."""
    return Scenario(
        name=name,
        summary=summary,
        grade=grade,
        build=build,
        cumulative_update=_UPDATES[build],
        first_day=first_day,
        last_day=first_day + timedelta(days=7),
        plant_at=0.4,
        stories=stories,
        log_sizes=log_sizes,
        extended_protection=extended_protection,
    )


def _many(name: str, summary: str, cast: Literal["hands", "poison"], wound: Wound = "") -> Scenario:
    """A scenario of many hands from January to April 2021."""
    return Scenario(
        name=name,
        summary=summary,
        grade="used",
        build=_CU18,
        cumulative_update="CU18",
        patched_build="15.1.2106.13",
        first_day=date(2021, 1, 4),
        last_day=date(2021, 4, 15),
        size=10_000_000,
        cast=cast,
        wound=wound,
    )


# Exchange 2016 builds that stand open to what their stories need.
_CU14 = "15.1.1847.3"  # 2019-09: CVE-2020-0688
_CU18 = "15.1.2106.2"  # 2020-09: ProxyLogon
_CU20 = "15.1.2242.4"  # 2021-03: ProxyShell, ProxyToken
_CU22 = "15.1.2375.12"  # with the update of 2021-10: CVE-2021-42321
_CU23 = "15.1.2507.12"  # with the update of 2022-08: ProxyNotShell, OWASSRF
_UNBOUND = "15.1.2507.9"  # 2022-05: Extended Protection can't be set up, so relay
_LATE = "15.1.2507.37"  # with the update of 2024-03
_ESU = "15.1.2507.66"  # with the update of 2026-02: CVE-2026-42897
_NEWEST = "15.1.2507.77"  # with the update of 2026-10: nothing published is open
_UPDATES = {
    _CU14: "CU14", _CU18: "CU18", _CU20: "CU20", _CU22: "CU22", _CU23: "CU23", _UNBOUND: "CU23",
    _LATE: "CU23", _ESU: "CU23", _NEWEST: "CU23",
}  # fmt: skip
_AUGUST = date(2021, 8, 16)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="untouched",
        summary="a current server with ordinary traffic and ordinary internet scanners, no attack",
        grade="no evidence",
        # Exchange 2016 CU23 with the security update of 2026-10-13, the newest in the build table:
        # nothing published is open in this window.
        build="15.1.2507.77",
        cumulative_update="CU23",
        first_day=date(2026, 10, 19),
        last_day=date(2026, 11, 8),
        extended_protection=True,
    ),
    Scenario(
        name="probed",
        summary="fixed before the first day; scanners probe for ProxyLogon and others' web shells",
        grade="attempted",
        build="15.1.2176.9",  # Exchange 2016 CU19 with KB5000871 of 2021-03-02
        cumulative_update="CU19",
        first_day=date(2021, 3, 4),
        last_day=date(2021, 3, 20),
        probed=True,
    ),
    Scenario(
        name="proxylogon",
        summary="ProxyLogon before the patch: web shell planted, used, and visited by a second",
        grade="used",
        build="15.1.2106.2",  # Exchange 2016 CU18
        cumulative_update="CU18",
        patched_build="15.1.2106.13",  # CU18 with KB5000871
        first_day=date(2021, 2, 15),
        last_day=date(2021, 3, 20),
        probed=True,
        intruded=True,
        plant_at=0.48,  # 2021-03-03 in the default window
        patch_at=0.66,  # 2021-03-09
    ),
    Scenario(
        name="proxylogon-expired",
        # What is left proves use without the fast logs: answered POSTs to a page that is no stock
        # page (IIS), the Reset by the machine account (W3SVC2), the compiled trace, the file.
        summary="the same, collected weeks later: HttpProxy, ECP, EWS, cmdlet, event logs expired",
        grade="used",
        build="15.1.2106.2",
        cumulative_update="CU18",
        patched_build="15.1.2106.13",
        first_day=date(2021, 2, 15),
        last_day=date(2021, 4, 30),
        probed=True,
        intruded=True,
        plant_at=0.22,  # 2021-03-03
        patch_at=0.30,  # 2021-03-09
        fast_log_days=30,
    ),
    # ------------------------------------------------------------------ chains
    _told(
        "proxyshell",
        "ProxyShell: a mailbox is exported into a page of the web site, and the page is used",
        "used",
        _CU20,
        _AUGUST,
        "proxyshell",
    ),
    _told(
        "proxyshell-failed-export",
        "ProxyShell as far as the remote shell; the export fails and plants nothing",
        "attempted",
        _CU20,
        _AUGUST,
        "failed export",
    ),
    _told(
        "proxyshell-certificate",
        "ProxyShell: a certificate request is written into a page of OWA, and the page is used",
        "used",
        _CU20,
        _AUGUST,
        "certificate",
    ),
    _told(
        "proxynotshell",
        "ProxyNotShell by a mailbox owner's account; commands, then a page that is used",
        "used",
        _CU23,
        date(2022, 9, 5),
        "proxynotshell",
    ),
    _told(
        "proxynotshell-encoded",
        "the same, letters of the query sent as their codes",
        "used",
        _CU23,
        date(2022, 10, 3),
        "encoded",
    ),
    _told(
        "owassrf",
        "OWASSRF: the remote shell through OWA, commands, and a remote-control program",
        "impacted",
        _CU23,
        date(2022, 12, 5),
        "owassrf",
        "remote tool",
    ),
    _told(
        "proxytoken",
        "ProxyToken: a rule forwards somebody's mail to the outside",
        "backdoored",
        _CU20,
        date(2021, 9, 6),
        "proxytoken",
    ),
    _told(
        "cve-2020-0688",
        "a signed-in user's view state runs commands in the control panel's worker",
        "used",
        _CU14,
        date(2020, 3, 2),
        "view state",
    ),
    _told(
        "cve-2021-42321",
        "a signed-in user's app manifest runs commands in the worker of EWS",
        "used",
        _CU22,
        date(2021, 10, 25),
        "get-app",
    ),
    _told(
        "machine-keys",
        "keys read from the configuration sign a view state that runs commands; no file",
        "used",
        _LATE,
        date(2024, 6, 3),
        "machine keys",
    ),
    _told(
        "password-spraying",
        "one password for seventy accounts, and a sign-in at last; beside it an old telephone",
        "attempted",
        _NEWEST,
        date(2026, 10, 26),
        "spraying",
        extended_protection=True,
    ),
    _told(
        "cve-2021-28480",
        "posts below the published calendars, which fit the hole and prove nothing",
        "exposed",
        _CU20,
        date(2021, 4, 19),
        "calendar",
    ),
    _told(
        "relay",
        "another server's computer account signs in from a strange address, by a script",
        "exposed",
        _UNBOUND,
        date(2024, 2, 19),
        "relay",
    ),
    _told(
        "cve-2026-42897",
        "a mail's script changes the mailboxes of its readers within seconds, in their sessions",
        "exposed",
        _ESU,
        date(2026, 5, 18),
        "mail script",
    ),
    _told(
        "mail-theft",
        "ProxyLogon in January 2021: mailboxes are read over EWS, nothing is planted",
        "impacted",
        _CU18,
        date(2021, 1, 11),
        "mail theft",
    ),
    # ------------------------------------------------------------------ doors
    _told(
        "hidden-directory",
        "a virtual directory of OWA leads to a page below ProgramData",
        "used",
        _CU20,
        date(2021, 10, 4),
        "hidden directory",
    ),
    _told(
        "iis-module",
        "ProxyShell, then a native module in every site",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "iis module",
    ),
    _told(
        "transport-agent",
        "an agent of the transport service sees every mail",
        "backdoored",
        _NEWEST,
        date(2026, 10, 26),
        "transport agent",
        extended_protection=True,
    ),
    _told(
        "accounts",
        "ProxyShell, then a new local administrator",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "accounts",
    ),
    # ------------------------------------------------------------------ what followed
    _told(
        "credential-dump",
        "ProxyShell, then credentials dumped from memory, packed and downloaded",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "credential dump",
        log_sizes=True,
    ),
    _told(
        "mailbox-export",
        "ProxyShell, then five mailboxes exported, packed and downloaded",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "mailbox export",
        log_sizes=True,
    ),
    _told(
        "lateral-movement",
        "ProxyShell, then PsExec and WMI to other servers",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "lateral movement",
    ),
    _told(
        "miner",
        "ProxyShell, then a task that fetches a script, and a miner",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "miner",
    ),
    _told(
        "log-tampering",
        "ProxyShell, then event logs cleared and older web logs deleted",
        "impacted",
        _CU20,
        _AUGUST,
        "proxyshell",
        "log tampering",
    ),
    Scenario(
        name="ransomware",
        summary="ProxyLogon, then files encrypted as DearCry did",
        grade="impacted",
        build=_CU18,
        cumulative_update="CU18",
        first_day=date(2021, 3, 5),
        last_day=date(2021, 3, 12),
        intruded=True,
        plant_at=0.4,
        patch_at=0.9,
        stories=("ransomware",),
    ),
    # ------------------------------------------------------------------ no intruder
    Scenario(
        name="responder",
        summary="ProxyLogon in March 2021; in April the page is removed through itself",
        grade="used",
        build=_CU18,
        cumulative_update="CU18",
        first_day=date(2021, 4, 6),
        last_day=date(2021, 4, 13),
        intruded=True,
        plant_at=0.2,
        patch_at=0.9,
        stories=("responder",),
    ),
    _told(
        "administration",
        "busy administrators, backups, monitoring and an update; no attack",
        "no evidence",
        _NEWEST,
        date(2026, 10, 26),
        "administration",
        extended_protection=True,
    ),
    _told(
        "scanned",
        "scanners probe a current server for every chain",
        "attempted",
        _NEWEST,
        date(2026, 10, 26),
        "scanned",
        extended_protection=True,
    ),
    # ------------------------------------------------------------------ many hands
    _many(
        "multi-hand",
        "two to seven intruders from January to April 2021, each seed another story",
        "hands",
    ),
    _many(
        "multi-hand-expired",
        "the same, and only web logs and files are left",
        "hands",
        "expired",
    ),
    _many(
        "multi-hand-skew",
        "the same, and the clock of one source is wrong",
        "hands",
        "skew",
    ),
    _many(
        "multi-hand-rotated",
        "the same, and days are missing, event logs cleared, files cut",
        "hands",
        "rotated",
    ),
    _many(
        "poisoned",
        "an intruder writes a thousand false addresses, accounts and paths into the logs",
        "poison",
    ),
)
