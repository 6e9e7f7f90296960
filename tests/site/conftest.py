"""The finished site in a real browser. These tests need it: `make site-test` builds it and names it in VFSLOADER_SITE."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ranges_server import Server
from tests.web.browsing import chromium
from vfsloader.guide import build_guide

ROOT = Path(__file__).parents[2]
SITE = os.environ.get("VFSLOADER_SITE")
collect_ignore_glob = [] if SITE else ["test_*.py"]


class Window:
    """A browser window that is as wide as wanted, and what went wrong in it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

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
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    driver = chromium(tmp_path_factory.mktemp("profile"))
    try:
        yield Window(driver)
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
