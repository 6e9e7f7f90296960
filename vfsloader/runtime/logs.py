"""Loggers whose records are safe to show: whatever names and errors they contain, on one line and of bounded length."""

from __future__ import annotations

import logging
import traceback

from vfsloader.runtime.quoting import message


class _Escaped(logging.Filter):
    """Formats a record and its traceback before any handler does."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = message(record.getMessage()), None
        if record.exc_info and record.exc_text is None:
            text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = "\n".join(map(message, text.split("\n")))
        return True


_ESCAPED = _Escaped()


def logger(name: str) -> logging.Logger:
    r"""Return a logger of this library. All its modules use this, and not :func:`logging.getLogger`.

    Examples
    --------
    >>> import io
    >>> out = io.StringIO()
    >>> log = logger("vfsloader.example")
    >>> log.propagate = False
    >>> log.addHandler(logging.StreamHandler(out))
    >>> log.warning("%s is not used", "a\x1b[31m\nb")
    >>> print(out.getvalue(), end="")
    a\x1b[31m\x0ab is not used
    """
    found = logging.getLogger(name)
    found.addFilter(_ESCAPED)  # does nothing the second time
    return found
