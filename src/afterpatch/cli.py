"""Arguments in, exit code out."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from typer.core import TyperGroup

from afterpatch import __version__
from afterpatch.detections.rule import Refusal
from afterpatch.errors import AfterpatchError, UsageError
from afterpatch.limits import UNIT_MEMORY_BYTES, UNIT_SECONDS
from afterpatch.model import Grade

if TYPE_CHECKING:
    from afterpatch.fleet import Fleet
    from afterpatch.fleet import Progress as FleetProgress
    from afterpatch.outputs.signature import Checker, Signer
    from afterpatch.storage import Place

__all__ = ["app"]

USAGE, FAILED, INTERRUPTED = 2, 1, 130
FLAGGED = 30  # of `webshells`: what `assess` says of a server with a backdoor
DEMO_SIZE = 60_000_000  # bytes of logs: enough for the days of the story

GRADES = get_args(Grade)

# The error for wrong arguments lives in click or in typer's own copy of it, by version of typer.
_WrongArguments = cast("type[Exception]", typer.BadParameter.__base__)


class _Commands(TyperGroup):
    """Says of wrong arguments what all other errors say: one sentence, and what to do."""

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except _WrongArguments as error:
            said = " ".join(cast("Any", error).format_message().split())
            context = getattr(error, "ctx", None)
            if said and type(error).__name__ != "NoArgsIsHelpError":
                command = context.command_path if context else "afterpatch"
                _say(f"afterpatch: {_sentence(said)} Run '{command} --help' to see how it is used.")
            elif context:  # called without a word: the answer is the help
                typer.echo(context.get_help())
            sys.exit(USAGE)
        except typer.Abort:
            sys.exit(INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    name="afterpatch",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="""Tells the owner of a Microsoft Exchange server, from evidence alone, whether someone
    was in before the patch, which doors they left, and what can't be seen.

    Works offline, changes nothing, and sends nothing anywhere. Begin with `afterpatch demo`.""",
    epilog="Each command has its own --help.",
)
range_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Write synthetic servers with known truth, to test and to train with.",
    short_help="Write synthetic servers with known truth.",
)
rules_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, check, test and explain the detections.",
    short_help="List, check, test and explain the detections.",
)
app.add_typer(range_app, name="range")
app.add_typer(rules_app, name="rules")


def _on_disk(path: Path | None) -> Path | None:
    """A path as it is given; refuses a URL, of which a path would be made."""
    first = path.parts[0] if path is not None and path.parts else ""
    if first.endswith(":") and len(first) > 2:  # of two letters: C: is a drive
        raise typer.BadParameter("a URL is no folder of this machine, where this is kept")
    return path


EvidenceArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="EVIDENCE",
        help="Folders, zips or tars as collected: a copy of C:, KAPE, Velociraptor, CyLR, "
        "ExchangeLogCollector; or such in object storage, as s3://bucket/MAIL01.zip. They are read "
        "in place and never changed.",
        show_default=False,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        metavar="N",
        help="Worker processes; one for each processor when left out. The result is the same.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict line only.")]
PlainOption = Annotated[bool, typer.Option("--no-color", help="Print without colors.")]
NewFolderOption = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        callback=_on_disk,
        metavar="DIR",
        help="New folder to write to.",
        show_default=False,
    ),
]
SigmaOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--sigma",
        metavar="DIR",
        help="A folder of further Sigma rules (*.yml); may be given several times.",
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Leave out records before this day or time, in UTC: 2021-03-02 or 2021-03-02T10:00. "
        "The verdict then holds for that span only.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Leave out records after this day or time, in UTC."
    ),
]
ClaimsOption = Annotated[
    Path | None,
    typer.Option(
        "--claims",
        metavar="FILE",
        help="A claims.json that `afterpatch claims` wrote: shows what is publicly said of such "
        "attacks beside what was found. No answer rests on it.",
    ),
]
YaraOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--yara",
        metavar="DIR",
        help="A folder of further YARA rules (*.yar); may be given several times.",
    ),
]
ListingOption = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
DossierArgument = Annotated[
    Path,
    typer.Argument(
        metavar="OUT", help="What was given to `assess -o`: a dossier, or a folder of dossiers."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"afterpatch {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@contextmanager
def _errors(interrupted: str = "Interrupted.") -> Iterator[None]:
    """One clear sentence and the right exit code instead of a traceback."""
    try:
        yield
    except UsageError as error:
        _say(f"afterpatch: {_sentence(str(error))}")
        raise typer.Exit(USAGE) from None
    except AfterpatchError as error:
        _say(f"afterpatch: {_sentence(str(error))}")
        raise typer.Exit(FAILED) from None
    except BrokenPipeError:  # the reader of our output has seen enough
        raise
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        _say(f"afterpatch: {what}{_sentence(error.strerror or str(error))}")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        _say(f"afterpatch: {interrupted}")
        raise typer.Exit(INTERRUPTED) from None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _say(text: str) -> None:
    from afterpatch.outputs.text import visible

    typer.echo(visible(text), err=True)


def _out(text: str) -> None:
    from afterpatch.outputs.text import visible

    typer.echo(visible(text))


def _console(*, no_color: bool) -> Console:
    return Console(color_system=None if no_color else "auto", highlight=False)


@contextmanager
def _progress(
    *, quiet: bool, doing: str = "reading"
) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Progress by bytes on standard error, only on a terminal: (set the total, set the done).

    When the total is set anew, the evidence is gone through once more for what was learnt.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield (lambda _total: None), (lambda _done: None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        rounds = count(1)

        def set_total(total: int) -> None:
            number = next(rounds)
            again = doing if number == 1 else f"{doing} again for what was learnt ({number})"
            bar.reset(task, total=total, description=again)

        yield set_total, lambda done: bar.update(task, completed=done)


@contextmanager
def _counted_progress(
    doing: str, *, quiet: bool = False
) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Progress by number on standard error, only on a terminal: (set the total, set the done)."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield (lambda _total: None), (lambda _done: None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield (
            lambda total: bar.update(task, total=total),
            lambda done: bar.update(task, completed=done),
        )


def _now() -> str:
    now = datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def _time(text: str | None, *, end: bool) -> str | None:
    """A day or a time from the command line in our form."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no day or time: write 2021-03-02 or 2021-03-02T10:00"
        ) from None
    time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    if end and len(text) == len("2021-03-02"):
        return time.strftime("%Y-%m-%dT23:59:59.999Z")
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


