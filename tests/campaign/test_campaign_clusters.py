"""What ties intruders of different servers, and what must not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from afterpatch.campaign.clusters import Census, Joined, join, names_of
from afterpatch.campaign.signs import ENOUGH, Hand, Sign, is_inside
from afterpatch.outputs.campaign_view import APART_DAYS, SignKind

DAY = "2021-03-01T00:00:00.000Z"


def address(value: str) -> Sign:
    return Sign("address", value, ENOUGH)


def secret(value: str, kind: SignKind = "parameter") -> Sign:
    return Sign(kind, value, ENOUGH)


def weak(kind: SignKind, value: str, weight: int = 2) -> Sign:
    return Sign(kind, value, weight)


def hand(
    server: int, *signs: Sign, at: str = DAY, acts: bool = True, agent: str = "curl/7.0"
) -> Hand:
    return Hand(f"mx{server}", "op-1", at, at, acts, tuple(sorted(signs)), (agent,))


def joined(hands: Sequence[Hand], census: Census | None = None) -> Joined:
    census = census or Census()
    for one in hands:
        for sign in one.signs:
            if sign.kind == "address":
                census.take([(sign.value, "intruder", False, one.acts)])
    return join(hands, census)


def groups(found: Joined, hands: Sequence[Hand]) -> list[set[str]]:
    return [{hands[place].server for place in group} for group in found.groups]


@pytest.mark.parametrize(
    "sign", [address("198.18.0.1"), secret("k=x"), secret("5f" * 32, "program")]
)
def test_a_strong_sign_ties_alone_and_is_the_reason(sign: Sign) -> None:
    hands = [hand(1, sign), hand(2, sign), hand(3)]
    found = joined(hands)
    assert groups(found, hands) == [{"mx1", "mx2"}]
    ((link,),) = found.links
    assert (link.kind, link.value, link.servers) == (sign.kind, sign.value, 2)


def test_ties_go_on_from_hand_to_hand() -> None:
    hands = [
        hand(1, address("198.18.0.1")),
        hand(2, address("198.18.0.1"), secret("k=x")),
        hand(3, secret("k=x")),
    ]
    assert groups(joined(hands), hands) == [{"mx1", "mx2", "mx3"}]


def test_one_server_is_no_cluster() -> None:
    hands = [hand(1, secret("k=x")), hand(1, secret("k=x"))]
    assert joined(hands).groups == ()


def test_a_scanner_that_came_upon_pages_ties_nobody() -> None:
    scanner = address("198.18.0.9")
    hands = [
        hand(1, scanner, acts=False),
        hand(2, scanner, acts=False),
        hand(3, secret("k=x")),
        hand(4, secret("k=x")),
    ]
    census = Census()
    for _ in range(30):
        census.take([("198.18.0.9", "scanner", False, False)])
    found = joined(hands, census)
    assert groups(found, hands) == [{"mx3", "mx4"}]
    (refused,) = found.refused
    assert (refused.value, refused.servers, refused.as_scanner) == ("198.18.0.9", 32, 30)
    assert "scans 30 servers" in refused.why


def test_an_intruder_whose_attacks_failed_elsewhere_is_no_scanner() -> None:
    hands = [hand(n, address("198.18.0.1")) for n in range(20)]
    census = Census()
    for _ in range(30):
        census.take([("198.18.0.1", "scanner", False, False)])
    assert len(joined(hands, census).groups) == 1


def test_an_address_that_users_come_from_anywhere_ties_nobody() -> None:
    hands = [hand(1, address("198.18.0.7")), hand(2, address("198.18.0.7"))]
    census = Census()
    census.take([("198.18.0.7", "intruder", True, True)])
    found = joined(hands, census)
    assert found.groups == ()
    assert "others than the intruder" in found.refused[0].why


def test_an_exit_behind_which_two_crews_come_ties_neither() -> None:
    exit_ = address("198.18.0.5")
    hands = [
        *(hand(n, secret("k=one"), address("198.18.1.1")) for n in range(4)),
        *(hand(n, secret("k=two"), address("198.18.2.2")) for n in range(10, 14)),
        hand(20, secret("k=one"), exit_),
        hand(21, secret("k=two"), exit_),
        hand(22, exit_),
    ]
    found = joined(hands)
    assert groups(found, hands) == [
        {"mx0", "mx1", "mx2", "mx3", "mx20"},
        {"mx10", "mx11", "mx12", "mx13", "mx21"},
    ]
    (refused,) = found.refused
    assert refused.value == "198.18.0.5"
    assert "2 groups behind it have secrets of their own" in refused.why


def test_an_address_ties_those_alone_that_have_a_program_in_common() -> None:
    one = address("198.18.0.1")
    hands = [hand(n, one, agent=f"agent {n // 2}") for n in range(4)]
    found = joined(hands)
    assert groups(found, hands) == [{"mx0", "mx1"}, {"mx2", "mx3"}]
    hands = [hand(n, one, agent=f"agent {n // 2}") for n in range(6)]
    found = joined(hands)
    assert found.groups == ()
    assert "3 groups behind it have no user agent in common" in found.refused[0].why


def test_a_tool_s_default_parameter_ties_nobody_and_keeps_nobody_apart() -> None:
    default = secret("pass=Default123")
    hands = [
        *(hand(n, default, secret("aa" * 32, "program"), address("198.18.1.1")) for n in range(3)),
        *(hand(n, default, secret("bb" * 32, "program"), address("198.18.2.2")) for n in (7, 8)),
    ]
    found = joined(hands)
    assert groups(found, hands) == [{"mx0", "mx1", "mx2"}, {"mx7", "mx8"}]
    assert [refused.value for refused in found.refused] == ["pass=Default123"]


def test_a_tool_s_parameter_ties_those_alone_that_use_it_alike() -> None:
    default = secret("pass=Default123")
    hands = [hand(n, default, agent="one") for n in range(3)]
    hands += [hand(n, default, agent="two") for n in range(5, 8)]
    assert [len(group) for group in groups(joined(hands), hands)] == [3, 3]


def test_a_secret_for_each_server_does_not_keep_one_hand_apart() -> None:
    hands = [hand(n, secret(f"k=only{n}"), address("198.18.0.1")) for n in range(6)]
    assert len(groups(joined(hands), hands)[0]) == 6


def test_names_that_many_use_tie_nobody_even_together() -> None:
    hands = [
        hand(n, weak("page name", "shell.aspx", 0), weak("program", "procdump.exe", 1))
        for n in range(9)
    ]
    found = joined(hands)
    assert found.groups == ()
    assert "many use this name" in found.refused[0].why


def test_two_weak_signs_tie_where_one_does_not() -> None:
    name, agent = weak("page name", "xQ7pLw9Zk.aspx"), weak("user agent", "odd agent")
    alone = [hand(1, name), hand(2, name)]
    assert joined(alone).groups == ()
    both = [hand(1, name, agent), hand(2, name, agent), hand(3, agent)]
    found = joined(both)
    assert groups(found, both) == [{"mx1", "mx2"}]
    assert found.links[0][0].kind == "several signs"


def test_a_weak_sign_of_groups_that_are_known_apart_is_refused() -> None:
    name, agent = weak("page name", "xQ7pLw9Zk.aspx"), weak("user agent", "odd agent")
    hands = [hand(n, secret("k=one"), agent) for n in range(4)]
    hands += [hand(n, secret("k=two"), agent) for n in range(10, 14)]
    hands += [hand(20, name, agent), hand(21, name, agent)]
    found = joined(hands)
    assert [len(group) for group in groups(found, hands)] == [4, 4]
    assert "2 groups that are known apart have it" in found.refused[0].why


def test_an_agent_that_ordinary_clients_have_elsewhere_is_refused() -> None:
    sign = Sign("user agent", "odd", ENOUGH)
    hands = [hand(1, sign), hand(2, sign)]
    census = Census()
    census.common["user agent", "odd"] = 3
    found = joined(hands, census)
    assert found.groups == ()
    assert "ordinary clients of 3 servers" in found.refused[0].why


def test_an_address_that_was_let_to_others_ties_nobody() -> None:
    early, late = "2021-01-05T00:00:00.000Z", "2021-04-20T00:00:00.000Z"
    hands = [
        hand(1, address("198.18.0.1"), at=early),
        hand(2, address("198.18.0.1"), at=early),
        hand(3, address("198.18.0.1"), at=late),
        hand(4, address("198.18.0.1"), at=late),
    ]
    assert APART_DAYS < 100
    assert groups(joined(hands), hands) == [{"mx1", "mx2"}, {"mx3", "mx4"}]


def test_a_hand_that_was_made_of_two_is_no_bridge() -> None:
    hands = [
        *(hand(n, secret("k=one"), address("198.18.1.1")) for n in range(12)),
        *(hand(n, secret("k=two"), address("198.18.2.2")) for n in range(20, 32)),
        hand(50, secret("k=one"), secret("k=two"), address("198.18.1.1"), address("198.18.2.2")),
    ]
    assert [len(group) for group in groups(joined(hands), hands)] == [13, 12]


def test_what_one_hand_brings_along_is_small() -> None:
    hands = [hand(n, secret("k=one")) for n in range(12)]
    hands += [hand(20, secret("k=one"), address("198.18.3.3")), hand(21, address("198.18.3.3"))]
    assert [len(group) for group in groups(joined(hands), hands)] == [14]


def test_a_crew_with_two_secrets_is_one() -> None:
    hands = [hand(n, secret("k=one"), secret("k=two")) for n in range(5)]
    hands += [hand(n, secret("k=one")) for n in range(10, 15)]
    assert [len(group) for group in groups(joined(hands), hands)] == [10]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("10.0.20.2", True), ("192.168.1.1", True), ("100.64.3.3", True), ("::1", True),
        ("fe80::1", True), ("fd00::1", True), ("127.0.0.1", True), ("not an address", True),
        ("203.0.113.7", False), ("8.8.8.8", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_addresses_inside_are_nobody_s(text: str, *, inside: bool) -> None:
    assert is_inside(text) == inside


def test_the_order_of_the_servers_does_not_show_and_the_name_stays() -> None:
    hands = [hand(n, address(f"198.18.0.{n // 3}"), secret(f"k={n % 4}")) for n in range(12)]
    one, other = joined(hands), joined(hands[::-1])
    assert sorted(map(sorted, groups(one, hands))) == sorted(
        map(sorted, groups(other, hands[::-1]))
    )
    assert {*ids(one, hands)} == {*ids(other, hands[::-1])}


def ids(found: Joined, hands: Sequence[Hand]) -> list[str]:
    members = [[(hands[p].server, hands[p].operator) for p in group] for group in found.groups]
    return names_of(members, found.links)


def test_two_clusters_have_two_ids_in_any_order() -> None:
    one = address("198.18.0.1")
    hands = [hand(n, one, agent=f"agent {n // 2}") for n in range(4)]
    found, turned = joined(hands), joined(hands[::-1])
    assert len({*ids(found, hands)}) == len(found.groups) == 2
    assert {*ids(found, hands)} == {*ids(turned, hands[::-1])}


def test_a_server_counts_once_for_an_address() -> None:
    census = Census()
    census.take(
        [("198.18.0.1", "scanner", True, False)] * 3 + [("198.18.0.2", "client", True, False)]
    )
    census.take([("198.18.0.2", "scanner", False, False), ("198.18.0.2", "intruder", True, True)])
    one, two = census.addresses["198.18.0.1"], census.addresses["198.18.0.2"]
    assert (one.scanner, one.shared) == (1, 1)
    assert (two.intruder, two.acting, two.scanner, two.other, two.shared) == (1, 1, 0, 1, 2)
    hands = [hand(1, address("198.18.0.1")), hand(2, address("198.18.0.1"))]
    assert joined(hands, census).refused[0].why.endswith("come from it on 1 server")


def silent(server: int, *signs: Sign) -> Hand:
    """A hand of which no user agent is known."""
    return Hand(f"mx{server}", "op-1", DAY, DAY, True, tuple(sorted(signs)))


def test_a_hand_without_user_agent_makes_no_two_one() -> None:
    host = address("198.18.0.1")
    hands = [
        *(hand(n, host, agent="curl/7.0") for n in (1, 2)),
        *(hand(n, host, agent="python-requests/2.25") for n in (3, 4)),
        silent(5, host),
    ]
    assert groups(joined(hands), hands) == [{"mx1", "mx2"}, {"mx3", "mx4"}]
    assert groups(joined(hands[:2] + hands[4:]), [*hands[:2], hands[4]]) == [{"mx1", "mx2", "mx5"}]
    alone = [silent(1, host), silent(2, host)]
    assert groups(joined(alone), alone) == [{"mx1", "mx2"}]


def test_a_hand_of_a_thousand_weak_signs_is_tied_by_its_rarest() -> None:
    many = [weak("user agent", f"agent {n}") for n in range(500)]
    many += [weak("program", f"tool {n}", 1) for n in range(500)]
    rare = weak("user agent", "zz"), weak("program", "zz.exe", 1)
    hands = [hand(n, *many) for n in range(3)] + [hand(n, *many, *rare) for n in (3, 4)]
    found = joined(hands)
    assert groups(found, hands) == [{"mx0", "mx1", "mx2", "mx3", "mx4"}]
    (links,) = found.links
    assert len(links) < 5_000  # of 250,000
    assert "user agent zz" in {one.value.partition(" and ")[2] for one in links}
