"""How long a browser takes to open reports of few and of many findings, and how large they are.

    python benchmarks/report.py [--runs N]

Each report is opened in headless Chromium from disk, N times in turns with an empty page, in a new
context each time. The figure is the time from the call to a page that is loaded and laid out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "outputs"))
import dossiers

from afterpatch.outputs.html import render

COUNTS = (10, 1_000, 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    chromium = shutil.which("chromium") or sys.exit("no chromium on this machine")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = {"empty page": Path(folder) / "empty.html"}
        pages["empty page"].write_text("<!DOCTYPE html><title>empty</title>", "utf-8")
        for count in COUNTS:
            path = pages[f"{count:,} findings"] = Path(folder) / f"{count}.html"
            path.write_bytes(b"".join(render(dossiers.many(count))))
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(runs):
            for name, path in pages.items():
                context = browser.new_context(viewport={"width": 1366, "height": 768})
                page = context.new_page()
                start = time.perf_counter()
                page.goto(path.as_uri())
                page.evaluate("document.documentElement.scrollHeight")
                taken[name].append(time.perf_counter() - start)
                context.close()
        browser.close()
        for name, path in pages.items():
            times = sorted(taken[name])
            print(
                f"{name}: {path.stat().st_size / 1e6:.2f} MB, median "
                f"{statistics.median(times):.2f} s ({times[0]:.2f} to {times[-1]:.2f}), "
                f"{runs} runs"
            )


if __name__ == "__main__":
    main()
