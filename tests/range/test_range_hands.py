"""Servers that many hands came to: the truth of who did what holds, row by row."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from synthetic import WORKING, digest, files, in_order, rows, stated_rows, truth

from afterpatch.errors import UsageError
from afterpatch.range import SCENARIOS, Scenario, build, hands, logs, server
from afterpatch.range.hands import Play, Row
from afterpatch.range.hands.cast import Hand
from afterpatch.range.hands.left import hands_left
from afterpatch.range.hands.play import FEWEST_DAYS, STORY_FIRST, STORY_LAST, Session
from afterpatch.range.hands.roles import ROLES
from afterpatch.range.incident import Plan
from afterpatch.range.keeping import stamp

STORY_DAYS = (STORY_LAST - STORY_FIRST).days + 1
MANY = {story.name: story for story in SCENARIOS if story.cast}
# Four days, of seeds that have what the tests look for.
WINDOW = {"size": 1_800_000, "first_day": date(2021, 3, 1), "last_day": date(2021, 3, 4)}
SEEDS = dict.fromkeys(MANY, (2, 14))
BUILT = [(name, seed) for name in MANY for seed in SEEDS[name]]
PLANNED = 60  # stories looked at without being written

Made = Callable[[str, int], Path]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("hands")

    @cache
    def server_of(name: str, seed: int) -> Path:
        return build(name, root / f"{name}-{seed}", seed=seed, **WINDOW)

    return server_of


# ---------------------------------------------------------------- stories, unwritten


@cache
def told(name: str, seed: int, days: int = STORY_DAYS) -> tuple[Plan, Play]:
    scenario: Scenario = MANY[name]
    plan, play, _ = hands.plan(scenario, server.furnish(seed), seed, STORY_FIRST, days)
    return plan, play


def everything_left(plan: Plan) -> list[Row]:
    """Every row of the story, as if no log had lost any."""
    return [
        Row(
            at=happening.at,
            client=happening.hand,
            log=log,
            kind=happening.kind,
            text=text,
            page=happening.page,
            request=str(number),
            told={"time": stamp(STORY_FIRST, happening.at), "actor": happening.actor},
        )
        for number, happening in enumerate(plan.happenings)
        for log, text in happening.rows
    ]


@pytest.mark.parametrize(
    ("name", "days", "seeds"),
    [
        ("multi-hand", STORY_DAYS, PLANNED),
        ("multi-hand", FEWEST_DAYS, PLANNED),
        ("multi-hand-rotated", STORY_DAYS, 10),
        ("poisoned", STORY_DAYS, 10),
    ],
)
def test_a_change_of_client_leaves_a_tell(name: str, days: int, seeds: int) -> None:
    for seed in range(seeds):
        plan, play = told(name, seed, days)
        left = hands_left(play, everything_left(plan))
        intruders = [hand for hand in left["hands"] if hand["class"] == "intruder"]
        for hand in intruders:
            assert hand["id"] == hand["who"]
            assert hand["evident"]
            assert all(tell["left"] for tell in hand["tells"])
        cast = [hand for hand in play.cast.hands if hand.class_ == "intruder"]
        assert [hand.id for hand in cast] == [hand["id"] for hand in intruders]
        assert all(len(hand.tells) >= len(hand.clients) - 1 for hand in cast)
        assert all(planter["planter_told"] for planter in left["planters"].values())


@pytest.mark.parametrize("days", [FEWEST_DAYS, STORY_DAYS])
def test_everything_happens_in_its_time(days: int) -> None:
    for seed in range(PLANNED):
        plan, play = told("multi-hand", seed, days)
        for happening in plan.happenings:
            assert 0 <= happening.at < days * 86_400_000
            assert happening.at not in plan.outage
            if happening.kind == "attack" and happening.rows[0][0] == "W3SVC1":
                assert happening.at < plan.outage.start  # the update closes the chain
        for door in play.doors:
            asked = [h for h in plan.happenings if h.page == door.page.url]
            assert all(door.planted <= h.at <= door.gone for h in asked)


def test_what_ties_a_hand_ties_no_other() -> None:
    for seed in range(PLANNED):
        plan, play = told("multi-hand", seed)
        owner = {c.id: hand.id for hand in play.cast.hands for c in hand.clients}
        values = {
            (hand.id, tell.value)
            for hand in play.cast.hands
            for tell in hand.tells
            if tell.kind != "subnet"
        }
        for row in everything_left(plan):
            if row.client:
                for hand, value in values:
                    assert value not in row.text or owner[row.client] == hand
        clients: dict[tuple[str, str], set[str]] = {}
        for hand in play.cast.hands:
            if hand.class_ == "intruder":
                for client in hand.clients:
                    key = (play.cast.shown(client.address), client.agent)
                    clients.setdefault(key, set()).add(hand.id)
        # Behind one address the agent is all that is left; elsewhere nobody shares an address.
        assert all(len(who) == 1 for who in clients.values())
        networks = Counter(
            network
            for hand in play.cast.hands
            if hand.class_ == "intruder"
            for network in {c.address.rpartition(".")[0] for c in hand.clients if "." in c.address}
        )
        assert max(networks.values()) == 1


def test_different_hands_have_common_things_in_common() -> None:
    seen = Counter[str]()
    for seed in range(PLANNED):
        plan, play = told("multi-hand", seed)
        decoys = hands_left(play, everything_left(plan))["decoys"]
        seen.update({decoy["kind"] for decoy in decoys})
    assert seen.keys() == {
        "same user agent", "same /16", "same page, same day", "same public tool",
    }  # fmt: skip
    assert seen["same page, same day"] > PLANNED // 4


def test_other_seeds_tell_other_stories() -> None:
    seen = {story_of(told("multi-hand", seed)[1]) for seed in range(PLANNED)}
    assert len(seen) == PLANNED
    counts = {len(roles) for roles, _ in seen}
    assert counts == {2, 3, 4, 5, 6, 7}
    assert {role for roles, _ in seen for role in roles} == set(ROLES)
    fronts = {told("multi-hand", seed)[1].cast.front for seed in range(PLANNED)}
    assert fronts == {"", "nat", "proxy", "forwarded"}


def story_of(play: Play) -> tuple[tuple[str, ...], tuple[int, ...]]:
    roles = tuple(hand.role for hand in play.cast.hands if hand.class_ == "intruder")
    return roles, tuple(door.planted for door in play.doors)


def test_a_variant_tells_the_same_story() -> None:
    for name in ("multi-hand-expired", "multi-hand-skew"):
        assert story_of(told(name, 5)[1]) == story_of(told("multi-hand", 5)[1])


def test_too_short_a_window_is_refused(tmp_path: Path) -> None:
    day = date(2021, 3, 1)
    with pytest.raises(UsageError):
        build("multi-hand", tmp_path / "out", first_day=day, last_day=day + timedelta(days=2))


# ---------------------------------------------------------------- servers, written


@pytest.mark.parametrize("name", MANY)
def test_same_arguments_give_the_same_bytes(made: Made, tmp_path: Path, name: str) -> None:
    first, other = SEEDS[name]
    assert digest(build(name, tmp_path / "again", seed=first, **WINDOW)) == digest(
        made(name, first)
    )
    assert digest(made(name, first)) != digest(made(name, other))


@pytest.mark.parametrize(("name", "seed"), BUILT)
def test_rows_stand_where_and_when_they_are_said_to(made: Made, name: str, seed: int) -> None:
    folder = made(name, seed)
    if name != "multi-hand-rotated":
        assert in_order(folder) > 1000
        assert abs(truth(folder)["size"] - WINDOW["size"]) <= WINDOW["size"] * 0.1
    skew = truth(folder)["skew"] or {"source": None, "seconds": 0}
    if skew["source"] is None:
        stated_rows(folder)
    for event, line in stated(folder):
        source = {"inetpub": "iis", "EventLogs": "windows-events"}.get(event["file"].split("/")[0])
        ahead = timedelta(seconds=skew["seconds"] if source == skew["source"] else 0)
        when = datetime.fromisoformat(event["time"]) + ahead
        stamp = datetime.fromisoformat(logs.time_of(line.encode()))
        assert stamp in (when, when.replace(microsecond=0))
        if "W3SVC1" in event["file"] or "HttpProxy" in event["file"]:
            assert event["actor"] in line


def stated(folder: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Each event of the truth with the line that it is said to be."""
    lines: dict[str, list[str]] = {}
    for event in truth(folder)["events"]:
        name = event["file"]
        if name not in lines:
            lines[name] = (folder / "evidence" / name).read_bytes().decode("utf-8").split("\n")
        yield event, lines[name][event["line"] - 1]


