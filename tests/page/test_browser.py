"""The page in a real browser: every page and action, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.axe import violations
from tests.page.conftest import Browser, Site, WaitFor
from tests.page.test_inspector import Player
from tools.page_sample import make_game, make_studio, make_zip
from vfsloader import Asset, ResourceManager

PAGES = ["mods", "mods/lantern-glow", "problems", "conflicts/graph", "conflicts/table", "conflicts/files", "conflicts/values",
         "files/%2Fsprites", "files/%2Fsprites%2Fmoth_0.png", "files/%2Fdata%2Flevels.json", "files/%2Fmaps%2Fgarden.tmj",
         "files/%2Fsounds%2Fhurt.wav", "files/%2Ftexts%2Fcredits.txt", "get", "doctor", "history", "profiles"]  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page inside of a running game."""
    folder = make_game(tmp_path_factory.mktemp("running") / "game", rich=False)
    with ResourceManager.from_config(folder, save=None, profile=None) as game:
        held = [game.load(f"/sprites/moth_{number}.png", Bytes) for number in range(3)]
        with pytest.raises(FileNotFoundError):
            game.load("/sprites/moth_9.png", Bytes)
        page = game.serve_inspector()
        player = Player(game)
        try:
            yield Site(game, page, folder)
        finally:
            player.stop()
            del held


class Bytes:
    """A resource that can be held weakly."""

    def __init__(self, asset: Asset) -> None:
        self.data = asset.data


def test_axe_finds_nothing_on_the_page_of_a_running_game(browser: Browser, running: Site) -> None:
    browser.open(running, "live")
    rows = "return document.querySelectorAll('.resources .resource').length"
    browser.wait_for(lambda: browser.js(rows) == 3, "the resources")
    assert "/sprites/moth_9.png" in browser.js("return document.querySelector('main').textContent")
    check_with_axe(browser, running, "live")


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser: Browser, site: Site, page: str) -> None:
    check_with_axe(browser, site, page)


def check_with_axe(browser: Browser, site: Site, page: str) -> None:
    """Look at a page as a computer, a telephone at night and a screen of 4K show it."""
    for theme, width in (("light", 1280), ("dark", 360), ("light", 3840)):
        browser.open(site, page, width=width)
        if theme == "dark":
            browser.js("localStorage.setItem('vfsloader-theme', 'dark')")
            browser.driver.refresh()
            browser.ready()
        heading = ".detail h1" if re.search(r"\.\w{3,4}$", page) else "main h1"  # a file's own comes after the list's
        is_read = f"return document.querySelector('{heading}') && !document.querySelector('.skeleton')"
        browser.wait_for(lambda js=is_read: browser.js(js), "everything to be read")
        if width < 3840:
            assert violations(browser.driver) == [], f"{page} {theme} {width}"
        if width != 1280:  # there, long rows are clipped
            check_width(browser, width)
        browser.js("localStorage.clear()")


def check_width(browser: Browser, width: int) -> None:
    wide = browser.js("""
        const cuts = (e) => getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth <= e.clientWidth + 1
          || getComputedStyle(e).overflowX === 'hidden' && e.getBoundingClientRect().right <= innerWidth + 1;
        const isCut = (e) => e && !e.matches('.page, main') && (cuts(e) || isCut(e.parentElement));
        return [...document.querySelectorAll('main *, header *, nav *')]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
          .filter((e) => !isCut(e.parentElement))
          .filter((e) => !e.closest('.filters, .scrolls, .frame, .map, .diff, .menu, .hidden-label, svg'))
          .map((e) => e.outerHTML.slice(0, 160));
    """)
    assert wide == []
    assert browser.js("return document.documentElement.scrollWidth") <= width
    bottoms = "return ['.page', '.main'].map((css) => document.querySelector(css).getBoundingClientRect().bottom)"
    assert len(set(browser.js(bottoms))) == 1, "it fills the window"


# --- mods --------------------------------------------------------------------------------------------------


