"""The modder's guide, opened from the disk: three widths, light and dark, and its search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.axe import violations
from tests.site.conftest import Window

PAGES = ["index", "files", "data", "conditions", "format", "mods", "problems"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_and_axe_finds_nothing(window: Window, guide: Path, page: str) -> None:
    window.errors()
    for width, dark in ((360, True), (820, False), (1440, True), (1440, False)):
        window.open((guide / f"{page}.html").as_uri(), width, dark=dark)
        assert window.too_wide() <= 0, width
        assert violations(window.driver) == [], (width, dark)
        window.shoot(f"guide-{page}-{width}-{'dark' if dark else 'light'}")
    assert window.errors() == []


def test_the_search_narrows_a_table_down(window: Window, guide: Path) -> None:
    window.open((guide / "problems.html").as_uri(), 1440)
    rows = "return [...document.querySelectorAll('tbody tr')].filter((r) => r.checkVisibility()).length"
    everything = window.js(rows)
    window.js(
        "const f = document.querySelector('.filter input'); f.value = 'soft CYCLE'; f.dispatchEvent(new Event('input'))"
    )
    assert 0 < window.js(rows) < everything
    assert window.js("return document.querySelector('output').textContent") == f"{window.js(rows)} of {everything}"


def test_the_button_changes_between_light_and_dark(window: Window, guide: Path) -> None:
    window.open((guide / "index.html").as_uri(), 1440)
    colour = "return getComputedStyle(document.body).backgroundColor"
    before = window.js(colour)
    window.js("document.querySelector('.theme').click()")
    assert window.js(colour) != before
    window.js("document.querySelector('.theme').click()")
    assert window.js(colour) == before
