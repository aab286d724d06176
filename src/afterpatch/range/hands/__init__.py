"""Servers that many hands came to, with the truth of who made each request.

- `cast.py`     who comes, from where, by which tools, and what ties the clients of one hand
- `roles.py`    what each role does and when; a new role is a function there
- `others.py`   scanners and those who clean up
- `poison.py`   an intruder who writes other people's names into requests
- `play.py`     the deeds, and the rows that each leaves in every log
- `front.py`    what stands between the internet and the server
- `left.py`     what the evidence left can still tell, which is the truth to be measured by
"""

from __future__ import annotations

from datetime import date
from random import Random

from afterpatch.range.draw import below
from afterpatch.range.hands import others, poison
from afterpatch.range.hands.cast import Cast, draw_cast
from afterpatch.range.hands.left import Row, expected
from afterpatch.range.hands.play import FEWEST_DAYS, SESSION, Play
from afterpatch.range.hands.roles import Story, plan_roles
from afterpatch.range.incident import Plan, administration
from afterpatch.range.keeping import draw_keeping
from afterpatch.range.scenario import Scenario
from afterpatch.range.server import Server
from afterpatch.range.stage import DAY, HOUR, MINUTE, Stage

__all__ = ["FEWEST_DAYS", "Cast", "Play", "Row", "expected", "plan"]

_PATCHED_FROM, _PATCHED_TO = 2, 20  # of March 2021
_REMOVED, _DELETED = 0.35, 0.3  # of the servers


def plan(
    scenario: Scenario, mail: Server, seed: int, first: date, days: int
) -> tuple[Plan, Play, Server]:
    """Place the story of many hands in a window of so many days.

    The same seed tells the same story in every variant; what is kept of it differs, and where logs
    were cleared somebody cleared them.
    """
    poisoned = scenario.cast == "poison"
    rng = Random(f"{seed}/{scenario.cast}/cast")
    cast, mail = draw_cast(rng, mail, poisoned=poisoned)
    keeping = Random(f"{seed}/{scenario.name}/keeping")
    kept, erased = draw_keeping(keeping, first, days, scenario.wound)
    stage = Stage(
        rng=rng, mail=mail, build=lambda _at: scenario.build, days=days, clock=0, address=""
    )
    stage.erased = erased
    play = Play(stage, cast, first, range(0))
    march = date(2021, 3, _PATCHED_FROM + below(rng, _PATCHED_TO - _PATCHED_FROM + 1))
    # What is planted by the chain is planted before; a session needs its time in a short window.
    begun = max(
        play.moment(march, 19.2),
        play.moment(date(2021, 3, _PATCHED_FROM), 0) + SESSION + 5 * MINUTE,
    )
    outage = play.outage = range(begun, begun + 40 * MINUTE)
    stage.build = lambda at: scenario.patched_build if at >= outage.stop else scenario.build
    story = Story(play, date(2021, 3, 3 + below(rng, 12)))
    plan_roles(story)
    if poisoned:
        poison.plan(story)
    if scenario.wound == "rotated":
        others.clear_logs(story, kept)
    others.scanners(story)
    if rng.random() < _REMOVED:
        others.remover(story)
    if rng.random() < _DELETED:
        others.administrator(story)
    story.held()
    happenings = stage.done + [
        happening
        for day in range(1, days, 7)
        for happening in administration(rng, mail, stage.build(day * DAY + 9 * HOUR), day * DAY)
        if happening.at not in outage
    ]
    happenings.sort(key=lambda happening: happening.at)
    planned = Plan(
        happenings=happenings,
        stage=stage,
        outage=outage,
        fast_from=kept.fast_from,
        events_from=0,
        keeping=kept,
    )
    return planned, play, mail