@app.command(short_help="Assess the evidence of servers and write a dossier for each.")
def assess(
    evidence: EvidenceArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=_on_disk,
            metavar="OUT",
            help="Folder to write the dossier to; one folder in it for each server when the "
            "evidence holds several. A new folder, an empty one, or that of an earlier dossier.",
            show_default=False,
        ),
    ],
    jobs: JobsOption = None,
    sigma: SigmaOption = None,
    yara: YaraOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    claims: ClaimsOption = None,
    case: Annotated[
        str,
        typer.Option(
            "--case", metavar="NUMBER", help="Case number, for the report and the manifest."
        ),
    ] = "",
    examiner: Annotated[
        str,
        typer.Option("--examiner", metavar="NAME", help="Who examines, for both of these."),
    ] = "",
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="A note of yours, for both of these.")
    ] = "",
    sign: Annotated[
        Path | None,
        typer.Option(
            "--sign",
            metavar="KEY.pem",
            help="Sign the manifest with this private Ed25519 key, into manifest.sig.",
        ),
    ] = None,
    redact: Annotated[
        Path | None,
        typer.Option(
            "--redact",
            metavar="NAMES",
            help="Replace accounts, mailboxes, hosts, domains and inner addresses by pseudonyms, "
            "and write what each stands for to this new file, outside of OUT.",
        ),
    ] = None,
    redact_key: Annotated[
        Path | None,
        typer.Option(
            "--redact-key",
            metavar="NAMES",
            help="Use the key of an earlier file of --redact, so that pseudonyms are the same.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the assessments as JSON, and nothing else.")
    ] = False,
    quiet: QuietOption = False,
    no_color: PlainOption = False,
) -> None:
    """Assess the evidence of one or more servers and write a dossier for each.

    Example: afterpatch assess MAIL01.zip -o MAIL01-dossier

    \b
    Exit code, for scripts:
       0  no evidence of an attack, and coverage is sufficient
      10  exposed, or an attack was attempted
      20  exploited
      30  backdoored, used or impacted
      40  coverage is insufficient to say
       2  wrong arguments or evidence that can't be assessed
       1  the program failed
    """
    with _errors():
        first, last = _span(since, until)
        code = _assess(
            _places(evidence),
            out,
            jobs=jobs,
            rules=sigma or [],
            yara=yara or [],
            since=first,
            until=last,
            claims=claims,
            case=(case, examiner, note),
            sign=sign,
            redact=redact,
            redact_key=redact_key,
            as_json=as_json,
            quiet=quiet,
            no_color=no_color,
        )
    raise typer.Exit(code)


def _places(evidence: Sequence[str]) -> list[Place]:
    from afterpatch.storage import place

    return [place(one) for one in evidence]


def _assess(
    evidence: Sequence[Place],
    out: Path,
    *,
    jobs: int | None = None,
    rules: Sequence[Path] = (),
    yara: Sequence[Path] = (),
    since: str | None = None,
    until: str | None = None,
    claims: Path | None = None,
    case: tuple[str, str, str] = ("", "", ""),
    sign: Path | None = None,
    redact: Path | None = None,
    redact_key: Path | None = None,
    as_json: bool = False,
    quiet: bool = False,
    no_color: bool = False,
) -> int:
    from afterpatch.assess import assess as assess_evidence
    from afterpatch.assess import exit_code, with_claims
    from afterpatch.outputs.dossier import Run, folder_names, write
    from afterpatch.outputs.format import CaseData
    from afterpatch.outputs.terminal import print_assessment
    from afterpatch.outputs.text import counted, defused

    _check_packs(rules, yara)
    _check_out(out, evidence)
    if claims is not None:
        from afterpatch.claims.bearing import read_ledger

        read_ledger(claims)  # refused now, not after hours of reading
    signer = _signer(sign, out) if sign else None
    key = _redaction(redact, redact_key, out, evidence)
    started = _now()
    with _progress(quiet=quiet or as_json) as (set_total, set_done):
        dossiers = assess_evidence(
            evidence,
            workers=jobs,
            rules=rules,
            yara=yara,
            since=since,
            until=until,
            on_start=set_total,
            on_progress=set_done,
        )
    if claims is not None:
        dossiers = with_claims(dossiers, claims)
    dossiers = [msgspec.structs.replace(d, case=CaseData(*case)) for d in dossiers]
    if redact and key:
        from afterpatch.redaction import redact as redact_dossiers
        from afterpatch.redaction import write_names

        dossiers, replaced = redact_dossiers(dossiers, key)
        write_names(redact, key, replaced)  # before the dossier, which is of no use without it
    run = Run(tuple(sys.argv), started, _now(), __version__)
    written: list[Path] = []
    names = folder_names([d.assessment.host.name for d in dossiers])
    for dossier, name in zip(dossiers, names, strict=True):
        written += write(dossier, out if len(dossiers) == 1 else out / name, run, signer)
    if as_json:
        found = defused(msgspec.to_builtins([d.assessment for d in dossiers]))
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    elif quiet:
        for dossier in dossiers:
            verdict = dossier.assessment.verdict
            _out(f"{dossier.assessment.host.name}: {verdict.grade}. {verdict.sentence}")
    else:
        print_assessment(dossiers, written, _console(no_color=no_color))
    if refused := len(dossiers[0].rules_refused if dossiers else ()):
        _say(
            f"afterpatch: {counted(refused, 'detection')} could not be compiled and did not run: "
            "`afterpatch rules lint DIR` names them and the reasons."
        )
    return exit_code(dossiers)


