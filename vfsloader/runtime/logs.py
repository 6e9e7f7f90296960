"""Loggers whose records are safe to show: whatever names and errors they contain, on one line and of bounded length."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, cast

from vfsloader.quoting import message

if TYPE_CHECKING:
    import logging


def logger(name: str) -> logging.Logger:
    r"""Return a logger of this library. All its modules use this, and not :func:`logging.getLogger`.

    It imports :mod:`logging` when it has something to say, so that a game that does not log does not pay for that.

    Examples
    --------
    >>> import io, logging
    >>> out = io.StringIO()
    >>> log = logger("vfsloader.example")
    >>> log.propagate = False
    >>> log.addHandler(logging.StreamHandler(out))
    >>> log.warning("%s is not used", "a\x1b[31m\nb")
    >>> print(out.getvalue(), end="")
    a\x1b[31m\x0ab is not used
    """
    return cast("logging.Logger", _LateLogger(name))


class _LateLogger:
    """Stands in for a logger, with all of its attributes."""

    def __init__(self, name: str) -> None:
        vars(self)["name"] = name

    def __getattr__(self, name: str) -> Any:
        if name in ("debug", "info") and "logging" not in sys.modules:  # nobody can have asked for these
            return _do_nothing
        return getattr(_real(self.name), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(_real(self.name), name, value)


def _do_nothing(*args: object, **options: object) -> None:
    pass


@functools.cache
def _real(name: str) -> logging.Logger:
    import logging
    import traceback

    class Escaped(logging.Filter):
        """Formats a record and its traceback before any handler does."""

        def filter(self, record: logging.LogRecord) -> bool:
            record.msg, record.args = message(record.getMessage()), None
            if record.exc_info and record.exc_text is None:
                text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
                record.exc_text = "\n".join(map(message, text.split("\n")))
            return True

    found = logging.getLogger(name)
    found.addFilter(Escaped())
    return found
