"""What to do now, in order, and how to check that each step worked.

The order is that of an eviction: keep what proves it, remove the doors, look for more, renew every
secret the server held, rebuild, tell those who must know, and look again. The way back in that is
left open last is the one used next, so each step names its check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from afterpatch import knowledge
from afterpatch.answers.coverage import CoverageAnswer
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.answers.verdict import called
from afterpatch.model import Backdoor, Impact, Step, Verdict

__all__ = ["plan"]

_TAKEN_OVER = ("exploited", "backdoored", "used", "impacted")
_HOLES_NAMED = 3
_MAIL = ("mailbox read", "mailbox export")


def plan(
    found: Verdict,
    doors: Sequence[Backdoor],
    impact: Sequence[Impact],
    exposure: ExposureAnswer,
    coverage: CoverageAnswer,
) -> tuple[Step, ...]:
    """The steps in order; at least one, whatever was found."""
    steps: list[Step] = []
    taken = found.grade in _TAKEN_OVER
    if taken:
        steps.append(
            Step(
                "preserve",
                "Take the server off the network but leave it running; keep its memory and an "
                "image of its disks before anything is changed.",
                "The hashes of both are written down, and the server reaches nothing.",
            )
        )
        steps += [_removal(door) for door in doors if door.still_stands != "no"]
        steps += _eviction({harm.kind for harm in impact})
    open_holes = [e.cve for e in exposure.exposure if e.state == "exposed" and e.to is None]
    if open_holes:
        shown = ", ".join(open_holes[:_HOLES_NAMED])
        left = len(open_holes) - _HOLES_NAMED
        more = f" and {left} more" if left > 0 else ""
        steps.append(
            Step(
                "update",
                f"Install the current cumulative and security update: {shown}{more} stood open at "
                "the end of the evidence.",
                "ExSetup.exe shows the build of the update, and Microsoft's HealthChecker lists no "
                "missing one.",
            )
        )
    if any(item.collect != "-" for item in coverage.not_answered):
        steps.append(
            Step(
                "collect",
                "Collect what is listed for the questions left open, and assess again.",
                "The new assessment asks for less.",
            )
        )
    if taken:
        steps.append(
            Step(
                "confirm",
                "When all is done, collect and assess once more, and compare the two dossiers "
                "(afterpatch compare).",
                "The comparison says that it is over as far as its evidence goes.",
            )
        )
    if not steps:
        steps.append(
            Step(
                "confirm",
                "Keep these logs, watch for new updates, and assess again when one is announced.",
                "The logs lie where the server can't delete them.",
            )
        )
    return tuple(steps)


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
        "services, accounts and mail rules. Removing one door does not remove the others.",
        "Every page below the web roots is one that Exchange ships or that you can explain; "
        "afterpatch webshells names those that act on what they are sent.",
    )
    yield Step(
        "rotate",
        "Reset the passwords of all accounts that signed in to this server, and of its own "
        "computer account; reset krbtgt twice, with the replication of the domain in between.",
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
    if "lateral movement" in harms or "credential dump" in harms:
        yield Step(
            "search",
            "Look on the other machines that this server could reach, domain controllers first: "
            "credentials were dumped or other servers were entered from here.",
            "The event logs of each were read from the first entry on.",
        )
    yield Step(
        "rebuild",
        "Rebuild the server from trusted media (Setup /Mode:RecoverServer) rather than repairing "
        "it, with all updates in before it meets the internet again.",
        "The build is the newest, and an assessment of its logs and web files names no door.",
    )
    if "ransomware" in harms:
        yield Step(
            "rebuild",
            "Restore data only from backups made before the first entry, on machines that are "
            "rebuilt already.",
            "A restored sample opens, and the backups were out of the intruder's reach.",
        )
    mail = (
        " Mail was read or taken: those whose mailboxes they were, and whoever wrote to them, are "
        "concerned."
        if harms.intersection(_MAIL)
        else ""
    )
    yield Step(
        "notify",
        "Tell those whom the law or your contracts name: the data protection authority (in the "
        "European Union within 72 hours of knowing of it: GDPR, article 33), your national CERT, "
        f"insurer and customers.{mail} `assess --redact` makes a dossier that can leave the house.",
        "It is written down who was told what and when.",
    )
