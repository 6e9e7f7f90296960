"""The site in Chromium: at three widths, its search, and nothing from other hosts."""

from __future__ import annotations

import pytest

from tests.axe import violations
from tests.site.conftest import Window

WIDTHS = (360, 820, 1440)
PAGES = ["index", "tutorials", "how-to", "reference", "explanations", "mods", "pack-format", "formats", "modders-guide",
         "generated/manifest", "generated/problems", "generated/commands", "reference/vfsloader", "playground"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_into_each_width(window: Window, site: str, page: str) -> None:
    window.errors()
    for width in WIDTHS:
        window.open(f"{site}/{page}.html", width, dark=width == 820)
        assert window.too_wide() <= 0, width
        assert window.foreign() == []
        assert (
            window.js("return [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src)")
            == []
        )
        window.shoot(f"site-{page.replace('/', '-')}-{width}")
    assert window.errors() == []


@pytest.mark.parametrize(
    "page", ["index", "how-to", "mods", "examples", "generated/problems", "reference/pygame", "playground", "search"]
)
def test_axe_finds_nothing_in_a_page(window: Window, site: str, page: str) -> None:
    for dark in (False, True):
        window.open(f"{site}/{page}.html", 1440, dark=dark)
        assert violations(window.driver) == [], dark


@pytest.mark.parametrize(
    ("words", "page"),
    [("fingerprint", "sets.html"), ("read_merged", "reference/vfsloader.html"), ("whiteout", "layers.html")],
)
def test_the_search_finds(window: Window, site: str, words: str, page: str) -> None:
    window.open(f"{site}/index.html", 1440)
    window.js("const f = document.querySelector('.sidebar-search'); f.value = arguments[0]; f.form.submit()", words)
    window.wait(lambda: "search.html" in window.driver.current_url, "the page of results")
    found = "return [...document.querySelectorAll('#search-results li a')].map((a) => a.getAttribute('href'))"
    links = window.wait(lambda: window.js(found), f"results for {words}")
    window.wait(lambda: any(str(link).startswith(page) for link in window.js(found)), f"{page} among {links}")
    window.shoot(f"site-search-{words}")


def test_the_playground(window: Window, site: str) -> None:
    """A mod is switched on, another above it, and one is painted; the canvas shows each."""
    window.errors()
    window.open(f"{site}/playground.html", 1440)
    window.js("document.querySelector('#vfsloader-playground button').click()")
    frame = window.wait(lambda: window.js("return document.querySelector('#vfsloader-playground iframe')"), "the frame")
    window.driver.switch_to.frame(frame)
    try:
        window.wait(lambda: window.js("return window.vfsloader?.isReady || window.vfsloader?.error"), "Python", 240)
        assert window.js("return window.vfsloader.error") is None
        seen = [_canvas(window)]
        for click in ("document.getElementById('mod-dusk')", "document.getElementById('mod-winter')",
                      "[...document.querySelectorAll('#side button')].find((b) => b.textContent.startsWith('Paint'))"):  # fmt: skip
            window.js(f"{click}.click()")
            window.wait(lambda: _canvas(window) not in seen, "another picture")
            seen.append(_canvas(window))
        assert "My mod wins" in window.js("return document.querySelector('li.wins').innerText")
        assert 'game.mods.enable("my-mod")' in window.js("return document.getElementById('call').textContent")
        assert window.foreign() == []
        window.js("document.getElementById('mod-my-mod').click()")
        window.wait(lambda: _canvas(window) == seen[2], "the picture before")
        window.js("[...document.querySelectorAll('#side li button:not(:disabled)')].at(-1).click()")
        window.wait(lambda: _canvas(window) == seen[1], "the picture of the mod that was moved above")
        window.shoot("site-playground-frame")
    finally:
        window.driver.switch_to.default_content()
    window.shoot("site-playground-running")
    assert window.errors() == []


def _canvas(window: Window) -> str:
    return str(window.js("return document.getElementById('canvas').toDataURL()"))
