"""A real browser, one for each worker, and the page of a copy of the demo game."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tools.chromium import chromium
from tools.page_sample import make_game
from vfsloader import ResourceManager
from vfsloader.page import Caretaker, PageServer

WaitFor = Callable[..., Any]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A game, its page, and what a program that has the address can ask."""

    game: ResourceManager
    server: PageServer
    folder: Path

    @property
    def state(self) -> dict[str, Any]:
        """What is in `mods.json` about the profile in use."""
        file = self.folder / "mods" / "mods.json"
        if not file.exists():
            return {"order": [], "disabled": [mod["id"] for mod in self.get("api/mods").json["mods"]], "files": []}
        data = json.loads(file.read_text())
        return dict(data["profiles"][data["profile"]])

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self.server.address + path, headers=headers)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        headers.setdefault("content-type", "application/json")
        return ask(self.server.address + path, json.dumps(body).encode(), headers=headers)

    def do(self, name: str, **facts: Any) -> Any:
        answer = self.post(f"api/do/{name}", facts)
        assert answer.status == 200, answer.body
        return answer.json


def ask(
    address: str, body: bytes | None = None, *, headers: dict[str, str] | None = None, method: str | None = None
) -> Answer:
    """Send a request; names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    request = urllib.request.Request(address, body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


def serve(folder: Path, **options: Any) -> Iterator[Site]:
    caretaker = Caretaker(lambda: ResourceManager.from_config(folder, save=None, profile=None))
    server = PageServer(caretaker.game, caretaker.desk, caretaker.events, **options)
    try:
        yield Site(caretaker.game, server, folder)
    finally:
        server.close()
        caretaker.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page of the sample game."""
    yield from serve(make_game(tmp_path_factory.mktemp("page") / "game"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """The page of a small game, for tests that change much."""
    yield from serve(make_game(tmp_path / "game", rich=False))


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    try:
        made = chromium("force-prefers-reduced-motion")
    except FileNotFoundError as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
    yield made
    made.quit()


class Browser:
    """A browser as a person uses it: things are found by what they are called, and waited for."""

    def __init__(self, driver: webdriver.Chrome, wait_for: WaitFor) -> None:
        self.driver = driver
        self._wait_for = wait_for

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Wait until a condition holds, and return its value."""
        return self._wait_for(condition, what, seconds)

    def open(self, site: Site, page: str = "mods", *, width: int = 1280, height: int = 860) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get("about:blank")
        self.driver.get(f"{site.server.address}#/{page}")
        self.ready()

    def ready(self) -> None:
        self.wait_for(
            lambda: self.js("return document.body.dataset.ready && document.querySelector('main .page h1, .detail')"),
            "the page",
        )

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def find_first(self, css: str) -> WebElement:
        return self.wait_for(lambda: next(iter(self.all(css)), None), css)  # type: ignore[no-any-return]

    def named(
        self, name: str, css: str = "button, a, input, select, [role]", within: str = "body"
    ) -> WebElement | None:
        """Find a visible element by its accessible name."""
        script = """
            const [name, css, within] = arguments;
            const label = (e) => (e.getAttribute('aria-label')
              ?? (e.labels?.[0]?.textContent) ?? e.textContent).trim().replace(/\\s+/g, ' ');
            return [...document.querySelectorAll(within)].flatMap((place) => [...place.querySelectorAll(css)])
              .find((e) => label(e) === name && e.checkVisibility() && e.getBoundingClientRect().width > 0) ?? null;
        """
        return self.js(script, name, css, within)  # type: ignore[no-any-return]

    def find(self, name: str, css: str = "button, a, input, select, [role]", within: str = "body") -> WebElement:
        return self.wait_for(lambda: self.named(name, css, within), f"{name!r} in {within}")  # type: ignore[no-any-return]

    def click(self, name: str, css: str = "button, a, input, [role]", within: str = "body") -> None:
        """Click what has a name; it may be made again at the same moment."""

        def click() -> bool:
            element = self.named(name, css, within)
            if element is None:
                return False
            try:
                element.click()
            except (StaleElementReferenceException, ElementClickInterceptedException):
                return False  # a message lies above it for a moment
            return True

        self.wait_for(click, f"{name!r} to click in {within}")

    def focus(self, name: str, css: str = "[role=row]", within: str = "body") -> None:
        """Put the focus on what has a name; it may be made again at the same moment."""

        def focus() -> bool:
            element = self.named(name, css, within)
            try:
                return element is not None and bool(
                    self.js("arguments[0].focus(); return arguments[0].isConnected", element)
                )
            except StaleElementReferenceException:
                return False

        self.wait_for(focus, f"{name!r} to focus")

    def change(self, name: str, value: str, event: str = "change", within: str = "body") -> None:
        """Type into a field, as a whole."""

        def change() -> bool:
            element = self.named(name, "input, select", within)
            try:
                script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event(arguments[2]))"
                return element is not None and (self.js(script, element, value, event) or True)
            except StaleElementReferenceException:
                return False

        self.wait_for(change, f"{name!r} to change")

    def text(self, css: str = "body") -> str:
        return str(self.js("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def sees(self, text: str, css: str = "body") -> None:
        self.wait_for(lambda: text in self.text(css), f"{text!r} in {css}; there is: {self.text(css)[:800]}")

    def press(self, *keys: str) -> None:
        """Press keys where the focus is; Control and Alt are held while the others of their text are pressed."""
        chain = ActionChains(self.driver)
        for key in keys:
            held = [char for char in key if char in (Keys.CONTROL, Keys.ALT, Keys.SHIFT)]
            for char in held:
                chain.key_down(char)
            chain.send_keys("".join(char for char in key if char not in (*held, Keys.NULL)))
            for char in held:
                chain.key_up(char)
        chain.perform()

    def is_on(self, mod: str) -> bool:
        """Return whether the page shows the switch of a mod as on."""
        script = """
            const label = `${arguments[0]}: on`;
            return [...document.querySelectorAll('[role=switch][aria-checked=true]')]
              .some((element) => element.getAttribute('aria-label') === label);
        """
        return bool(self.js(script, mod))

    def rows(self) -> list[str]:
        """Return the names of the mods that are shown."""
        return list(
            self.js("return [...document.querySelectorAll('.mod')].map((row) => row.getAttribute('aria-label'))")
        )

    def errors(self) -> list[str]:
        """Return what the browser complained about since the last call: policies, scripts, missing files."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]
        ]


@pytest.fixture
def browser(driver: webdriver.Chrome, wait_for: WaitFor) -> Iterator[Browser]:
    made = Browser(driver, wait_for)
    made.errors()
    yield made
    driver.get("about:blank")
    assert made.errors() == []
