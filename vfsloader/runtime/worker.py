"""Work on untrusted bytes in a process that may die.

Some native libraries crash, hang or fill the memory on hostile files. A :class:`Worker` calls one function in a process
of its own, with limits of time and memory. If that process dies, the caller gets an error, and the next call starts
another one. The process starts with the first call, so a program that never needs it pays nothing.

The other process runs this module. It is not made by :mod:`multiprocessing`, which would run the main module of the
program again, and so open a second window of a game whose main file does not guard against that. In a program that
PyInstaller froze, the program itself is started with `SWITCH`, which a runtime hook recognises before the program's own
code runs.

References
----------
PyInstaller manual, "Common Issues and Pitfalls": launching external programs from the frozen application.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.machinery
import importlib.util
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

#: The first argument of a frozen program that should be a worker.
SWITCH = "--vfsloader-worker"
#: Limits of one call. Starting takes longer, and longer still on a busy machine.
MAX_SECONDS, MAX_START_SECONDS, MAX_MEMORY_BYTES = 5.0, 60.0, 1 << 30
#: Both a request and an answer begin with a kind and the length of what follows.
_HEAD = struct.Struct("<BQ")
_MAX_ANSWER_BYTES = 1 << 31
_READY, _RESULT, _ERROR = range(3)
#: Platforms where a program cannot start another one.
_ALONE = ("emscripten", "wasi", "ios", "android")

#: What a worker calls.
Work = Callable[[bytes], bytes]


class WorkerDiedError(Exception):
    """The process ended during the call: it crashed, or reached a limit."""


class WorkerRefusedError(Exception):
    """The function raised an error, whose text this is."""


class CannotStartError(Exception):
    """The program runs where it cannot start another process."""


class Worker:
    """Calls a function in another process.

    Parameters
    ----------
    target
        The function, as ``"package.module:function"``. It takes bytes and returns bytes. The packages around its module
        are not imported.
    seconds, memory_bytes
        The most time a call may take, and the most memory that the process may have.
    """

    def __init__(self, target: str, *, seconds: float = MAX_SECONDS, memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._target = target
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_impossible = False
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def __call__(self, data: bytes) -> bytes:
        """Call the function.

        Raises
        ------
        WorkerDiedError
            The process crashed, took too long or needed too much memory.
        WorkerRefusedError
            The function raised an error.
        CannotStartError
            No process can be started, here or at all.
        """
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._start()
            kind, answer = self._exchange(process, data, self._seconds)
        if kind == _ERROR:
            raise WorkerRefusedError(answer.decode("utf-8", "replace"))
        return answer

    def close(self) -> None:
        """End the process; the next call starts another one."""
        with self._lock:
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        if self._is_impossible:
            raise CannotStartError("no other process can be started here")
        try:
            process = self._process = subprocess.Popen(
                [*command(), self._target, str(self._seconds), str(self._memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError, CannotStartError) as error:
            self._is_impossible = True
            raise CannotStartError(f"no other process can be started here: {error}") from error
        try:
            self._exchange(process, None, MAX_START_SECONDS)
        except WorkerDiedError as error:
            self._is_impossible = True  # it will not start the next time either
            raise CannotStartError("the process for untrusted files does not start") from error
        return process

    def _exchange(self, process: subprocess.Popen[bytes], data: bytes | None, seconds: float) -> tuple[int, bytes]:
        """Send a request, if there is one, and return the answer; the process is killed if it takes too long."""
        assert process.stdin is not None
        assert process.stdout is not None
        end = time.monotonic() + seconds
        # A pipe cannot be read with a time limit on Windows, but a process can be killed by another thread.
        watch = threading.Timer(seconds, process.kill)
        watch.daemon = True
        watch.start()
        try:
            if data is not None:
                process.stdin.write(_HEAD.pack(_READY, len(data)))
                process.stdin.write(data)
                process.stdin.flush()
            kind, answer = _receive(process.stdout)
        except (OSError, ValueError, EOFError) as error:
            is_late = time.monotonic() >= end
            self._end()
            sentence = f"it took longer than {seconds:g} seconds" if is_late else "it crashed the process that reads it"
            raise WorkerDiedError(sentence) from error
        except BaseException:  # the caller was interrupted, and would get the answer to another request next
            self._end()
            raise
        finally:
            watch.cancel()
        return kind, answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent yet cannot be sent any more
                        pipe.close()
            process.wait()

    def _forget(self) -> None:
        """Leave the process to the parent: this is a fork, and the pipes are the parent's."""
        self._lock = threading.Lock()
        self._process = None


