"""Arguments in, exit code out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from afterpatch import __version__
from afterpatch.errors import AfterpatchError, UsageError

__all__ = ["app"]

USAGE, FAILED = 2, 1

app = typer.Typer(
    name="afterpatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tells the owner of a Microsoft Exchange server, from evidence alone, whether someone was "
    "in before the patch, which doors they left, and what can't be seen.",
)
range_app = typer.Typer(no_args_is_help=True, help="Write synthetic servers with known truth.")
rules_app = typer.Typer(no_args_is_help=True, help="List and test the detections.")
app.add_typer(range_app, name="range")
app.add_typer(rules_app, name="rules")

EvidenceArgument = Annotated[
    list[Path],
    typer.Argument(
        help="Folders, zips or tars as collected: a copy of C:, KAPE, Velociraptor, CyLR, "
        "ExchangeLogCollector. They are read in place and never changed.",
        show_default=False,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Worker processes. [default: one a processor]"),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict line only.")]
PlainOption = Annotated[bool, typer.Option("--no-color", help="Plain text.")]
SigmaOption = Annotated[
    list[Path] | None,
    typer.Option("--sigma", help="A folder of further Sigma rules; may be given again."),
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
    """Exit codes of `assess`: 0 no evidence and coverage sufficient, 10 exposed or attempted,
    20 exploited, 30 backdoored, used or impacted, 40 coverage insufficient to say, 2 usage,
    1 the program failed."""


@contextmanager
def _errors() -> Iterator[None]:
    """One clear sentence and the right exit code instead of a traceback."""
    try:
        yield
    except UsageError as error:
        _say(f"afterpatch: {error}")
        raise typer.Exit(USAGE) from None
    except AfterpatchError as error:
        _say(f"afterpatch: {error}")
        raise typer.Exit(FAILED) from None
    except OSError as error:
        _say(f"afterpatch: {error.strerror or error}: {error.filename or 'the output folder'}")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        _say("afterpatch: interrupted; nothing was written")
        raise typer.Exit(130) from None


def _say(text: str) -> None:
    from afterpatch.outputs.text import visible

    typer.echo(visible(text), err=True)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Progress by bytes on standard error, only on a terminal: (set the total, set the done)."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield (lambda _total: None), (lambda _done: None)
        return
    columns = (
        TextColumn("reading"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)
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


@app.command()
def assess(
    evidence: EvidenceArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the dossier.", show_default=False)
    ],
    jobs: JobsOption = None,
    sigma: SigmaOption = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Leave out records before this day or time (UTC).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Leave out records after this day or time (UTC).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the assessments as JSON on standard output.")
    ] = False,
    quiet: QuietOption = False,
    no_color: PlainOption = False,
) -> None:
    """Assess the evidence of one or more servers and write a dossier for each.

    Example: afterpatch assess MAIL01.zip -o dossier
    """
    with _errors():
        code = _assess(
            evidence,
            out,
            jobs=jobs,
            rules=sigma or [],
            since=_time(since, end=False),
            until=_time(until, end=True),
            as_json=as_json,
            quiet=quiet,
            no_color=no_color,
        )
    raise typer.Exit(code)


def _assess(
    evidence: list[Path],
    out: Path,
    *,
    jobs: int | None,
    rules: list[Path],
    since: str | None,
    until: str | None,
    as_json: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    from afterpatch.assess import assess as assess_evidence
    from afterpatch.assess import exit_code
    from afterpatch.outputs.dossier import Run, folder_names, write
    from afterpatch.outputs.terminal import print_assessment

    for folder in rules:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder: give --sigma a folder of Sigma rules")
    started = _now()
    with _progress(quiet=quiet or as_json) as (set_total, set_done):
        dossiers = assess_evidence(
            evidence,
            workers=jobs,
            rules=rules,
            since=since,
            until=until,
            on_start=set_total,
            on_progress=set_done,
        )
    run = Run(tuple(sys.argv), started, _now(), __version__)
    written: list[Path] = []
    names = folder_names([d.assessment.host.name for d in dossiers])
    for dossier, name in zip(dossiers, names, strict=True):
        written += write(dossier, out if len(dossiers) == 1 else out / name, run)
    if as_json:
        typer.echo(msgspec.json.encode([d.assessment for d in dossiers]))
    elif quiet:
        for dossier in dossiers:
            found = dossier.assessment
            _out(f"{found.host.name}: {found.verdict.grade}. {found.verdict.sentence}")
    else:
        print_assessment(dossiers, written, Console(no_color=no_color, highlight=False))
    return exit_code(dossiers)


def _out(text: str) -> None:
    from afterpatch.outputs.text import visible

    typer.echo(visible(text))


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for evidence and dossier.")
    ] = Path("demo"),
    no_color: PlainOption = False,
) -> None:
    """Write a synthetic server that was broken into, and assess it. Works offline."""
    from afterpatch.range.build import build

    with _errors():
        built = build("proxylogon", out / "range", size=24_000_000)
        _say(f"Wrote a synthetic server to {built / 'evidence'}; now assessing it.")
        _assess(
            [built / "evidence"],
            out / "dossier",
            jobs=None,
            rules=[],
            since=None,
            until=None,
            as_json=False,
            quiet=False,
            no_color=no_color,
        )


@app.command()
def inventory(
    evidence: EvidenceArgument, jobs: JobsOption = None, no_color: PlainOption = False
) -> None:
    """Tell what is in the evidence, what is missing, and which questions stay open. No verdict."""
    from afterpatch.assess import assess as assess_evidence
    from afterpatch.outputs.terminal import print_inventory

    with _errors():
        with _progress(quiet=False) as (set_total, set_done):
            dossiers = assess_evidence(
                evidence, workers=jobs, on_start=set_total, on_progress=set_done
            )
        print_inventory(dossiers, Console(no_color=no_color, highlight=False))


@app.command()
def verify(
    out: Annotated[Path, typer.Argument(help="A dossier folder, or a folder of dossiers.")],
) -> None:
    """Check a dossier against its manifest: its own files, and the evidence where it still is."""
    from afterpatch.outputs.manifest import check

    with _errors():
        found = check(out)
        for problem in found.problems:
            _out(problem)
        _out(
            f"{found.outputs} outputs and {found.evidence} evidence files checked, "
            f"{found.evidence_not_checked} evidence files not found or not checked, "
            f"{len(found.problems)} problems"
        )
    raise typer.Exit(FAILED if found.problems else 0)


@range_app.command("build")
def range_build(
    scenario: Annotated[str, typer.Argument(help="A name from `afterpatch range list`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.", show_default=False)],
    size: Annotated[str, typer.Option(help="Bytes of ordinary logs, such as 600MB.")] = "60MB",
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    first: Annotated[str | None, typer.Option("--from", help="First day, as 2021-02-15.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
) -> None:
    """Write a synthetic server with ground_truth.json."""
    from afterpatch.range.build import build, parse_size

    with _errors():
        days = [_time(day, end=False) for day in (first, last)]
        first_day, last_day = (datetime.fromisoformat(d).date() if d else None for d in days)
        with _progress(quiet=False) as (set_total, set_done):
            set_total(parse_size(size))
            built = build(
                scenario,
                out,
                size=parse_size(size),
                seed=seed,
                first_day=first_day,
                last_day=last_day,
                progress=set_done,
            )
        _out(str(built))


@range_app.command("list")
def range_list() -> None:
    """Name the scenarios."""
    from afterpatch.range.scenario import SCENARIOS

    for scenario in SCENARIOS:
        typer.echo(f"{scenario.name:22} {scenario.summary}")


@rules_app.command("list")
def rules_list() -> None:
    """Name what is loaded, what is not and why."""
    from afterpatch.assess import load_rules

    ruleset = load_rules()
    for rule in ruleset.rules:
        _out(f"{rule.severity:13} {rule.question:11} {rule.name}: {rule.title}")
    for problem in ruleset.refused:
        _out(f"refused {problem.what}: {problem.why}")


@rules_app.command("literals")
def rules_literals() -> None:
    """Print the literals that the sweep looks for, one a line."""
    from afterpatch.assess import load_rules
    from afterpatch.hunt import literals_of

    for text in literals_of(load_rules()):
        typer.echo(text)


@rules_app.command("test")
def rules_test(
    sigma: Annotated[Path | None, typer.Option(help="Test a folder of rules instead.")] = None,
) -> None:
    """Run the samples of each rule: what must hit and what must not."""
    from afterpatch.assess import load_rules
    from afterpatch.hunt import run_samples

    ruleset = load_rules([sigma] if sigma else [])
    failed = [f"refused {p.what}: {p.why}" for p in ruleset.refused]
    count = 0
    for rule in ruleset.rules:
        for sample, complaint in run_samples(rule):
            count += 1
            if complaint:
                kind = "hit" if sample.hit else "miss"
                failed.append(f"{rule.name}: {kind} sample for {sample.artifact}: {complaint}")
    for line in failed:
        _out(line)
    _out(f"{len(ruleset.rules)} rules, {count} samples, {len(failed)} failures")
    raise typer.Exit(FAILED if failed else 0)
