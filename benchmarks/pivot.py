"""Measures what the further sweeps for what was learnt cost beside the first.

    python benchmarks/pivot.py WORKDIR [--size 2GB] [--rounds 3] [--scenario proxylogon]

Builds a synthetic server that was broken into, of the given size, in WORKDIR (once). Assesses it
with all processors and prints, for each round, the seconds of the first sweep, of all further ones
together (compiling what they look for included), and the ratio of the two.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import afterpatch.assess
from afterpatch.range.build import build, parse_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--size", default="2GB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scenario", default="proxylogon")
    options = parser.parse_args()
    server = options.workdir / f"{options.scenario}-{options.size}"
    if not (server / "ground_truth.json").is_file():
        print(f"building {options.size} of logs in {server}")
        build(options.scenario, server, size=parse_size(options.size))
    spent: dict[str, float] = {}
    for name in ("hunt", "pursue"):
        setattr(afterpatch.assess, name, _timed(getattr(afterpatch.assess, name), name, spent))
    ratios = []
    for number in range(options.rounds + 1):
        (found,) = afterpatch.assess.assess([server / "evidence"])
        pivots = found.assessment.pivots
        if number:  # the first round warms the page cache and the rules' cache
            ratios.append(spent["pursue"] / spent["hunt"])
            print(
                f"first sweep {spent['hunt']:.2f} s, {max(p.sweep for p in pivots) - 1} further "
                f"with {sum(p.state == 'followed' for p in pivots)} leads followed "
                f"{spent['pursue']:.2f} s, ratio {ratios[-1]:.2f}"
            )
    print(f"ratio median {statistics.median(ratios):.2f}")


def _timed(function: Any, name: str, spent: dict[str, float]) -> Any:
    def run(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] = time.perf_counter() - started

    return run


if __name__ == "__main__":
    main()
