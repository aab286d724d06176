"""Chains of which little is public: their traces fit the attack and prove nothing by themselves.

The facts are few: a shape of URL, the account of another server, a burst of changes by one session.
Beside each lies what it looks like when nobody attacks.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from afterpatch.range import formats, server, windows
from afterpatch.range.draw import below, digits, guid, letters, pick
from afterpatch.range.server import User
from afterpatch.range.stage import HOUR, MINUTE, PYTHON, SECOND, Stage, ews_row
from afterpatch.range.web import Request, Row

_OTHER = "MAIL02"
_OTHER_ADDRESS = "10.0.20.11"


# ------------------------------------------------------------------ CVE-2021-28480


def calendar(stage: Stage) -> None:
    """Posts by nobody below the published calendars, to names that are none.

    Somebody else reads a calendar that is published under such a name.
    """
    _published(stage)
    stage.wait(20 * MINUTE)
    for stem, status in (
        (f"/owa/calendar/a{letters(stage.rng, 6).lower()}", 503),
        (f"/owa/calendar/a{letters(stage.rng, 6).lower()}", 404),
        ("/owa/calendar/a", 500),
        (f"/owa/calendar/a/{letters(stage.rng, 9)}", 200),
    ):
        request = Request(
            protocol="OwaCalendar",
            method="POST",
            stem=stem,
            anchor="ServerVersion~Version 15.0 (Build 0.0)",
            agent=PYTHON,
            address=stage.address,
            host=server.PUBLIC_ADDRESS,
            status=status,
            back_status=None if status == 503 else status,
            hint="",
        )
        stage.ask(request, "posts below the published calendars", took=90)
        stage.wait(4 * SECOND)
    stage.truth.classes[stage.address] = "intruder"
    stage.supports("T1190", ("CVE-2021-28480",), stage.address)


def _published(stage: Stage) -> None:
    """A visitor reads a calendar that its owner published; its name is a GUID."""
    owner, visitor = stage.mail.users[5], stage.mail.users[6]
    place = f"/owa/calendar/a{guid(stage.rng)[1:]}@{server.MAIL_DOMAIN}/{digits(stage.rng, 40)}"
    for method, page, query in (
        ("GET", "calendar.html", ""),
        ("GET", "calendar.ics", ""),
        ("POST", "service.svc", "action=GetCalendarFolders&ID=-1&AC=1"),
        ("POST", "service.svc", "action=FindItem&ID=-2&AC=1"),
    ):
        request = Request(
            protocol="OwaCalendar",
            method=method,
            stem=f"{place}/{page}",
            query=query,
            anchor=f"SMTP:{owner.mail}",
            agent=visitor.browser,
            address=visitor.outside,
            hint="",
        )
        stage.ask(request, "somebody reads a published calendar", kind="administration")


# ------------------------------------------------------------------ relay


def relay(stage: Stage) -> None:
    """Another Exchange server is made to sign in, and what it sends is passed on to this one.

    Its computer account then comes from an address that is not its own; a relay says NTLM.
    The two servers' own talk goes on beside it.
    """
    computer = structs.replace(
        stage.mail.users[0],
        name=f"{_OTHER}$",
        account=f"{server.DOMAIN}\\{_OTHER}$",
        sid=f"{server.SID}-1042",
    )
    _servers_talk(stage, computer)
    stage.wait(30 * MINUTE)
    faked = "ExchangeServicesClient/0.0.0.0"
    for protocol, stem, action, auth, agent in (
        ("Autodiscover", "/autodiscover/autodiscover.xml", "", "NTLM", PYTHON),
        ("Ews", "/EWS/Exchange.asmx", "ResolveNames", "NTLM", PYTHON),
        ("Ews", "/EWS/Exchange.asmx", "GetServerTimeZones", "Negotiate", faked),
        ("Mapi", "/mapi/nspi/", "", "NTLM", PYTHON),
    ):
        request = Request(
            protocol=protocol,
            method="POST",
            stem=stem,
            account=computer.account,
            auth=auth,
            anchor=f"Sid~{computer.sid}",
            agent=agent,
            address=stage.address,
            hint="WindowsIdentity-NoDatabase",
        )
        # A sign-in of three messages: nobody, then the challenge (SEC_I_CONTINUE_NEEDED), then
        # the account.
        for substatus in ("2 5", "1 2148074254"):
            refused = structs.replace(
                request, account="", auth="", anchor="", status=401, back_status=None,
                substatus=substatus,
            )  # fmt: skip
            stage.ask(refused, f"{protocol} asks who it is", took=2)
        extra: list[Row] = [
            windows.logon(stage.rng, computer, stage.address, workstation=_OTHER),
        ]
        if action:
            extra.append(_operation(stage, computer, action, agent, stage.address))
        stage.ask(request, f"{protocol} as the computer account of {_OTHER}", *extra)
        stage.wait(5 * SECOND)
    stage.truth.classes[stage.address] = "intruder"
    stage.supports("T1557.001", ("CVE-2024-21410",), stage.address)


def _operation(stage: Stage, computer: User, action: str, agent: str, address: str) -> Row:
    return ews_row(
        stage.build(stage.clock), account=computer.account, action=action, agent=agent,
        address=address,
    )  # fmt: skip


def _servers_talk(stage: Stage, computer: User) -> None:
    """The other server asks for free and busy times, as servers do, with an agent of its own."""
    agent = f"ASProxy/CrossSite/EmailDomain//{formats.padded(stage.build(stage.clock))}"
    for _ in range(4):
        request = Request(
            protocol="Ews",
            method="POST",
            stem="/EWS/Exchange.asmx",
            account=computer.account,
            auth="Negotiate",
            anchor=f"Sid~{computer.sid}",
            agent=agent,
            address=_OTHER_ADDRESS,
            host=server.FQDN,
            hint="WindowsIdentity-NoDatabase",
        )
        action = "GetUserAvailability"
        row = _operation(stage, computer, action, agent, _OTHER_ADDRESS)
        stage.ask(request, "another server asks for free times", row, kind="administration")
        stage.wait(2 * MINUTE)


# ------------------------------------------------------------------ CVE-2026-42897


def mail_script(stage: Stage) -> None:
    """Script in a mail acts in the OWA session of who reads it: lasting changes within seconds.

    The intruder sends the mail and is seen no more; the requests are the reader's own. Others make
    the same changes one at a time.
    """
    readers = stage.mail.users[20:22]
    _people_change(stage, stage.mail.users[22:25])
    stage.wait(HOUR)
    bursts = (
        ("NewInboxRule", "InstallApp", "AddDelegate"),
        ("UpdateDelegate", "SetInboxRule", "EnableInboxRule"),
    )
    for reader, burst in zip(readers, bursts, strict=True):
        stage.lay([_lure(stage, reader)], "a mail with active content arrives", got=18_400)
        stage.wait(25 * MINUTE)
        for action in ("FindConversation", "GetConversationItems"):
            _act(stage, reader, action, f"{reader.name} opens the mail")
        for action in burst:
            _act(stage, reader, action, f"the mail's script does {action} as {reader.name}")
        stage.wait(10 * MINUTE)
    stage.truth.classes[stage.address] = "intruder"
    stage.supports("T1059.007", ("CVE-2026-42897",), *(reader.outside for reader in readers))


def _act(stage: Stage, user: User, action: str, what: str, *, kind: str = "attack") -> None:
    number = stage.clock // SECOND % 400 + 1
    request = Request(
        protocol="Owa",
        method="POST",
        stem="/owa/service.svc",
        query=f"action={action}&EP=1&ID=-{number}&AC=1",
        account=user.account,
        auth="FBA",
        anchor=f"Sid~{user.sid}",
        agent=user.browser,
        address=user.outside,
        referer=f"https://{server.HOST}/owa/",
        database=user.database,
    )
    stage.ask(request, what, kind=kind)


def _people_change(stage: Stage, users: Sequence[User]) -> None:
    """People set a rule, install an add-in, name a delegate: one of them both, a while apart."""
    for user, actions in zip(
        users, (("NewInboxRule",), ("InstallApp",), ("SetInboxRule", "UpdateDelegate")), strict=True
    ):
        for action in actions:
            what = f"{user.name} does {action} in the options"
            _act(stage, user, "GetOptionSummary", what, kind="administration")
            _act(stage, user, action, what, kind="administration")
            stage.wait(9 * MINUTE)


def _lure(stage: Stage, reader: User) -> Row:
    """Message tracking: a mail from outside comes in."""
    sender = f"{letters(stage.rng, 7).lower()}@example.net"
    cells = {
        "date-time": "{end}",
        "client-ip": stage.address,
        "client-hostname": "mx.example.net",
        "server-ip": server.ADDRESS,
        "server-hostname": server.NAME,
        "source-context": "08DEB6A1F2C30000;{end};0",
        "connector-id": f"{server.NAME}\\Default Frontend {server.NAME}",
        "source": "SMTP",
        "event-id": "RECEIVE",
        "internal-message-id": str(1000 + below(stage.rng, 9000)),
        "message-id": f"<{letters(stage.rng, 20)}@example.net>",
        "network-message-id": "{spare}",
        "recipient-address": reader.mail,
        "total-bytes": "{got}",
        "recipient-count": "1",
        "message-subject": pick(stage.rng, ("Agenda", "Your parcel", "Updated figures")),
        "sender-address": sender,
        "return-path": sender,
        "message-info": "0I: ",
        "directionality": "Incoming",
        "original-client-ip": stage.address,
        "original-server-ip": server.ADDRESS,
        "custom-data": "S:ProxyHop1=mail01.corp.example.org(10.0.20.10);S:DeliveryPriority=Normal",
        "transport-traffic-type": "Email",
        "log-id": "{id}",
        "schema-version": formats.padded(stage.build(stage.clock)),
    }
    return "MessageTracking", formats.row(formats.TRACKING_COLUMNS, cells)