@pytest.mark.parametrize(("name", "seed"), BUILT)
def test_nothing_written_would_run(made: Made, name: str, seed: int) -> None:
    for path in files(made(name, seed)):
        data = path.read_bytes()
        assert not [word for word in WORKING if word in data], path.name
    for path in Path(hands.__file__).parent.glob("*.py"):
        assert b"<scr" + b"ipt" not in path.read_bytes().lower()


@pytest.mark.parametrize(("name", "seed"), BUILT)
def test_every_row_of_a_hand_is_told(made: Made, name: str, seed: int) -> None:
    folder = made(name, seed)
    told_truth = truth(folder)
    expect = told_truth["expect"]
    owner = {(e["file"], e["line"]): e["hand"] for e in told_truth["events"]}
    shared = set(expect["shared_addresses"])
    of_address = {a: h["who"] for h in expect["hands"] for a in h["addresses"] if a not in shared}
    who = {hand["id"]: hand["who"] for hand in expect["hands"]}
    pages = {shell["url"] for shell in expect["web_shells"]}
    seen = Counter[str]()
    for file, line, client, stem in front_rows(folder):
        if client in of_address:
            assert who[owner[file, line]] == of_address[client]
            seen[client] += 1
        if stem in pages:
            assert owner[file, line] in who
    assert seen.keys() | shared >= {a for hand in expect["hands"] for a in hand["addresses"]}