def _check_packs(sigma: Sequence[Path], yara: Sequence[Path] = ()) -> None:
    from afterpatch.detections.ruleset import SIGMA, YARA, files

    for option, kind, folders, suffixes in (
        ("--sigma", "Sigma", sigma, SIGMA),
        ("--yara", "YARA", yara, YARA),
    ):
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is no folder: give {option} a folder of {kind} rules")
            if not files(folder, suffixes):
                raise UsageError(
                    f"{folder} holds no {kind} rule: give {option} a folder of *{suffixes[0]} files"
                )


def _check_out(out: Path, evidence: Sequence[Place]) -> None:
    """Refuses an output folder that can't be written to before the evidence is read, not after."""
    from afterpatch.outputs import manifest

    place = out.resolve()
    for path in evidence:
        if isinstance(path, Path) and path.is_dir() and place.is_relative_to(path.resolve()):
            raise UsageError(
                f"{out} lies in the evidence {path}, which is never changed: "
                "choose a folder elsewhere with -o"
            )
    try:
        if out.exists() and not out.is_dir():
            raise UsageError(f"{out} is a file: choose a new or empty folder with -o")
        inside = sorted(out.iterdir()) if out.exists() else []
        near = next(folder for folder in (place, *place.parents) if folder.exists())
    except OSError as error:
        raise UsageError(
            f"{out} can't be used ({error.strerror}): choose another folder with -o"
        ) from error
    if not near.is_dir() or not os.access(near, os.W_OK | os.X_OK):
        raise UsageError(f"{near} can't be written to: choose another folder with -o")
    ours = manifest.read(out) or any(p.is_dir() and manifest.read(p) for p in inside)
    if any(not path.name.endswith(".part") for path in inside) and not ours:
        raise UsageError(
            f"{out} holds files that are no earlier dossier: choose a new or empty folder with -o"
        )


def _signer(key: Path, out: Path) -> Signer:
    from afterpatch.outputs.signature import Signer

    _keep_out(key, out, "--sign")
    return Signer.load(
        key, lambda: str(typer.prompt(f"Passphrase of {key}", hide_input=True, err=True))
    )


def _redaction(
    names: Path | None, earlier: Path | None, out: Path, evidence: Sequence[Place]
) -> bytes | None:
    """The key to redact with, None when nothing is to be redacted."""
    from afterpatch.redaction import new_key, read_key

    if names is None:
        if earlier:
            raise UsageError("--redact-key goes with --redact: name a new file for the names")
        return None
    _keep_out(names, out, "--redact")
    if names.exists():
        raise UsageError(
            f"{names} exists: give --redact a new file, and this one to --redact-key to use its key"
        )
    if not names.parent.is_dir() or not os.access(names.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{names.parent} can't be written to: give --redact a file elsewhere")
    for path in evidence:
        if (
            isinstance(path, Path)
            and path.is_dir()
            and names.resolve().is_relative_to(path.resolve())
        ):
            raise UsageError(f"{names} lies in the evidence {path}, which is never changed")
    if earlier is None:
        return new_key()
    _keep_out(earlier, out, "--redact-key")
    return read_key(earlier)


def _keep_out(file: Path, out: Path, option: str) -> None:
    """Refuses a secret file in the folder that is to be handed on."""
    if file.resolve().is_relative_to(out.resolve()):
        raise UsageError(
            f"{file} lies in {out}, which is made to be handed on: give {option} a file elsewhere"
        )


@app.command(short_help="Assess thousands of packages, and keep a dossier for each server.")
def fleet(
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder or URL to keep the dossiers in; a new one, or that of an earlier run, "
            "which is gone on with.",
            show_default=False,
        ),
    ],
    evidence: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EVIDENCE]...",
            help="Packages: a file, a folder, an archive, or a URL such as s3://bucket/MAIL01.zip, "
            "in which * stands for any name. A folder is one package: of a folder of packages "
            "give FOLDER/*.",
            show_default=False,
        ),
    ] = None,
    list_: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="A file that names a package a line, - for standard input.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="local (processes of this machine) or ray (a Ray cluster). The result is the "
            "same.",
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDR",
            help="Of a running Ray cluster; without it one is started on this machine alone.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            metavar="N",
            help="Packages worked on at a time; one for each processor when left out.",
        ),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option(
            "--time-limit",
            min=0,
            metavar="HOURS",
            help="What one package may take; one that takes longer is recorded as failed.",
        ),
    ] = UNIT_SECONDS / 3600,
    memory_limit: Annotated[
        str,
        typer.Option(
            "--memory-limit",
            metavar="BYTES",
            help="What the processes of one package may hold, as 4GiB; at least 2GiB.",
        ),
    ] = f"{UNIT_MEMORY_BYTES >> 30}GiB",
    sigma: SigmaOption = None,
    yara: YaraOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    claims: ClaimsOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the content of fleet.json, and nothing else.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the counts by grade only.")
    ] = False,
) -> None:
    """Assess many packages of evidence and keep a dossier for each server, below DIR/servers.

    A dossier appears whole or not at all. Run the same command again after anything: what is
    finished of the same bytes, version, rules and questions is not worked again. A package that
    can't be assessed stops none of the others. What became of each is in DIR/fleet.json.

    Example: afterpatch fleet packages/* -o fleet

    Example: afterpatch fleet --list packages.txt -o s3://bucket/fleet --engine ray

    \b
    Exit code, for scripts: that of `assess` for the gravest server. A package that
    failed counts as a server of which nothing can be said (40, which counts between
    0 and 10).
    """
    from afterpatch.fleet import encoded
    from afterpatch.fleet import fleet as assess_fleet
    from afterpatch.range.build import parse_size

    with _errors(
        "Interrupted. What is finished stays: the same command goes on where this one stopped."
    ):
        first, last = _span(since, until)
        _check_packs(sigma or [], yara or [])
        memory = parse_size(memory_limit)
        if memory < 2 << 30:
            raise UsageError(f"--memory-limit {memory_limit} is less than 2GiB: give more")
        with _fleet_progress(quiet=quiet or as_json) as show:
            found, code = assess_fleet(
                [*(evidence or []), *(_listed_packages(list_) if list_ else [])],
                out,
                engine=engine,
                address=address,
                workers=jobs,
                rules=sigma or [],
                yara=yara or [],
                since=first,
                until=last,
                claims=claims,
                seconds=time_limit * 3600,
                memory=memory,
                command_line=sys.argv,
                on_progress=show,
            )
        if as_json:
            typer.echo(encoded(found), nl=False)
        else:
            _print_fleet(found, out, quiet=quiet)
    raise typer.Exit(code)