def test_a_switch_by_mouse_and_by_keyboard(browser: Browser, fresh: Site, wait_for: WaitFor) -> None:
    browser.open(fresh)
    browser.click("Winter comes: on")
    wait_for(lambda: "winter" not in fresh.state["disabled"], "mods.json")
    browser.sees("Winter comes is on", ".toasts")
    browser.click("Undo", within=".toasts")
    wait_for(lambda: "winter" in fresh.state["disabled"], "mods.json")
    browser.wait_for(lambda: not browser.is_on("Winter comes"), "the switch to show it: a key means what one sees")
    browser.focus("Winter comes")
    browser.press(" ")
    wait_for(lambda: "winter" not in fresh.state["disabled"], "mods.json")
    assert browser.js("return document.activeElement.getAttribute('aria-label')") == "Winter comes", "the focus stays"
    browser.press(Keys.CONTROL + "z")
    wait_for(lambda: "winter" in fresh.state["disabled"], "mods.json")


def test_moving_by_drag_and_by_keyboard(browser: Browser, fresh: Site, wait_for: WaitFor) -> None:
    for mod in ("dusk", "hollow", "winter"):
        fresh.do("enable", mod=mod)
    browser.open(fresh)
    order = [mod["id"] for mod in fresh.get("api/mods").json["mods"] if mod["place"]]
    assert order == ["dusk", "hollow", "winter"]
    browser.focus("Winter comes")
    browser.press(Keys.ALT + Keys.ARROW_UP)
    wait_for(lambda: [mod for mod in fresh.state["order"] if mod in order] == ["dusk", "winter", "hollow"], "the order")
    wait_for(
        lambda: browser.js("return document.activeElement.getAttribute('aria-label')") == "Winter comes", "the focus"
    )

    def drag() -> bool:
        grip = browser.find("Move Winter comes")
        target = browser.find("Last light", "[role=row]")
        script = """
            const [grip, target] = arguments;
            const at = (e, y) => ({ bubbles: true, pointerId: 1, button: 0, clientX: e.left + 5, clientY: y });
            grip.setPointerCapture = () => {};
            const [from, to] = [grip.getBoundingClientRect(), target.getBoundingClientRect()];
            grip.dispatchEvent(new PointerEvent('pointerdown', at(from, from.top + 5)));
            grip.dispatchEvent(new PointerEvent('pointermove', at(to, to.top + 3)));
            grip.dispatchEvent(new PointerEvent('pointerup', at(to, to.top + 3)));
        """
        try:
            browser.js(script, grip, target)
        except StaleElementReferenceException:  # the list was drawn again meanwhile
            return False
        return True

    wait_for(drag, "the list to be drawn")
    wait_for(lambda: [mod for mod in fresh.state["order"] if mod in order] == ["winter", "dusk", "hollow"], "the order")


def test_a_rule_that_forbids_a_place_shows_on_the_row(browser: Browser, site: Site) -> None:
    browser.open(site)
    before = site.state["order"]
    browser.focus("Harder nights")
    browser.press(Keys.ALT + Keys.ARROW_UP)
    browser.sees("requires", ".mod .why")
    assert site.state["order"] == before


def test_search_filters_and_details(browser: Browser, site: Site) -> None:
    browser.open(site)
    browser.press("/")
    browser.press("lantern")
    browser.wait_for(lambda: browser.rows() == ["Lantern glow", "broken-lantern"], "two rows")
    browser.press(Keys.ARROW_DOWN)
    browser.press(Keys.ENTER)
    browser.sees("A warm glow around every lantern", ".detail")
    browser.press(Keys.ESCAPE)
    browser.wait_for(lambda: not browser.all(".detail"), "the list alone")
    browser.js("document.querySelector('input[type=search]').value = ''; "
               "document.querySelector('input[type=search]').dispatchEvent(new Event('input'))")  # fmt: skip
    browser.click("Problems", within=".filters")
    browser.wait_for(lambda: {"Future moon", "HUD kit"} <= set(browser.rows()), "problems")
    browser.click("sounds", within=".filters")
    browser.click("All", within=".filters")
    browser.wait_for(lambda: browser.rows() == ["Soft chimes"], "the tag")


