"""Synthetic Exchange servers with ground truth, for the demo, tests and benchmarks."""

from afterpatch.range.build import DEFAULT_SIZE, build, parse_size
from afterpatch.range.scenario import SCENARIOS, Scenario

__all__ = ["DEFAULT_SIZE", "SCENARIOS", "Scenario", "build", "parse_size"]