def _span(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    first, last = _time(since, end=False), _time(until, end=True)
    if first is not None and last is not None and first > last:
        raise UsageError(f"--since ({first}) is after --until ({last}): exchange the two")
    return first, last


def _listed_packages(file: str) -> list[str]:
    """The lines of a list, but for empty ones and those that begin with #."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8", "surrogateescape")
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def _fleet_progress(*, quiet: bool) -> Iterator[Callable[[FleetProgress], None]]:
    """Packages and bytes done, rate, remaining time and grades, on a terminal; else plain lines."""
    console = Console(stderr=True)
    if quiet:
        yield lambda _progress: None
        return
    if not console.is_terminal:
        yield _plain_progress()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[packages]}"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[grades]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, packages="", grades="")

        def show(progress: FleetProgress) -> None:
            bar.update(
                task,
                description=progress.doing,
                completed=progress.bytes_done,
                total=progress.bytes_total or None,
                packages=f"{progress.done:,} of {progress.total:,}",
                grades=_grades_met(progress),
            )

        yield show


def _plain_progress(
    say: Callable[[str], None] = _say, clock: Callable[[], float] = time.monotonic
) -> Callable[[FleetProgress], None]:
    """A line for a log after each 5 % or 10 minutes, and none where all is done in seconds."""
    doing, told, last = "", 0.0, clock()

    def show(progress: FleetProgress) -> None:
        nonlocal doing, told, last
        if progress.doing != doing:
            doing, told = progress.doing, 0.0
        share = progress.done / progress.total
        if progress.bytes_total:
            share = min(1.0, progress.bytes_done / progress.bytes_total)
        now = clock()
        if now - last < (10 if share >= told + 0.05 else 600):
            return
        told, last = share, now
        parts = [f"{progress.done:,} of {progress.total:,} packages", f"{share:.0%}"]
        say(f"{doing}: {', '.join([*parts, *filter(None, [_grades_met(progress)])])}")

    return show


def _grades_met(progress: FleetProgress) -> str:
    met = progress.grades
    return ", ".join(f"{grade} {met[grade]:,}" for grade in reversed(GRADES) if met[grade])


def _print_fleet(found: Fleet, out: str, *, quiet: bool) -> None:
    from afterpatch.outputs.text import counted

    states = Counter(unit.state for unit in found.units)
    grades = Counter(grade for unit in found.units for grade in unit.grades.values())
    for grade in reversed(GRADES):
        if grades[grade]:
            _out(f"{grade:13}{grades[grade]:8,}")
    for unit in found.units:
        if unit.state == "failed" and not quiet:
            _say(f"afterpatch: {unit.package} could not be assessed: {_sentence(unit.why)}")
    pending = f", {states['pending']:,} not reached yet" if states["pending"] else ""
    _out(
        f"{counted(grades.total(), 'server')} of {counted(len(found.units), 'package')}, "
        f"{states['duplicate']:,} the same as others, {states['failed']:,} failed"
        f"{pending}: {out}"
    )


@app.command(short_help="Write a synthetic server that was broken into, and assess it.")
def demo(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=_on_disk,
            metavar="OUT",
            help="Folder for the evidence and the dossier.",
        ),
    ] = Path("demo"),
    no_color: PlainOption = False,
) -> None:
    """Write a synthetic server that was broken into, and assess it.

    Needs nothing but this program: no evidence, no network. Takes less than a minute, and 60 MB.
    """
    from afterpatch.range.build import build

    with _errors():
        folder, truth = out / "range", out / "range" / "ground_truth.json"
        if truth.is_file():
            _say(f"Using the synthetic server of an earlier demo in {folder}.")
        else:
            _say(f"Writing a synthetic server to {folder}.")
            build("proxylogon", folder, size=DEMO_SIZE)
        _assess([folder / "evidence"], out / "dossier", no_color=no_color)
        _say(f"What was really done to this server is written in {truth}.")


@app.command(short_help="Tell what is in the evidence and what is missing.")
def inventory(
    evidence: EvidenceArgument, jobs: JobsOption = None, no_color: PlainOption = False
) -> None:
    """Tell what is in the evidence, what is missing, and which questions stay open.

    Gives no verdict and writes no file. Run it while you can still collect more.
    """
    from afterpatch.assess import assess as assess_evidence
    from afterpatch.outputs.terminal import print_inventory

    with _errors():
        with _progress(quiet=False) as (set_total, set_done):
            dossiers = assess_evidence(
                _places(evidence),
                workers=jobs,
                follow=False,
                on_start=set_total,
                on_progress=set_done,
            )
        print_inventory(dossiers, _console(no_color=no_color))


@app.command(short_help="Set out who says what of whom in public reports.")
def claims(
    reports: Annotated[
        list[Path],
        typer.Argument(
            metavar="REPORT",
            help="Text, HTML or PDF files, or folders of them.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=_on_disk,
            metavar="OUT",
            show_default=False,
            help="Folder to write claims.json, claims.html and claims.stix.json to.",
        ),
    ],
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="auto, parser (needs spaCy and an English model) or plain (needs nothing).",
        ),
    ] = "auto",
    attributed_to: Annotated[
        bool,
        typer.Option(
            "--attributed-to",
            help="Write attributed-to relationships into claims.stix.json. Platforms take them for "
            "attributions of your own.",
        ),
    ] = False,
    jobs: JobsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Set out who says what of whom in public reports, how surely, and who denies it.

    Shows where reports agree only because they copy one source, and where they contradict each
    other. Attributes nothing itself. Needs no network.

    Example: afterpatch claims reports/ -o ledger

    \b
    Exit code, for scripts:
       0  every report was read in full
       1  some could not be, and are named; the ledger is that of the rest. Or the program failed
       2  wrong arguments, or none of the reports can be read
    """
    from afterpatch.claims.ledger import ledger_of, read_in_full, reports_in
    from afterpatch.outputs.claims import NAMES, written
    from afterpatch.outputs.text import counted

    with _errors():
        if engine not in ("auto", "parser", "plain"):
            raise UsageError(f"There is no engine {engine!r}: name auto, parser or plain")
        size = sum(report.size for report in reports_in(reports))
        with _progress(quiet=quiet) as (set_total, set_done):
            set_total(size)
            ledger = ledger_of(
                reports, name=cast("Any", engine), workers=jobs, on_progress=set_done
            )
        if not ledger.documents:
            first = ledger.problems[0]
            raise UsageError(f"No report could be read ({first.what}: {first.why})")
        paths = written(msgspec.to_builtins(ledger), out, attributed_to=attributed_to)
        if not quiet:
            _out(
                f"{counted(len(ledger.documents), 'report')} of "
                f"{counted(len(ledger.clusters), 'independent source')}, "
                f"{counted(len(ledger.claims), 'claim')}, "
                f"{counted(len(ledger.reconciliation), 'comparison')}. "
                f"Read by {ledger.engine['grammar']}."
            )
            for problem in ledger.problems:
                _out(f"  Not read in full: {problem.what}: {problem.why}")
            for path in paths:
                _out(f"  {path}")
            if len(paths) < len(NAMES):
                _out(f"  {NAMES[-1]} is left out: STIX needs pip install 'afterpatch[claims]'")
    raise typer.Exit(0 if read_in_full(ledger) else FAILED)


@app.command(short_help="Scan web files for web shells by their content.")
def webshells(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH",
            help="Files, folders, zips or tars. Of folders and archives the web files are scanned, "
            "a file that is named itself is scanned whatever it is.",
            show_default=False,
        ),
    ],
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Print one JSON object a web file, with all its reasons."),
    ] = False,
    jobs: JobsOption = None,
) -> None:
    """Scan web files for web shells by what they do, not by their names.

    Prints a line for each web file: whether it is flagged, its score (0 to 100, flagged from 50
    on), its path and the reasons. Runs nothing, changes nothing. For the verdict over a whole
    server use `afterpatch assess`, which scans the web files as well.

    Example: afterpatch webshells D:/inetpub/wwwroot

    \b
    Exit code, for scripts:
       0  no web file is flagged
      30  a web file is flagged
       2  wrong arguments or files that can't be opened
       1  the program failed
    """
    from afterpatch.outputs.text import counted
    from afterpatch.webshells import webshells as scan_web_files

    with _errors():
        with _progress(quiet=False, doing="scanning") as (set_total, set_done):
            scanned, files, problems = scan_web_files(
                paths, workers=jobs, on_start=set_total, on_progress=set_done
            )
        for one in scanned:
            if jsonl:
                typer.echo(msgspec.json.encode(one).decode())
            else:
                mark = "WEB SHELL" if one.flagged else "-"
                why = f": {'; '.join(one.reasons)}" if one.reasons else ""
                _out(f"{mark:9}  {one.score:3}  {one.path}{why}")
        for problem in problems:
            _say(f"afterpatch: {problem.what}: {_sentence(problem.why)}")
        flagged = sum(one.flagged for one in scanned)
        _say(
            f"{counted(len(scanned), 'web file')} of {counted(files, 'file')} scanned: "
            f"{flagged} flagged, {counted(len(problems), 'problem')}."
        )
    raise typer.Exit(FLAGGED if flagged else 0)


