"""The ``vfsloader`` command: its exit status, and what it says when something is wrong.

Exit status 0: done. 1: what was asked about is wrong, such as a missing path or a corrupted pack. 2: the command line
is wrong. 130: the command was interrupted by Ctrl-C.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import TextIO

from vfsloader.cli.output import complain, report_error, shown_warnings, stop_writing
from vfsloader.errors import MissingExtraError, VFSError

DONE, WRONG, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    arguments
        The arguments after ``vfsloader``; by default those of the process.

    Raises
    ------
    SystemExit
        Help was asked for (status 0), or the command line is wrong (status 2).
    """
    try:
        status = _run(sys.argv[1:] if arguments is None else arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        complain("vfsloader: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has stopped reading
        stop_writing()
        return DONE
    except OSError as error:  # the disk is full
        stop_writing()
        report_error(error)
        return WRONG
    return status


def _run(arguments: Sequence[str]) -> int:
    """Run a command. Of its errors, only those of standard output leave this function."""
    try:
        from vfsloader.cli.commands import UsageError, parse
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("cyclopts", "rich"):
            raise
        report_error(MissingExtraError.of("the command line", error.name.split(".")[0], "cli"))
        return USAGE
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _show_warning
        shown_warnings.clear()
        try:
            command = parse(arguments)
            return command()
        except UsageError as error:
            report_error(error)
            raise SystemExit(USAGE) from None
        except BrokenPipeError:
            raise
        except (VFSError, OSError, ValueError) as error:
            report_error(error)
            return WRONG


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as one sentence, without the line of the library that noticed it."""
    shown_warnings.append(str(message))
    complain(message)