def front_rows(folder: Path) -> Iterator[tuple[str, int, str, str]]:
    """File, line, client and path of every row of the front end."""
    for path in files(folder):
        iis, proxied = "W3SVC1" in path.parts, "HttpProxy" in path.parts[-3:]
        if not (iis or proxied) or path.suffix.lower() != ".log":
            continue
        text = path.read_bytes().decode("utf-8")
        file = path.relative_to(folder / "evidence").as_posix()
        columns: list[str] = []
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            if line.startswith("#Fields: "):
                fields = line.strip().removeprefix("#Fields: ")
                columns = fields.split(" " if iis else ",")
            elif not line.startswith("#") and not line.startswith("DateTime,"):
                cells = line.strip().split(" ") if iis else next(csv.reader([line.strip()]))
                row = dict(zip(columns, cells, strict=True))
                if iis:
                    forwarded = row.get("X-Forwarded-For", "-").rpartition(",+")[2]
                    inside = row["c-ip"].startswith("10.") and forwarded != "-"
                    client = forwarded if inside else row["c-ip"]
                    yield file, number, client, row["cs-uri-stem"]
                else:
                    yield file, number, row["ClientIpAddress"], row["UrlStem"]


@pytest.mark.parametrize(("name", "seed"), BUILT)
def test_the_truth_agrees_with_itself(made: Made, name: str, seed: int) -> None:
    folder = made(name, seed)
    told_truth = truth(folder)
    expect = told_truth["expect"]
    entries = {hand["id"]: hand for hand in expect["hands"]}
    assert len(entries) == len(expect["hands"])
    events = told_truth["events"]
    assert {event["hand"] for event in events} <= entries.keys() | {None}
    assert {e["hand"] for e in events if e["kind"] == "administration"} <= {None}
    for hand in entries.values():
        own = [event for event in events if event["hand"] == hand["id"]]
        times = sorted(event["time"] for event in own)
        assert (hand["first"], hand["last"]) == (times[0], times[-1])
        parts = ("inetpub/logs/LogFiles/W3SVC1", "HttpProxy")
        front = [event for event in own if any(part in event["file"] for part in parts)]
        assert {event["actor"] for event in front} == set(hand["addresses"])
        assert hand["requests"] == len({event["request"] for event in front})
    assert "intruder" in {hand["class"] for hand in entries.values()}
    # Who planted and who came.
    for shell in expect["web_shells"]:
        if shell["planter_told"]:
            assert shell["url"] in entries[shell["planted_by_hand"]]["planted"]
        place = shell["path"].removeprefix("C:\\").replace("\\", "/")
        assert (folder / "evidence" / place).exists() == shell["on_disk"]
    # Nobody is two things.
    addresses = {a for hand in entries.values() for a in hand["addresses"]}
    assert not addresses & {*expect["bystander_addresses"]}
    shared = {*expect["shared_addresses"]}
    for one, other in combinations(entries.values(), 2):
        if one["who"] != other["who"]:
            assert not {*one["addresses"]} & {*other["addresses"]} - shared
    grade = expect["grade"]
    assert (grade == "impacted") == bool(expect["impact"])