@app.command(short_help="Check a dossier and its evidence against the manifest.")
def verify(
    out: DossierArgument,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="PUB.pem",
            help="The public Ed25519 key by which the manifest must be signed.",
        ),
    ] = None,
) -> None:
    """Check a dossier against its manifest: its own files, and the evidence where it still is.

    Who changes a dossier can write a new manifest too: only a signature, checked with a key that
    you have from elsewhere, shows that.

    Exit code 0 when all agrees, 1 when anything has changed or is missing, or the signature is not
    by the key given.
    """
    from afterpatch.outputs.manifest import check
    from afterpatch.outputs.text import counted

    with _errors():
        if not out.is_dir():
            raise UsageError(f"{out} is no folder: give the folder that `assess -o` wrote")
        found = check(out, _checker(key) if key else None)
        for said in (*found.problems, *found.signatures):
            _out(said)
        _out(
            f"Checked {counted(found.outputs, 'file')} of the dossier and "
            f"{counted(found.evidence, 'file')} of evidence: "
            f"{counted(len(found.problems), 'problem')}."
        )
        if found.evidence_not_checked:
            _out(
                f"{counted(found.evidence_not_checked, 'file')} of evidence not checked: not "
                "where it was, or within an archive in an archive."
            )
    raise typer.Exit(FAILED if found.problems else 0)