def command() -> list[str]:
    """Return the command that runs :func:`main` in another process.

    Raises
    ------
    CannotStartError
        There is no such command.
    """
    program = sys.executable or ""
    name = os.path.basename(program).lower()
    if sys.platform in _ALONE or not program:
        raise CannotStartError(f"programs cannot start processes on {sys.platform}")
    if getattr(sys, "frozen", False):
        if not hasattr(sys, "_MEIPASS"):  # other tools than PyInstaller have no hook that handles the switch
            raise CannotStartError("the program was frozen by a tool other than PyInstaller")
        return [program, SWITCH]
    if not name.startswith(("python", "pypy")) or "__compiled__" in globals():  # Python inside another program
        raise CannotStartError(f"{name} is not a Python interpreter")
    return [program, "-P", "-m", __name__]


def main(arguments: list[str]) -> None:
    """Run as the other process: call the target for each request, until the requests end.

    Parameters
    ----------
    arguments
        The target, the most seconds of a call, and the most bytes of memory.
    """
    target, seconds, memory_bytes = arguments[0], float(arguments[1]), int(arguments[2])
    requests = open(os.dup(0), "rb")  # noqa: SIM115 # open until the process ends
    answers = open(os.dup(1), "wb")  # noqa: SIM115
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # what libraries print is not an answer
    os.environ.update(PYGAME_HIDE_SUPPORT_PROMPT="1", SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
    _ignore_interrupts()
    work = _function(target)
    _limit_memory(memory_bytes)
    _send(answers, _READY, b"")
    while True:
        try:
            _, data = _receive(requests)
        except EOFError:
            return
        # The deadline also ends this process if the program that started it was killed.
        with _deadline(seconds + 1):
            try:
                kind, answer = _RESULT, work(data)
            except Exception as error:  # libraries raise anything
                kind, answer = _ERROR, (str(error) or type(error).__name__).encode("utf-8", "replace")[:1000]
        _send(answers, kind, answer)


def _function(target: str) -> Work:
    """Import a function, but not the package of its module: importing that may take long."""
    name, _, function = target.partition(":")
    package = importlib.util.find_spec(name.rpartition(".")[0])
    folders = None if package is None else package.submodule_search_locations
    spec = importlib.machinery.PathFinder.find_spec(name, folders)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no module {name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    work: Work = getattr(module, function)
    return work


def _receive(stream: IO[bytes]) -> tuple[int, bytes]:
    """Read one message, and return its kind and its content.

    Raises
    ------
    EOFError
        The stream ended, or ended inside the message.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    kind, size = _HEAD.unpack(head)
    if size > _MAX_ANSWER_BYTES:
        raise EOFError
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return kind, data


def _send(stream: IO[bytes], kind: int, data: bytes) -> None:
    stream.write(_HEAD.pack(kind, len(data)))
    stream.write(data)
    stream.flush()


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the program: the terminal sends it to each process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer, even if it never returns to Python."""
    import signal

    if hasattr(signal, "setitimer"):  # nothing handles the signal, so it ends the process
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        return
    watch = threading.Timer(seconds, os._exit, [1])
    watch.daemon = True
    watch.start()
    yield
    watch.cancel()


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        _watch_memory(_windows_peak, most)
        return
    if sys.platform == "darwin":  # accepts the limit, and does not keep to it
        _watch_memory(lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, most)
    else:
        with contextlib.suppress(OSError, ValueError):  # a lower limit is there already
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _watch_memory(peak: Callable[[], int], most: int) -> None:
    """End this process soon after it needs more memory than it may; for systems that do not do so themselves."""

    def look() -> None:
        while peak() <= most:
            time.sleep(0.02)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def _windows_peak() -> int:
    """Return the most memory that this process had, by PROCESS_MEMORY_COUNTERS."""
    import ctypes

    counters = (ctypes.c_size_t * 10)()
    counters_bytes = ctypes.sizeof(counters)
    kernel: object = ctypes.windll.kernel32  # type: ignore[attr-defined]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p  # type: ignore[attr-defined]
    get = kernel.K32GetProcessMemoryInfo  # type: ignore[attr-defined]
    get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    size = 8 + 8 * ctypes.sizeof(ctypes.c_size_t)
    if not get(kernel.GetCurrentProcess(), ctypes.byref(counters), min(size, counters_bytes)):  # type: ignore[attr-defined]
        return 0
    # Two numbers of 32 bits, then eight sizes, the last of which is PeakPagefileUsage.
    peak = ctypes.c_size_t.from_buffer_copy(bytes(counters), size - ctypes.sizeof(ctypes.c_size_t))
    return peak.value


if __name__ == "__main__":
    main(sys.argv[1:])
