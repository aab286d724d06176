"""For all tests: what the program keeps for its next run stays out of the user's home."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "program")