def _checker(key: Path) -> Checker:
    from afterpatch.outputs.signature import Checker

    return Checker.load(key)


@app.command(short_help="Show one finding, trace, operator or backdoor, and what is around it.")
def explain(
    out: DossierArgument,
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Of a finding (f-..., as in report.html and findings.jsonl), a trace (r-..., as "
            "in timeline.jsonl and records.parquet), an operator (op-1) or a backdoor (bd-1).",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as JSON, in full, and nothing else.")
    ] = False,
) -> None:
    """Show one finding, trace, operator or backdoor of a dossier, and what is around it.

    \b
    f-... or r-...  the record, the lines around it, its rule and why it counts, what the same
                    operator did before and after, and what others did within a minute of it
    op-1            who: addresses, why they are held for one hand, doors, and deeds in order
    bd-1            planted when and by whom, who came through, and whether it still stands

    The lines around a record are read from the evidence, where that still is; the rest is in the
    dossier.

    Example: afterpatch explain MAIL01-dossier op-1
    """
    from afterpatch.explain import explain as explain_id
    from afterpatch.explain import lines
    from afterpatch.outputs.text import defused

    with _errors():
        if not out.is_dir():
            raise UsageError(f"{out} is no folder: give the folder that `assess -o` wrote")
        told = explain_id(out, id_)
        if as_json:
            found = defused(msgspec.to_builtins(told))
            typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        else:
            for line in lines(told):
                _out(line)


@app.command(short_help="Tell what became of a server between two dossiers.")
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="The dossier from before the eviction.")
    ],
    after: Annotated[
        Path,
        typer.Argument(metavar="AFTER", help="The dossier of the same server from after it."),
    ],
    evicted: Annotated[
        str | None,
        typer.Option(
            "--evicted",
            metavar="TIME",
            help="When the intruders were put out, in UTC; the end of BEFORE when left out. What "
            "was done after it counts as new.",
        ),
    ] = None,
    as_json: ListingOption = False,
) -> None:
    """Tell what became of a server between two dossiers: is it over?

    Which backdoors are gone, still stand or are new, how requests to them were answered, who was
    seen again, which holes are closed, and what of that can't be seen.

    Example: afterpatch compare MAIL01-march MAIL01-april --evicted 2021-03-20

    \b
    Exit code, for scripts:
       0  over as far as this evidence goes: nothing stands or is new, and coverage is sufficient
      30  not over: something stands or is new, somebody came in, or a hole is open
      40  can't be told
       2  dossiers that can't be compared
       1  the program failed
    """
    from afterpatch.compare import compare as compare_dossiers
    from afterpatch.compare import exit_code, lines
    from afterpatch.outputs.text import defused

    with _errors():
        found = compare_dossiers(before, after, _time(evicted, end=False))
        if as_json:
            told = defused(msgspec.to_builtins(found))
            typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2))
        else:
            for line in lines(found):
                _out(line)
    raise typer.Exit(exit_code(found))


@app.command(short_help="One view over many dossiers.")
def campaign(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR",
            help="Folders (or URLs) that hold dossiers, as `fleet` or `assess` wrote them.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=_on_disk,
            metavar="VIEW",
            help="Folder to write the view to.",
            show_default=False,
        ),
    ],
    register: Annotated[
        Path | None,
        typer.Option(
            "--register",
            metavar="CSV",
            help="Whose each package is: package, organization, sector, country, size, contact.",
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--claims", metavar="FILE", help="A claims.json, to set beside the view."),
    ] = None,
    since_view: Annotated[
        Path | None,
        typer.Option(
            "--since-view",
            metavar="OLDVIEW",
            callback=_on_disk,
            help="An earlier view: says what is new since.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the first line only.")
    ] = False,
) -> None:
    """Show what many servers have in common: how many were taken over, when and by whom.

    Counts servers by what is proved, by product and by what a register says of their owners; sets
    the waves against the days on which the holes were public; groups intruders of different servers
    that share infrastructure, with the reason for each link; and writes whom to tell, with a page
    for each organization that names no other. A cluster is never a named group.

    Exit code 1: the view is written, and a dossier could not be read; the second line and the view
    say which.

    Example: afterpatch campaign fleet --register owners.csv -o view
    """
    from afterpatch.campaign import campaign as build_view
    from afterpatch.outputs import campaign_folder
    from afterpatch.outputs.campaign_text import lines
    from afterpatch.storage import place

    with _errors():
        with _counted_progress("reading dossiers", quiet=quiet) as (set_total, set_done):
            view = build_view(
                [place(folder) for folder in folders],
                register=register,
                claims=ledger,
                since=since_view,
                on_start=set_total,
                on_progress=set_done,
            )
        written = campaign_folder.write(view, out)
        told = lines(view)
        for line in told[: 2 if view.unread else 1] if quiet else told:
            _out(line)
        if not quiet:
            _out(f"Files written to {out}: {', '.join(written)}")
    raise typer.Exit(1 if view.unread else 0)


