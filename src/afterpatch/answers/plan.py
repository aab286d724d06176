"""What to do now, in order, and how to check that each step worked.

The order is that of an eviction: keep what proves it and what expires, tell those who must know,
remove the doors, look for more, renew every secret the server held, rebuild, and look again. The
way back in that is left open last is the one used next, so each step names its check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from afterpatch import knowledge
from afterpatch.answers.coverage import CoverageAnswer
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.answers.verdict import called
from afterpatch.model import Backdoor, Chain, Impact, Step, Verdict

__all__ = ["plan"]

_TAKEN_OVER = ("exploited", "backdoored", "used", "impacted")
_HOLES_NAMED = 3
_MAIL = ("mailbox read", "mailbox export")


def plan(
    found: Verdict,
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    impact: Sequence[Impact],
    exposure: ExposureAnswer,
    coverage: CoverageAnswer,
) -> tuple[Step, ...]:
    """The steps in order; at least one, whatever was found."""
    taken = found.grade in _TAKEN_OVER
    harms = {harm.kind for harm in impact}
    steps: list[Step] = []
    if taken:
        steps.append(
            Step(
                "preserve",
                "Cut the server off from the internet and from all machines but a domain "
                "controller, and leave it running; keep its memory and an image of its disks "
                "before anything is changed.",
                "The hashes of memory and disks are written down, and a connection from the server "
                "to anywhere else fails.",
            )
        )
    steps += _collection(coverage)
    if taken:
        steps.append(_notice(harms))
        steps += [_removal(door) for door in doors if door.still_stands != "no"]
        steps += _eviction(harms)
    elif reached := [c.name for c in chains if c.outcome == "reached"]:
        steps.append(_search_after(reached))
    if not taken:
        steps += _update(exposure)
    last = (
        Step(
            "confirm",
            "When all is done, collect and assess once more, and compare the two dossiers "
            "(afterpatch compare).",
            "The comparison says that it is over as far as its evidence goes.",
        )
        if taken
        else Step(
            "confirm",
            "Keep these logs, watch for new updates, and assess again when one is announced.",
            "The logs lie where the server can't delete them.",
        )
    )
    return (*steps, last)


def _collection(coverage: CoverageAnswer) -> Iterator[Step]:
    if any(item.collect != "-" for item in coverage.not_answered):
        yield Step(
            "collect",
            "Collect now what is listed for the questions left open, before logs expire and before "
            "an update or a repair changes the folders, and assess again.",
            "The new assessment leaves fewer questions open.",
        )


def _notice(harms: set[str]) -> Step:
    mail = (
        " Mail was read or taken: those whose mailboxes they were, and whoever wrote to them, are "
        "concerned."
        if harms.intersection(_MAIL)
        else ""
    )
    return Step(
        "notify",
        "Start at once, beside the steps below: tell your lawyers and those whom the law or your "
        "contracts name, such as the data protection authority (in the European Union within 72 "
        "hours of knowing of it: GDPR, article 33), your national CERT, police, insurer and "
        f"customers.{mail} afterpatch assess --redact makes a dossier that can leave the house.",
        "It is written down who was told what and when.",
    )


def _removal(door: Backdoor) -> Step:
    eviction = knowledge.evictions()[door.kind]
    name = called(door)
    what = name if door.kind in name else f"{door.kind} {name}"
    where = f" ({door.path})" if door.path and door.path not in what else ""
    return Step("evict", f"Remove the {what}{where}. {eviction.remove}", eviction.check, door.id)


def _eviction(harms: set[str]) -> Iterator[Step]:
    yield Step(
        "search",
        "Look for further doors: pages, virtual directories, IIS modules, transport agents, tasks, "
        "services, accounts, roles and mail rules. Removing one door does not remove the others.",
        "Every page below the web roots is one that Exchange ships or that you can explain "
        "(afterpatch webshells names those that act on what they are sent), and every other entry "
        "has an owner.",
    )
    if harms & {"lateral movement", "credential dump", "ransomware"}:
        yield Step(
            "search",
            "Look on the other machines that this server could reach, domain controllers first: "
            "what was done here opens the way to them.",
            "The event logs of each were read from the first entry on.",
        )
    yield Step(
        "rotate",
        "Reset the passwords of all accounts that signed in to this server, and of its own "
        "computer account. Reset krbtgt twice: the second time only after the first has reached "
        "all domain controllers and the longest lifetime of a ticket (10 hours by default) is "
        "over, or sign-in breaks for the whole domain.",
        "PasswordLastSet of each is later than the eviction; both resets of krbtgt stand in the "
        "Security logs of the domain controllers.",
    )
    yield Step(
        "rotate",
        "Renew the ASP.NET machine keys (validationKey and decryptionKey of every web application, "
        "on all Exchange servers), the TLS certificates with new private keys, and the certificate "
        "for sign-in between servers and to the cloud (Get-AuthConfig). Forged view states stay "
        "valid until the keys change, updates or not.",
        "No key in any web.config or in applicationHost.config equals an old one; the old "
        "certificates are revoked, and Get-AuthConfig shows the new thumbprint.",
    )
    yield Step(
        "rebuild",
        "Rebuild the server from trusted media (Setup /Mode:RecoverServer) rather than repairing "
        "it, with all updates in before it meets the internet again. What the intruder changed in "
        "the directory and in mailboxes (roles, virtual directories, transport and mail rules, "
        "permissions) comes back with it: look through it first.",
        "ExSetup.exe shows the newest build, Microsoft's HealthChecker lists no missing update, "
        "and an assessment of the new server's logs and web files names no door.",
    )
    if "ransomware" in harms:
        yield Step(
            "rebuild",
            "Restore data only from backups made before the first entry, to machines that are "
            "rebuilt already.",
            "A restored sample opens, and the backups were out of the intruder's reach.",
        )


def _search_after(chains: Sequence[str]) -> Step:
    return Step(
        "search",
        f"The server answered an attack ({', '.join(chains)}) and no effect is proved. Keep a copy "
        "of its disks and logs, and look for one: new pages below the web roots, new roles, "
        "mailbox exports and rules, and sign-ins of the accounts that the attack named.",
        "Each page, role, export and rule since the attack has an owner; else treat the server as "
        "taken over.",
    )


def _update(exposure: ExposureAnswer) -> Iterator[Step]:
    holes = [e.cve for e in exposure.exposure if e.state == "exposed" and e.to is None]
    if holes:
        left = len(holes) - _HOLES_NAMED
        named = ", ".join(holes[:_HOLES_NAMED]) + (f" and {left} more" if left > 0 else "")
        yield Step(
            "update",
            f"Install the current cumulative and security update: {named} stood open at the end of "
            "the evidence. Until it is in, or where there is none yet, use Microsoft's mitigation "
            "(the Exchange Emergency Mitigation service, or EOMT) or keep the web services off the "
            "internet.",
            "ExSetup.exe shows the build of the update, and Microsoft's HealthChecker lists no "
            "missing one.",
        )