def test_options(browser: Browser, site: Site, wait_for: WaitFor) -> None:
    browser.open(site, "mods/lantern-glow")

    def chosen() -> dict[str, Any]:
        return dict(site.state.get("options", {}).get("lantern-glow", {}))

    browser.click("Flicker", "[role=switch]", ".detail")
    wait_for(lambda: chosen().get("flicker") is False, "the switch")
    browser.wait_for(lambda: browser.named("Speed of the flicker", "input", ".detail") is None, "an option to vanish")
    browser.focus("Brightness", "input", ".detail")
    browser.press(Keys.ARROW_RIGHT)
    wait_for(lambda: chosen().get("brightness") == 8, "the slider")
    browser.change("Lanterns", "iron", within=".detail")
    wait_for(lambda: chosen().get("style") == "iron", "the choice")
    browser.change("Words on the sign", "Hello", within=".detail")
    wait_for(lambda: chosen().get("sign") == "Hello", "the text")
    browser.focus("Key for the lanterns", "input", ".detail")
    browser.press(Keys.CONTROL + "k")
    wait_for(lambda: chosen().get("switch") == "ctrl+k", "the key")
    browser.change("Colour of the light", "#112233", within=".detail")
    wait_for(lambda: chosen().get("colour") == "#112233", "the colour")
    assert site.post("api/do/set_option", {"mod": "lantern-glow", "name": "brightness", "value": 99}).status == 409
    browser.click("Reset options", within=".detail")
    wait_for(lambda: not chosen(), "the defaults")
    browser.click("Undo", within=".toasts")
    wait_for(lambda: chosen().get("style") == "iron", "undo")


def test_a_problem_is_fixed_by_a_click(browser: Browser, site: Site, wait_for: WaitFor) -> None:
    browser.open(site, "problems")
    browser.sees("Future moon is made for another version of the game")
    browser.click("Load it anyway")
    wait_for(lambda: site.state.get("overrides", {}).get("future-moon") == {"game_version": "*"}, "the rule")
    browser.wait_for(lambda: "made for another version" not in browser.text("main"), "the problem to go")
    site.do("clear_rules", mod="future-moon")
    browser.open(site, "mods/night-orchard")
    browser.click("Night orchard: on", "[role=switch]", ".detail")
    browser.sees("Night orchard needs tree-kit, which is not installed", "dialog")
    browser.click("Cancel", within="dialog")
    assert "night-orchard" in site.state["disabled"]


# --- conflicts and files -----------------------------------------------------------------------------------


def test_versions_side_by_side_and_prefer(browser: Browser, site: Site, wait_for: WaitFor) -> None:
    browser.open(site, "conflicts/graph")
    browser.js(
        "arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", browser.find("Amber moths: 3", "g")
    )
    browser.sees("/sprites/moth_1.png", "main")
    browser.js(
        "arguments[0].focus()",
        browser.wait_for(
            lambda: browser.js(
                "return [...document.querySelectorAll('.path-row')].find((row) => row.textContent.includes('moth_0'))"
            ),
            "the row",
        ),
    )
    browser.press(Keys.ENTER)
    browser.sees("Winter comes", ".detail")
    browser.wait_for(
        lambda: (
            len(browser.js("return [...document.querySelectorAll('.shot img')].filter((i) => i.naturalWidth > 0)")) >= 4
        ),
        "four pictures",
    )
    browser.click("Larger")
    browser.click("Difference", "[role=tab]")
    browser.sees("pixels differ", ".detail")
    browser.click("Blink", "[role=tab]")
    browser.click("Swap")
    browser.click("Edits", "[role=tab]")
    browser.sees("applied", ".detail")
    browser.click("Prefer the version of Amber moths")
    wait_for(lambda: {"paths": "/sprites/moth_0.png", "prefer": "amber-moths"} in site.state["files"], "the choice")
    browser.sees("now comes from Amber moths", ".toasts")
    browser.wait_for(lambda: "Amber moths" in browser.text(".stackrow.wins"), "the winner to change")
    browser.click("Undo", within=".toasts")
    wait_for(lambda: {"paths": "/sprites/moth_0.png", "prefer": "amber-moths"} not in site.state["files"], "undo")
    browser.click("Hide the version of Winter comes")
    wait_for(lambda: {"paths": "/sprites/moth_0.png", "hide": "winter"} in site.state["files"], "the choice")
    site.do("undo")