@pytest.mark.parametrize(("name", "seed"), BUILT)
def test_tells_are_left_where_they_are_said_to_be(made: Made, name: str, seed: int) -> None:
    folder = made(name, seed)
    who = {hand["id"]: hand["who"] for hand in truth(folder)["expect"]["hands"]}
    lines: dict[tuple[str, str], list[str]] = {}
    for event, line in stated(folder):
        if event["hand"]:
            lines.setdefault((who[event["hand"]], event["actor"]), []).append(line)
    for hand in truth(folder)["expect"]["hands"]:
        for tell in hand["tells"]:
            ends = [tell["from"], tell["to"]]
            value = tell["value"]
            forms = (value, value.replace(" ", "+"), value.replace(",", " "))
            found = [
                any(form in line for form in forms for line in lines.get((hand["who"], a), []))
                for a in (end["address"] for end in ends)
            ]
            if tell["left"]:
                assert all(found)
                # What a tell ties is one entry.
                assert {end["address"] for end in ends} <= {*hand["addresses"]}
            elif tell["kind"] in ("parameter", "archive"):
                assert not all(found)


def test_expired_leaves_web_logs_and_files(made: Made) -> None:
    for seed in SEEDS["multi-hand-expired"]:
        folder = made("multi-hand-expired", seed)
        assert {span["family"] for span in truth(folder)["coverage"]} == {"iis", "iis-backend"}
        assert not (folder / "evidence" / "EventLogs").exists()
        assert [path for path in files(folder) if path.suffix == ".compiled"]
        left = {hand["who"] for hand in truth(folder)["expect"]["hands"] if hand["evident"]}
        whole = truth(made("multi-hand", seed))["expect"]["hands"]
        assert left == {hand["who"] for hand in whole if hand["evident"]}


def test_hands_fall_apart_when_their_tells_are_gone(made: Made) -> None:
    apart = Counter(hand["who"] for hand in truth(made("multi-hand-expired", 2))["expect"]["hands"])
    whole = Counter(hand["who"] for hand in truth(made("multi-hand", 2))["expect"]["hands"])
    assert max(apart.values()) > max(whole.values()) == 1


def test_skew_is_said_of_one_source() -> None:
    said = [told("multi-hand-skew", seed)[0].keeping.skew() for seed in range(PLANNED)]
    assert {skew["source"] for skew in said if skew} == {"iis", "windows-events"}
    assert all(skew and abs(skew["seconds"]) >= 180 for skew in said)


