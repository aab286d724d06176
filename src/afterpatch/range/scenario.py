"""The stories the range can tell, as data."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from afterpatch.model import Grade


class Scenario(Struct, frozen=True):
    """One story.

    `build` is what the server runs on the first day; `patched_build`, when given, what it runs
    from the evening of the day at `patch_at` (a share of the window, as is `plant_at`).
    `fast_log_days` is how many last days the logs that Exchange itself trims still cover; 0 keeps
    them all. `extended_protection` is the configuration half of several fixes. `grade` is the
    highest rung the written evidence supports.
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
)