def test_data_texts_maps_and_sounds(browser: Browser, site: Site) -> None:
    browser.open(site, "files/%2Fdata%2Flevels.json")
    browser.sees("Harder nights", ".data")
    assert browser.all(".data del"), "what a value was before"
    browser.js("arguments[0].focus()", browser.find_first(".datum"))
    browser.press(Keys.ARROW_LEFT)
    browser.wait_for(lambda: len(browser.all(".datum")) == 1, "the tree to fold")
    browser.open(site, "files/%2Ftexts%2Fcredits.txt")
    browser.sees("Fog by Mira.", ".diff")
    assert len(browser.all(".diff .added")) >= 2
    browser.open(site, "files/%2Fmaps%2Fgarden.tmj")
    browser.sees("24 × 14 tiles, 2 layers", ".detail")
    pink = "const c = document.querySelector('.map canvas'); return [...c.getContext('2d').getImageData(3 * 16 + 1, 2 * 16 + 1, 1, 1).data]"
    browser.wait_for(lambda: browser.js(pink)[:3] == [255, 79, 163], "the outline of an edit")
    browser.open(site, "files/%2Fsounds%2Fhurt.wav")
    browser.wait_for(lambda: browser.text(".detail").count("0.70 s") >= 2, "the lengths of sounds")
    browser.click("Play Soft chimes")


def test_the_tree_search_and_download(browser: Browser, site: Site) -> None:
    browser.open(site, "files")
    browser.js(
        "arguments[0].focus()",
        browser.wait_for(
            lambda: browser.js(
                "return [...document.querySelectorAll('.entry')].find((row) => row.textContent.includes('sprites'))"
            ),
            "a folder",
        ),
    )
    browser.press(Keys.ENTER)
    browser.sees("hunter.png", ".files")
    browser.press("/")
    browser.press("garden")
    browser.sees("/maps/garden.tmj", ".files")
    browser.click("In contents")
    browser.js(
        "const f = document.querySelector('input[type=search]'); f.value = 'patience'; f.dispatchEvent(new Event('input'))"
    )
    browser.sees("Drawn with circles and patience.", ".files")
    assert (
        site.get("api/file?path=/sprites/moth_0.png&download=1").headers["content-disposition"].endswith("moth_0.png")
    )


def test_the_palette_finds_everything(browser: Browser, site: Site) -> None:
    browser.open(site)
    browser.press(Keys.CONTROL + "k")
    browser.press("hunter.png")
    browser.sees("/sprites/hunter.png", "dialog")
    browser.press(Keys.ENTER)
    browser.sees("hunter.png", ".detail")
    browser.press(Keys.CONTROL + "k")
    browser.press("history")
    browser.press(Keys.ENTER)
    browser.sees("Every change of the profile", "main")


# --- the set -----------------------------------------------------------------------------------------------


def test_history_and_profiles(browser: Browser, fresh: Site, wait_for: WaitFor) -> None:
    fresh.do("enable", mod="winter")
    fresh.do("enable", mod="dusk")
    browser.open(fresh, "history")
    browser.sees("enabled dusk")
    browser.click("Restore the set before: enabled winter")
    wait_for(lambda: {"winter", "dusk"} <= set(fresh.state["disabled"]), "the earlier set")
    browser.open(fresh, "profiles")
    browser.click("New profile")
    browser.press("Second")
    browser.press(Keys.ENTER)
    browser.sees("Second", "main")
    wait_for(lambda: fresh.get("api/state").json["profile"] == "Second", "the profile")
    browser.click("Use default", within="main")
    wait_for(lambda: fresh.get("api/state").json["profile"] == "default", "the profile")
    menu = "return document.querySelector('.menu:popover-open button')"  # its button may be made again just now
    browser.wait_for(lambda: browser.js(menu) or browser.click("More about Second"), "the menu")
    browser.click("Delete", within=".menu")
    browser.click("Delete", within="dialog")
    wait_for(lambda: len(fresh.get("api/state").json["profiles"]) == 1, "the profile to go")


