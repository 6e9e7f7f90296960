"""Work in a process that may die: its death is an error of the call, and of no other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader.runtime import worker as module
from vfsloader.runtime.worker import CannotStartError, Worker, WorkerDiedError, WorkerRefusedError

TARGET = "tests.runtime.worker_targets:act"


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(TARGET, seconds=30)
    yield made
    made.close()


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_bytes_go_there_and_back(worker: Worker, size: int) -> None:
    data = os.urandom(size)
    assert worker(b"echo " + data) == data
    assert worker(b"print " + data) == data


def test_one_process_serves_all_calls_and_ends_when_it_is_closed(worker: Worker) -> None:
    process = worker(b"process")
    assert worker(b"process") == process != str(os.getpid()).encode()
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)
    assert worker(b"process") != process


def test_an_error_of_the_function_is_its_text(worker: Worker) -> None:
    process = worker(b"process")
    with pytest.raises(WorkerRefusedError, match="no such thing"):
        worker(b"raise no such thing")
    assert worker(b"process") == process


@pytest.mark.skipif(sys.platform == "win32", reason="the functions that this test calls exist only on POSIX systems")
@pytest.mark.parametrize("what", [b"crash", b"wait", b"hang"])
def test_a_call_that_kills_the_process_or_never_ends_is_an_error(what: bytes) -> None:
    worker = Worker(TARGET, seconds=2)
    worker(b"echo")
    with pytest.raises(WorkerDiedError, match="crashed" if what == b"crash" else "longer than 2 seconds"):
        worker(what)
    assert worker(b"echo again") == b"again"
    worker.close()


def test_memory_is_limited(worker: Worker) -> None:
    with pytest.raises((WorkerRefusedError, WorkerDiedError)):
        worker(b"fill")
    assert worker(b"echo again") == b"again"


def test_threads_get_their_own_answers(worker: Worker) -> None:
    wrong = []

    def call(number: int) -> None:
        for count in range(50):
            data = b"%d %d" % (number, count)
            if worker(b"echo " + data) != data:
                wrong.append(data)

    threads = [threading.Thread(target=call, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_package_around_the_target_is_not_imported(worker: Worker) -> None:
    imported = worker(b"modules").split()
    assert b"vfsloader.runtime.worker" in imported or b"__main__" in imported
    assert b"tests.runtime" not in imported
    assert b"pygame" not in imported


@pytest.mark.parametrize(
    "change",
    [
        {"platform": "emscripten"},
        {"executable": ""},
        {"executable": "/usr/bin/blender"},
        {"frozen": True},
    ],
)
def test_where_no_process_can_be_started_the_caller_hears_of_it(
    change: dict[str, object], monkeypatch: pytest.MonkeyPatch, worker: Worker
) -> None:
    for name, value in change.items():
        monkeypatch.setattr(sys, name, value, raising=False)
    with pytest.raises(CannotStartError):
        worker(b"echo")
    monkeypatch.undo()
    with pytest.raises(CannotStartError):  # it is not tried again and again
        worker(b"echo")


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle", raising=False)
    monkeypatch.setattr(sys, "executable", "/games/snake")
    assert module.command() == ["/games/snake", module.SWITCH]


def test_the_runtime_hook_of_a_frozen_program_is_the_worker() -> None:
    folder = Path(module.__file__).parents[1] / "freezing"
    (hook,) = eval((folder / "rthooks.dat").read_text())["vfsloader"]
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['game', {module.SWITCH!r}, {TARGET!r}, '9', str(1 << 30)]\n"
        f"runpy.run_path({str(folder / 'rthooks' / hook)!r})\n"
        "print('the game')"
    )
    request = module._HEAD.pack(0, 7) + b"echo hi"
    run = subprocess.run([sys.executable, "-c", code], input=request, capture_output=True, check=True, timeout=60)
    assert run.stdout == module._HEAD.pack(0, 0) + module._HEAD.pack(1, 2) + b"hi"
    run = subprocess.run(
        [sys.executable, "-c", code.replace(module.SWITCH, "--level")], capture_output=True, check=True, timeout=60
    )
    assert run.stdout.strip() == b"the game"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_starts_its_own(worker: Worker) -> None:
    process = worker(b"process")
    child = os.fork()
    if not child:
        os._exit(0 if worker(b"process") != process else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert worker(b"process") == process


def test_nothing_outlives_the_program() -> None:
    code = f"from vfsloader.runtime.worker import Worker\nprint(Worker({TARGET!r})(b'process').decode())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(int(run.stdout), 0)