@app.command(short_help="Ask the tables of a fleet in SQL.")
def tables(
    folder: Annotated[
        str,
        typer.Argument(
            metavar="DIR", help="What `fleet` wrote to, a folder or a URL.", show_default=False
        ),
    ],
    query: Annotated[
        str | None,
        typer.Argument(metavar="SELECT", help="A query; without one the tables are named."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line, instead of CSV.")
    ] = False,
) -> None:
    """Answer a question over all servers of a fleet, as CSV or JSON on standard output.

    Tables: servers, findings, backdoors, operators, chains, impact, coverage. Nothing is written,
    and no other file can be read by a query.

    Example: afterpatch tables fleet "SELECT grade, count(*) FROM servers GROUP BY grade"
    """
    from afterpatch.outputs.campaign_files import table
    from afterpatch.outputs.text import defused
    from afterpatch.storage import place
    from afterpatch.tables.query import open_fleet

    with _errors(), open_fleet(place(folder)) as fleet:
        if query is None:
            for name, rows in fleet.counts().items():
                typer.echo(f"{name:12}{rows:>14,}")
            return
        answer = fleet.ask(query)
        if as_json:
            for row in answer.rows:
                told = dict(zip(answer.columns, row, strict=True))
                typer.echo(msgspec.json.encode(defused(msgspec.to_builtins(told))))
            return
        cells = (tuple(map(_cell, row)) for row in answer.rows)
        for piece in table(answer.columns, cells):
            typer.echo(piece.decode(), nl=False)


def _cell(value: object) -> object:
    """A value for a table: what holds several as JSON."""
    if not isinstance(value, list | tuple | dict):
        return value
    return msgspec.json.encode(msgspec.to_builtins(value, str_keys=True)).decode()


@range_app.command("build", short_help="Write a synthetic server.")
def range_build(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A name from `afterpatch range list`.")
    ],
    out: NewFolderOption,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="BYTES",
            help="How much logs to write, as 600MB or 2GB; else the story's own.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same seed gives the same bytes.")
    ] = 0,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="First day, as 2021-02-15; else the story's."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day; else the story's.")
    ] = None,
) -> None:
    """Write a synthetic server (evidence/) and what was done to it (ground_truth.json).

    Example: afterpatch range build proxylogon -o range
    """
    from afterpatch.range.build import build, own_size, parse_size

    with _errors():
        asked = parse_size(size) if size else None
        days = [_time(day, end=False) for day in (first, last)]
        first_day, last_day = (datetime.fromisoformat(d).date() if d else None for d in days)
        with _progress(quiet=False, doing="writing") as (set_total, set_done):
            set_total(asked or own_size(scenario))
            built = build(
                scenario,
                out,
                size=asked,
                seed=seed,
                first_day=first_day,
                last_day=last_day,
                progress=set_done,
            )
        _out(str(built))


@range_app.command("fleet", short_help="Write packages of many synthetic servers.")
def range_fleet(
    out: NewFolderOption,
    servers: Annotated[
        int, typer.Option("--servers", metavar="N", help="How many servers to write.")
    ] = 100,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same seed gives the same bytes.")
    ] = 0,
) -> None:
    """Write packages of many small servers (packages/), the register of their owners
    (register.csv), and what was done to each and by whom (ground_truth.json).

    Example: afterpatch range fleet -o range --servers 300
    """
    from afterpatch.range.fleet import build_fleet

    with _errors():
        with _counted_progress("writing servers") as (set_total, set_done):
            set_total(servers)
            built = build_fleet(out, servers=servers, seed=seed, progress=set_done)
        _out(str(built))


@range_app.command("list", short_help="Name the scenarios.")
def range_list() -> None:
    """Name the scenarios: what happened to each server."""
    from afterpatch.range.scenario import SCENARIOS

    for scenario in SCENARIOS:
        typer.echo(f"{scenario.name:26}{scenario.summary}")


@rules_app.command("list", short_help="Name the detections.")
def rules_list(
    sigma: SigmaOption = None, yara: YaraOption = None, as_json: ListingOption = False
) -> None:
    """Name the detections that are loaded, and those that are not and why."""
    from afterpatch.outputs.text import counted, defused
    from afterpatch.rulebook import open_book

    with _errors():
        _check_packs(sigma or [], yara or [])
        book = open_book(sigma or [], yara or [])
        if as_json:
            listed = {"detections": book.entries, "refused": _listed(book.refused)}
            found = defused(msgspec.to_builtins(listed))
            typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
            return
        for entry in book.entries:
            chain = f" [{entry.chain}]" if entry.chain else ""
            standing = "" if entry.standing == "proof" else f" ({entry.standing})"
            _out(
                f"{entry.severity:15}{entry.question:12}{entry.name}: "
                f"{entry.title}{chain}{standing}"
            )
        for line in _refusals(book.refused):
            _out(f"{'refused':27}{line}")
        _say(f"{counted(len(book.entries), 'detection')}, {len(book.refused)} refused.")