def answer_questions(browser: Browser, site: Site, wait_for: WaitFor, is_there: Callable[[list[str]], bool]) -> None:
    for _ in range(30):
        search = wait_for(lambda: site.get("api/state").json["search"], "the search")
        if search["testing"] is None:
            break
        shown = browser.wait_for(lambda: re.search(r"VFSLOADER_MODS_TRIAL=(\S+)", browser.text("main")), "the command")
        trial = json.loads(Path(shown[1]).read_text())
        assert set(search["testing"]).isdisjoint(trial["profiles"][trial["profile"]]["disabled"])
        browser.click("Yes, the fault is there" if is_there(search["testing"]) else "No, all is well")
        trials = search["trials"]
        wait_for(lambda: site.get("api/state").json["search"]["trials"] > trials, "the next question")  # noqa: B023


def test_the_guilty_mod_is_found(browser: Browser, site: Site, wait_for: WaitFor) -> None:
    before = site.state
    browser.open(site, "doctor")
    browser.click("Start the search")
    answer_questions(browser, site, wait_for, lambda testing: "fog" in testing)
    browser.sees("This mod is guilty")
    browser.sees("Evening fog", "main")
    assert site.state == before, "trials are never stored"
    browser.click("Search again", within="main")
    browser.sees("Is the fault there?")
    answer_questions(browser, site, wait_for, lambda testing: "chip-tunes" not in testing)
    browser.sees("Missing: with this, all is well")
    browser.sees("Switch on Chip tunes", "main")
    browser.click("Close", within="main")
    browser.sees("Start the search")
    browser.click("Check now")
    browser.sees("have something to fix", "main")


def test_getting_mods(browser: Browser, fresh: Site, tmp_path: Path, wait_for: WaitFor) -> None:
    public = make_studio(tmp_path)
    browser.open(fresh, "get")
    browser.click("Add a source", within="main")
    browser.press(str(public))
    browser.find("Without a key: trust the one that it has now", "input", "dialog").click()
    browser.click("Add a source", within="dialog")
    browser.sees("Paper garden", ".offers")
    browser.js(
        "const f = document.querySelector('input[type=search]'); f.value = 'harp'; f.dispatchEvent(new Event('input'))"
    )
    browser.wait_for(lambda: len(browser.all(".offer")) == 1, "one offer")
    browser.click("Install Harp")
    browser.sees("Installed: Harp", ".toasts")
    assert (fresh.folder / "mods" / "harp-1.0.0.zip").exists() or any((fresh.folder / "mods").glob("harp*"))
    wait_for(lambda: "harp" in [mod["id"] for mod in fresh.get("api/mods").json["mods"]], "the mod")
    file = make_zip(tmp_path / "dropped.zip", "dropped-mod")
    browser.js("document.querySelector('input[type=file]').hidden = false")
    browser.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))
    browser.sees("dropped-mod", ".toasts")
    wait_for(lambda: "dropped-mod" in [mod["id"] for mod in fresh.get("api/mods").json["mods"]], "the mod")
    (tmp_path / "wrong.zip").write_bytes(b"no zip")
    browser.js("document.querySelector('input[type=file]').hidden = false")
    browser.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(tmp_path / "wrong.zip"))
    browser.sees("wrong.zip was not installed", ".toasts")
    browser.open(fresh, "mods/dropped-mod")
    browser.click("More about Dropped-Mod")
    browser.click("Remove", within=".menu")
    browser.click("Remove", within="dialog")
    wait_for(lambda: "dropped-mod" not in [mod["id"] for mod in fresh.get("api/mods").json["mods"]], "the mod to go")


@pytest.mark.parametrize(("code", "heading"), [("de", "Probleme"), ("fr", "Problèmes"), ("en", "Problems")])
def test_languages_and_looks(browser: Browser, site: Site, code: str, heading: str) -> None:
    browser.open(site, "problems")
    browser.js("document.querySelector('.bar .menu-button:last-of-type button').click()")
    names = {"de": "Deutsch", "fr": "Français", "en": "English"}
    browser.click(names[code], within=".menu")
    browser.wait_for(lambda: browser.text("h1") == heading, heading)
    assert browser.js("return document.documentElement.lang") == code
    browser.js("localStorage.clear()")
