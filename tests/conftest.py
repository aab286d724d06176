"""For all tests: what the program keeps for its next run stays out of the user's home; and the
browser in which pages are opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "program")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Nothing that Chromium would do by itself besides: no updates, no reports, no first-run pages.
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "no chromium on this machine: install the package of that name"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        options = [*QUIET, "--no-sandbox"] if root else QUIET
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def opens(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a page from disk; at the end nothing was asked for, said or thrown by it."""
    said: list[str] = []
    contexts = []

    def open_page(content: bytes, size: tuple[int, int], **options: object) -> Page:
        path = tmp_path / f"{len(contexts)}.html"
        path.write_bytes(content)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda other: said.append(f"window: {other.url}"))
        page.on(
            "request",
            lambda request: (
                None if request.url == path.as_uri() else said.append(f"request: {request.url}")
            ),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