def _refusals(refused: Sequence[Refusal]) -> Iterator[str]:
    for refusal in refused:
        title = f" ({refusal.title})" if refusal.title else ""
        yield f"{refusal.what}{title}: {refusal.why}"


def _listed(refused: Sequence[Refusal]) -> list[dict[str, str]]:
    return [{"file": r.what, "title": r.title, "why": r.why} for r in refused]


@rules_app.command("lint", short_help="Compile detections and name those that are refused.")
def rules_lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Sigma rules (*.yml), YARA rules (*.yar) or folders of them; those of the program "
            "when left out.",
        ),
    ] = None,
    sigma: SigmaOption = None,
    yara: YaraOption = None,
    as_json: ListingOption = False,
) -> None:
    """Compile detections and name each that is refused, with the reason.

    Exit code 1 when any is refused.
    """
    from afterpatch.outputs.text import counted, defused
    from afterpatch.rulebook import lint

    with _errors():
        _check_packs(sigma or [], yara or [])
        places = [*(paths or ()), *(sigma or ()), *(yara or ())]
        for path in places:
            if not path.exists():
                raise UsageError(f"{path} does not exist: give rules or folders of them")
        found = lint(places)
        if not found.compiled and not found.refused:
            raise UsageError("No *.yml or *.yar file is there: give rules or folders of them")
        if as_json:
            said = {
                "compiled": found.compiled,
                "refused": _listed(found.refused),
                "slow": found.slow_lane,
            }
            typer.echo(msgspec.json.format(msgspec.json.encode(defused(said)), indent=2))
        else:
            for line in _refusals(found.refused):
                _out(f"refused {line}")
            for name in found.slow_lane:
                _out(f"slow {name}: has no text to look for, and reads every record")
            _out(
                f"{counted(found.compiled, 'detection')} compiled, {len(found.refused)} refused, "
                f"{len(found.slow_lane)} slow."
            )
    raise typer.Exit(FAILED if found.refused else 0)


@rules_app.command("test", short_help="Run the samples of each detection.")
def rules_test(sigma: SigmaOption = None, yara: YaraOption = None) -> None:
    """Run the samples of each detection: the lines that must hit and those that must not.

    Exit code 1 when any sample or detection fails.
    """
    from afterpatch.hunt import run_samples
    from afterpatch.outputs.text import counted
    from afterpatch.rulebook import open_book

    with _errors():
        _check_packs(sigma or [], yara or [])
        book = open_book(sigma or [], yara or [])
        failed = [f"refused {line}" for line in _refusals(book.refused)]
        count = 0
        for rule in book.rules.values():
            for sample, complaint in run_samples(rule) if rule.samples else ():
                count += 1
                if complaint:
                    kind = "hit" if sample.hit else "miss"
                    failed.append(f"{rule.name}: {kind} sample for {sample.artifact}: {complaint}")
        for line in failed:
            _out(line)
        _out(
            f"{counted(len(book.entries), 'detection')}, {counted(count, 'sample')}, "
            f"{counted(len(failed), 'failure')}."
        )
    raise typer.Exit(FAILED if failed else 0)


@rules_app.command("explain", short_help="Tell what a detection looks for and why.")
def rules_explain(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name from `afterpatch rules list`.")
    ],
    sigma: SigmaOption = None,
    yara: YaraOption = None,
) -> None:
    """Tell what a detection looks for, in which logs, and what a match is worth."""
    from afterpatch.rulebook import explain, open_book

    with _errors():
        _check_packs(sigma or [], yara or [])
        book = open_book(sigma or [], yara or [])
        if name not in book.rules and name not in book.yara:
            raise UsageError(f"There is no detection '{name}': `afterpatch rules list` names them")
        for line in explain(book, name):
            _out(line)


@rules_app.command("docs", short_help="Write a page of documentation for each detection.")
def rules_docs(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            callback=_on_disk,
            metavar="DIR",
            help="New or empty folder, or that of earlier pages.",
            show_default=False,
        ),
    ],
    sigma: SigmaOption = None,
    yara: YaraOption = None,
) -> None:
    """Write a page of documentation for each detection, in Markdown, and an index of them.

    Example: afterpatch rules docs -o detections
    """
    from afterpatch.outputs.text import counted
    from afterpatch.rulebook import INDEX_TITLE, open_book, write_pages

    with _errors():
        _check_packs(sigma or [], yara or [])
        index = out / "README.md"
        inside = next(out.iterdir(), None) if out.is_dir() else None
        ours = index.is_file() and index.read_text("utf-8", "replace").startswith(INDEX_TITLE)
        if (out.exists() and not out.is_dir()) or (inside and not ours):
            raise UsageError(f"{out} holds other files: choose a new or empty folder with -o")
        written = write_pages(open_book(sigma or [], yara or []), out)
        _out(f"{counted(len(written), 'file')} written to {out}.")


@rules_app.command("literals", short_help="Print the texts that the sweep looks for.")
def rules_literals() -> None:
    """Print the texts that the sweep looks for, one a line."""
    from afterpatch.assess import load_rules
    from afterpatch.hunt import literals_of

    for text in literals_of(load_rules()):
        typer.echo(text)