def test_gaps_are_where_they_are_said_to_be(made: Made) -> None:
    seen = set()
    for seed in SEEDS["multi-hand-rotated"]:
        folder = made("multi-hand-rotated", seed)
        told_truth = truth(folder)
        gaps = told_truth["gaps"]
        seen |= {gap["why"] for gap in gaps}
        cut = [p for p in files(folder) if logged(p) and not p.read_bytes().endswith(b"\n")]
        assert len(cut) == sum(gap["why"] == "truncated" for gap in gaps)
        for event in told_truth["events"]:
            for gap in gaps:
                if gap["why"] == "missing" and gap["log"].lower() in event["file"].lower():
                    assert not gap["from"] <= event["time"] < gap["to"]
        for gap in gaps:
            if gap["why"] == "cleared":
                path = folder / "evidence" / "EventLogs" / f"{gap['log']}.jsonl"
                numbers = [json.loads(line) for line in path.read_bytes().splitlines()]
                assert numbers[0]["EventID"] in (1102, 104)
                assert numbers[0]["TimeCreated"] == gap["to"]
                counted = [event["RecordNumber"] for event in numbers]
                assert counted == list(range(1, len(counted) + 1))
    assert seen == {"missing", "truncated", "cleared"}


def logged(path: Path) -> bool:
    return path.suffix.lower() in (".log", ".jsonl")


def test_the_poisoner_names_bystanders_and_none_of_them_did_it(made: Made) -> None:
    for seed in SEEDS["poisoned"]:
        folder = made("poisoned", seed)
        expect = truth(folder)["expect"]
        (hand,) = {h["who"] for h in expect["hands"] if h["role"] == "poisoner"}
        ids = {h["id"] for h in expect["hands"] if h["who"] == hand}
        web = [
            (event, line)
            for event, line in stated(folder)
            if event["hand"] in ids and "W3SVC1" in event["file"]
        ]
        assert len(web) > 900
        assert len(expect["framed_addresses"]) > 30
        assert len(expect["framed_accounts"]) > 100
        assert set(expect["framed_addresses"]) <= set(expect["bystander_addresses"])
        assert set(expect["framed_accounts"]) <= set(expect["bystander_accounts"])
        text = "\n".join(line for _, line in web)
        assert all(address in text for address in expect["framed_addresses"])
        # Whatever a row says, it came from the poisoner.
        of_hand = {a for h in expect["hands"] if h["id"] in ids for a in h["addresses"]}
        assert {event["actor"] for event, _ in web} <= of_hand


def test_forwarded_for_is_what_the_client_says_and_what_the_proxy_knows(tmp_path: Path) -> None:
    fronts = {told("poisoned", seed)[1].cast.front: seed for seed in range(10)}
    assert fronts.keys() == {"", "forwarded", "claimed"}
    for front in ("forwarded", "claimed"):
        folder = build("poisoned", tmp_path / front, seed=fronts[front], **WINDOW)
        own = {a for hand in truth(folder)["expect"]["hands"] for a in hand["addresses"]}
        claims = Counter[bool]()
        for event, line in stated(folder):
            if "W3SVC1" in event["file"] and event["kind"] == "poison":
                *_, client, _, _, _, _, _, _, forwarded = line.strip().split(" ")
                said, _, known = forwarded.rpartition(",+")
                if front == "forwarded":
                    assert (client, known) == ("10.0.20.2", event["actor"])
                else:
                    assert client == event["actor"]
                    said = forwarded
                claims[said in own] += 1
        assert claims[False] > 500
        assert not claims[True]


def test_a_whole_story_is_small_and_never_silent_for_long(tmp_path: Path) -> None:
    folder = build("multi-hand", tmp_path / "whole", seed=1)
    assert 8_000_000 < truth(folder)["size"] < 15_000_000
    web = sorted((folder / "evidence/inetpub/logs/LogFiles/W3SVC1").iterdir())
    times = [
        datetime.fromisoformat(f"{row['date']}T{row['time']}") for path in web for row in rows(path)
    ]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert max(pauses) <= timedelta(hours=1)


def test_a_page_that_is_gone_answers_as_none() -> None:
    plan, play = told("multi-hand", 1)
    door = play.doors[0]
    door.gone = door.planted
    session = Session(play, door.by, Hand("h-9", "ant", "intruder", [door.by]), door.planted + 1)
    before = len(play.stage.done)
    session.visit(door, "whoami")
    (gone,) = play.stage.done[before:]
    assert gone.page == ""
    assert " 404 0 2" in gone.rows[0][1] or " 302 0 0" in gone.rows[0][1]
    told.cache_clear()
    assert plan
