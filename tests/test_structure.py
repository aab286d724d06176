"""The house keeps its floors: who may import whom, and which library lives where."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from afterpatch.artifacts import registry
from afterpatch.outputs import dossier, manifest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "afterpatch"
FILES = sorted(SOURCE.rglob("*.py"))

# From the ground up. A room imports rooms of lower floors only, and none beside it.
FLOORS = (
    ("__init__", "model", "errors", "limits"),
    ("guard", "storage", "times"),
    ("evidence", "sweep", "artifacts", "detections", "engines", "tables", "knowledge", "range"),
    ("hunt", "answers", "outputs", "claims"),
    ("assess", "campaign", "webshells"),
    ("rulebook", "explain", "compare", "redaction", "fleet"),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: height for height, floor in enumerate(FLOORS) for room in floor}
GROUND = frozenset((*FLOORS[0], *FLOORS[1]))
# What rooms of the upper floors see of those below, where that is less than everything.
NARROW = {
    "answers": GROUND | {"knowledge", "detections.rule"},
    "outputs": GROUND | {"tables"},
    "claims": GROUND | {"knowledge", "engines"},
    "__main__": {"cli"},
}

# A heavy or optional library is imported in one file, which hides it from the rest of the house.
HOMES: dict[str, tuple[str, ...]] = {
    "hyperscan": ("sweep/engine.py",),
    "evtx": ("artifacts/evtx/__init__.py",),
    "sigma": ("detections/sigma.py",),
    "yaml": ("detections/sigma.py",),
    "re2": ("detections/predicate.py",),
    "yara_x": ("detections/yara.py",),
    "platformdirs": ("detections/cache.py",),
    "isal": ("evidence/reader.py",),
    "numpy": ("sweep/frames.py",),
    "zstandard": ("evidence/reader.py",),
    "defusedxml": ("artifacts/xmlfile.py",),
    # One environment, in which everything is defused; the ledger of claims is a page of its own.
    "jinja2": ("outputs/campaign_html.py", "outputs/claims_html.py", "outputs/html.py"),
    "markupsafe": (
        "outputs/campaign_html.py",
        "outputs/catalog.py",
        "outputs/charts.py",
        "outputs/claims_html.py",
        "outputs/html.py",
        "outputs/pictures.py",
    ),
    "vl_convert": ("outputs/charts.py",),
    "psutil": ("guard.py",),
    "pyarrow": ("tables/parquet.py",),
    "duckdb": ("tables/query.py",),
    "cryptography": ("outputs/signature.py",),
    "typer": ("cli.py",),
    # Progress is the command line's, the page that `assess` prints is an output format.
    "rich": ("cli.py", "outputs/terminal.py"),
}


# Optional libraries are looked for by name, each in one file, and come with an extra.
EXTRAS = {
    "spacy": "claims/grammar/dependency.py",
    "trafilatura": "claims/page/html_page.py",
    "pypdf": "claims/page/pdf.py",
    "stix2": "outputs/claims_stix.py",
    "ray": "engines/ray.py",
    "fsspec": "storage.py",
}


def _imports(path: Path) -> Iterator[str]:
    """The modules a file imports; `from afterpatch import x` counts as `afterpatch.x`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            if node.module == "afterpatch":
                yield from (f"afterpatch.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _own(path: Path) -> Iterator[str]:
    """What a file imports of other rooms, without the name of the package."""
    for module in _imports(path):
        if module.startswith("afterpatch."):
            name = module.removeprefix("afterpatch.")
            name = "__init__" if name == "__version__" else name
            if name.split(".")[0] != _room(path):
                yield name


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_imports_lead_down(path: Path) -> None:
    room = _room(path)
    assert room in FLOOR, f"{room} stands on no floor"
    for name in _own(path):
        below = name.split(".")[0]
        assert FLOOR[below] < FLOOR[room], f"{path.name} imports {name}, which is not below it"
        if room in NARROW:
            assert {below, name} & NARROW[room], f"{room} may not see {name}"


def test_rooms_of_artifacts_share_only_what_lies_between_them() -> None:
    rooms = {p.name for p in (SOURCE / "artifacts").iterdir() if (p / "__init__.py").exists()}
    for room in rooms:
        for path in (SOURCE / "artifacts" / room).rglob("*.py"):
            for module in _imports(path):
                _, _, name = module.partition("afterpatch.artifacts.")
                assert name.split(".")[0] not in rooms - {room}, f"{room} imports {module}"


@pytest.mark.parametrize("library", sorted(HOMES))
def test_heavy_libraries_have_one_home(library: str) -> None:
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if any(module.split(".")[0] == library for module in _imports(path))
    ]
    assert sorted(found) == sorted(HOMES[library])


