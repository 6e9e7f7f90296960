"""Everything works, or says at the call that it cannot, in a Python that lacks what other systems lack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
SEEN = """\
preloaded 20 {{}}
winner b'snow'
after b'map 1'
awaited hello {{}}
{batch}
kept [1, 2]
engine {engine}
"""
WITHOUT = "batch: an awaited batch needs threads, which this Python has not; use the calls without await"


def run_without(missing: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    paths = [str(_HERE / "without"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "VFSLOADER_WITHOUT": missing, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("missing", "engine"),
    [("threads,apsw,watchfiles,anyio", "sqlite3"), ("unix,watchfiles", "apsw")],
)
def test_a_game_lives_without_them(tmp_path: Path, missing: str, engine: str) -> None:
    done = run_without(missing, _HERE / "small_game.py", tmp_path)
    assert done.stderr == ("" if "threads" in missing else done.stderr)
    batch = WITHOUT if "threads" in missing else "batch: done"
    assert done.stdout == SEEN.format(engine=engine, batch=batch)


def test_a_game_lives_where_no_temporary_file_can_be_made(tmp_path: Path) -> None:
    # /proc refuses even root; Python would choose another folder for a TMPDIR that cannot be written.
    lines = (
        "import runpy, sys, tempfile\n"
        "tempfile.tempdir = '/proc/self'\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
    )
    script = _HERE / "small_game.py"
    done = run_without("", "-c", lines.replace("sys.argv[1]", repr(str(script))), tmp_path)
    assert done.stdout == SEEN.format(engine="apsw", batch="batch: done"), done.stderr


def test_what_needs_a_missing_package_says_so() -> None:
    lines = (
        "import asyncio, vfsloader\n"
        "from vfsloader.vfs.asynchronous import AsyncVirtualFileSystem\n"
        "from vfsloader.errors import MissingExtraError\n"
        "try: vfsloader.VirtualFileSystem().connect('/x.db')\n"
        "except MissingExtraError as error: print(error)\n"
        "try: asyncio.run(AsyncVirtualFileSystem().read_text('/x'))\n"
        "except MissingExtraError as error: print(error)\n"
    )
    assert run_without("apsw,anyio", "-c", lines).stdout.splitlines() == [
        "changing /x.db in a tree needs apsw; run: pip install apsw; or open it read-only",
        "awaiting files needs anyio; run: pip install anyio",
    ]


def test_a_preload_ends_where_no_more_threads_can_be_started() -> None:
    # Found out only when the second thread is started: too many are running.
    lines = (
        "import _thread, threading\n"
        "from vfsloader import ResourceManager, Store\n"
        "store = Store()\n"
        "for n in range(9): store.write(f'/{n}.txt', b'x')\n"
        "game = ResourceManager(store, watch=False)\n"
        "from vfsloader.runtime.threads import have_threads\n"
        "have_threads()\n"
        'def refuse(*_): raise RuntimeError("can\'t start new thread")\n'
        "threading._start_new_thread = _thread.start_new_thread = refuse\n"
        "threading._start_joinable_thread = refuse\n"
        "job = game.preload('/*.txt', lambda asset: asset.data)\n"
        "job.wait()\n"
        "print(job.done, job.errors)\n"
    )
    assert run_without("", "-c", lines).stdout == "9 {}\n"
