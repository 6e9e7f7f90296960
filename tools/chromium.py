"""A Chromium without a screen: for the tests, the tutorials, and the pictures in the docs."""

from __future__ import annotations

import shutil
from typing import Any

from selenium import webdriver

_ARGUMENTS = ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage")


def chromium(*arguments: str, preferences: dict[str, Any] | None = None) -> webdriver.Chrome:
    """Start it; the caller quits it.

    Parameters
    ----------
    *arguments
        Further arguments of the command line, without ``--``.
    preferences
        Settings, as the browser itself keeps them.

    Raises
    ------
    FileNotFoundError
        It is not installed.
    """
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        raise FileNotFoundError("there is no browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (*_ARGUMENTS, *arguments):
        options.add_argument(f"--{argument}")
    if preferences:
        options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    browser.set_script_timeout(120)
    return browser
