"""Loggers that import logging only when they have something to say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vfsloader.runtime.logs import logger

PROGRAM = """
import sys
from vfsloader.runtime.logs import logger
log = logger("vfsloader.example")
log.debug("a"); log.info("b")
assert "logging" not in sys.modules
log.warning("%s is not used", "a\\nb")
import logging
logging.basicConfig(level=logging.DEBUG, format="%(name)s %(funcName)s %(message)s")
def told(): log.info("c")
told()
"""


def test_nothing_is_imported_before_there_is_something_to_say() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["a\\x0ab is not used", "vfsloader.example told c"]


def test_a_record_is_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    log = logger("vfsloader.example")
    logger("vfsloader.example")
    try:
        raise ValueError("two\x1blines")
    except ValueError:
        log.exception("it failed: %s", "a\x1b[31m")
    assert [record.getMessage() for record in caplog.records] == ["it failed: a\\x1b[31m"]
    assert "\x1b" not in (caplog.records[0].exc_text or "")
