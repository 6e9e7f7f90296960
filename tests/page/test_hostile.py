"""A mod whose every text is markup: nothing of it becomes an element, runs, or is loaded."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.conftest import Browser, Site, serve
from tools.page_sample import make_game

MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>\'"`${7*7}<svg/onload=window.hit=3>\u202egnp\x1b[31m'
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>window.hit = 4; top.hit = 4</script>
<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml" onload="top.hit=5"/></foreignObject>
<image href="http://127.0.0.1:9/x.png"/><rect width="64" height="64" fill="red" onclick="top.hit=6"/></svg>"""
PATHS = (
    "/sprites/<b onmouseover=hit=1>.png",
    "/sprites/evil.svg",
    "/texts/evil.html",
    "/texts/evil.js",
    "/data/evil.json",
)
PAGES = ("mods", "mods/evil-mod", "problems", "conflicts/graph", "conflicts/table", "conflicts/files", "conflicts/values",
         "files/%2Fsprites", *(f"files/{path.replace('/', '%2F').replace('<', '%3C').replace('>', '%3E').replace(' ', '%20').replace('=', '%3D')}" for path in PATHS),
         "doctor", "history", "profiles", "get")  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    game = make_game(tmp_path_factory.mktemp("hostile") / "game", rich=False)
    for mod in ("evil-mod", "evil-twin"):
        folder = game / "mods" / mod
        for name in ("sprites", "texts", "data", "sounds"):
            (folder / name).mkdir(parents=True)
        option = {"type": "choice", "choices": {MARKUP[:40]: MARKUP}, "label": MARKUP, "help": MARKUP, "group": MARKUP}
        manifest = {
            "id": mod, "name": MARKUP, "version": "1", "description": MARKUP, "authors": [MARKUP], "tags": [MARKUP[:50]],
            "website": "javascript:window.hit=7", "license": MARKUP, "icon": "sprites/evil.svg",
            "options": {"one": option, "two": {"type": "text", "default": MARKUP, "label": MARKUP}},
            "requires": {"missing-mod": "*"} if mod == "evil-twin" else {},
        }  # fmt: skip
        (folder / "mod.json").write_text(json.dumps(manifest))
        (folder / "sprites" / "evil.svg").write_bytes(SVG)
        (folder / "sprites" / "<b onmouseover=hit=1>.png").write_bytes(b"<html><script>hit=8</script>")
        (folder / "texts" / "evil.html").write_text("<script>top.hit=9</script>" + MARKUP)
        (folder / "texts" / "evil.js").write_text("window.hit = 10")
        (folder / "data" / "evil.json").write_text(json.dumps({MARKUP: [MARKUP, {"__proto__": MARKUP, "a": mod}]}))
        with wave.open(str(folder / "sounds" / "evil.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(80))
    (game / "mods" / "<script>hit=11<").mkdir()
    (game / "mods" / "<script>hit=11<" / "mod.toml").write_text("id = 'x' <script>")
    for site in serve(game):
        site.do("enable_only", mod="evil-mod")
        site.do("enable_only", mod="evil-twin")
        yield site


@pytest.mark.parametrize("page", PAGES)
def test_nothing_becomes_markup(browser: Browser, hostile: Site, page: str) -> None:
    browser.open(hostile, page)
    browser.wait_for(lambda: browser.js("return !document.querySelector('.skeleton')"), "everything to be read")
    browser.js("document.querySelectorAll('summary, [role=tab]').forEach((e) => e.click())")
    assert browser.js("return window.hit ?? null") is None
    assert (
        browser.js(
            "return document.querySelectorAll('body script, iframe, object, embed, foreignObject, b[onmouseover]').length"
        )
        == 0
    )
    assert (
        browser.js(
            "return [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on'))).length"
        )
        == 0
    )
    assert (
        browser.js("return [...document.links].filter((a) => !/^http:\\/\\/127/.test(a.href)).map((a) => a.href)") == []
    )
    assert (
        browser.js(
            "return performance.getEntriesByType('resource').filter((r) => !r.name.startsWith(location.origin)).map((r) => r.name)"
        )
        == []
    )
    assert "\u202e" not in browser.text("body")
    assert "\x1b" not in browser.text("body")


def test_the_words_are_shown_as_they_are(browser: Browser, hostile: Site) -> None:
    browser.open(hostile, "mods/evil-mod")
    browser.sees('<img src=x onerror="window.hit=1">', ".detail")
    browser.click("More about " + hostile.game.mods["evil-mod"].name)
    browser.click("Check for mistakes", within=".menu")
    browser.wait_for(lambda: browser.all(".detail [role=group]"), "the findings")
    assert browser.js("return window.hit ?? null") is None


@pytest.mark.parametrize("path", PATHS)
def test_a_file_opened_by_itself_does_nothing(browser: Browser, hostile: Site, path: str) -> None:
    from urllib.parse import quote

    answer = hostile.get(f"api/file?path={quote(path)}&layer=evil-mod")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"].split(";")[0] in ("text/plain", "image/svg+xml")
    browser.driver.get(f"{hostile.server.address}api/file?path={quote(path)}&layer=evil-mod")
    assert browser.js("return window.hit ?? null") is None
    browser.errors()  # the policy says that it stopped a script


def test_an_icon_may_be_an_svg_but_not_a_page(hostile: Site, tmp_path: Path) -> None:
    assert hostile.get("api/icon?id=evil-mod").headers["content-type"] == "image/svg+xml"
    icon = hostile.folder / "mods" / "evil-mod" / "sprites" / "evil.svg"
    icon.write_bytes(b"<html><script>hit=12</script></html>")
    assert hostile.get("api/icon?id=evil-mod").status == 409
    icon.write_bytes(SVG)


def test_a_picture_bomb_is_not_shown(hostile: Site) -> None:
    file = hostile.folder / "mods" / "evil-mod" / "sprites" / "bomb.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\6\0\0\0")
    hostile.game.mods["evil-mod"].refresh()
    answer = hostile.get("api/file?path=/sprites/bomb.png&layer=evil-mod")
    assert answer.status in (404, 409)
    file.unlink()