@pytest.mark.parametrize("library", sorted(EXTRAS))
def test_optional_libraries_have_one_home_and_an_extra(library: str) -> None:
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if re.search(rf"import_module\(\"{library}[\".]", path.read_text(encoding="utf-8"))
        or any(module.split(".")[0] == library for module in _imports(path))
    ]
    assert found == [EXTRAS[library]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [line for name, lines in extras.items() if name != "dev" for line in lines]
    assert any(re.split(r"[<>=]", line)[0] == library for line in declared)


def test_nothing_heavy_is_imported_by_the_worker_entry_point() -> None:
    # Every worker process imports it again.
    tree = ast.parse((SOURCE / "__main__.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [getattr(node, "module", None) for node in top] == ["__future__"]


def test_every_artifact_room_is_registered() -> None:
    rooms = {p.name for p in (SOURCE / "artifacts").iterdir() if (p / "__init__.py").exists()}
    text = (SOURCE / "artifacts" / "registry.py").read_text(encoding="utf-8")
    listed = set(re.findall(r"^    \*(\w+)\.ARTIFACTS", text, re.MULTILINE))
    assert rooms <= listed
    # Detections name artifacts: those of one name (front and back end of IIS) are read alike.
    alike: dict[str, set[object]] = {}
    for artifact in registry.ARTIFACTS:
        how = (artifact.framing, artifact.encoding, artifact.anchors)
        alike.setdefault(artifact.name, set()).add(how)
    assert all(len(ways) == 1 for ways in alike.values())


def test_every_output_format_is_listed() -> None:
    names = {form.name for form in dossier.FORMATS} | {manifest.NAME}
    for path in (SOURCE / "outputs").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^def render\(dossier", text, re.MULTILINE) and path.stem != "manifest":
            assert f"{path.stem}.render" in (SOURCE / "outputs" / "dossier.py").read_text("utf-8")
    assert names == {
        "assessment.json",
        "findings.jsonl",
        "timeline.jsonl",
        "records.parquet",
        "report.html",
        "bundle.stix.json",
        "indicators.misp.json",
        "navigator.json",
        "findings.csv",
        "operators.csv",
        "backdoors.csv",
        "indicators.csv",
        "manifest.json",
    }


def test_dependencies_are_what_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=\[]", line)[0].lower() for line in project["dependencies"]}
    named = {
        "sigma": "pysigma",
        "yaml": "pyyaml",
        "re2": "google-re2",
        "yara_x": "yara-x",
        "vl_convert": "vl-convert-python",
    }
    imported = {named.get(library, library) for library in HOMES} | {"msgspec"}
    assert declared == imported


def test_nothing_opens_a_network_connection() -> None:
    network = {"socket", "ssl", "http", "ftplib", "smtplib", "requests", "httpx", "asyncio"}
    for path in FILES:
        for module in _imports(path):
            assert module.split(".")[0] not in network, f"{path} imports {module}"
            assert not module.startswith("urllib.") or module == "urllib.parse"


# Assembled, so that this file does not name what it looks for.
_MACHINE_PATH = re.compile("(?<![A-Za-z0-9:.])/" + "(?:work|home|root|Users)" + "/[a-z]", re.ASCII)
_REGISTRY = re.compile("py" + r"pi\.org|python" + "hosted|--(?:extra-)?" + "index-url|dev" + "pi")
_TEXT = {".py", ".toml", ".md", ".yml", ".csv", ".html", ".json", ".txt", ".run", ""}


def test_no_machine_path_and_no_registry_host() -> None:
    skipped = {".git", ".venv", ".hypothesis", "demo", "build", "dist", "out"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if (
            not path.is_file()
            or parts[0] in skipped
            or any("cache" in part or part.endswith(".egg-info") for part in parts)
            or path.suffix not in _TEXT
        ):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = _MACHINE_PATH.search(text) or _REGISTRY.search(text)
        assert not found, f"{'/'.join(parts)} names {found[0] if found else ''}"
