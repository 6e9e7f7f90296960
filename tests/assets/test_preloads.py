"""Loading ahead: what is done when, what fails, and what a cancelled job leaves."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable

import pytest

from vfsloader.assets.decoder import Decoded
from vfsloader.assets.loader import FunctionLoader, Loader
from vfsloader.assets.preload import Preload, Progress, Ready, progress_bar
from vfsloader.errors import RemoteError, ResourceError

LOADER: Loader[str] = FunctionLoader(str)


def decode(loader: Loader[str], path: str) -> Decoded:
    if "bad" in path:
        raise ResourceError.at(path, f"{path} is bad")
    if "denied" in path:
        raise PermissionError(13, "denied")
    if "bug" in path:
        raise KeyError("a fault")
    return Decoded(path.upper(), {}, frozenset({path}), 1)


def finish(ready: Ready) -> str:
    assert ready.decoded is not None
    if "unfinished" in ready.path:
        raise ResourceError.at(ready.path, "cannot be finished")
    return f"made {ready.decoded.data}"


def job_of(
    *paths: str, progress: Progress | None = None, fetch: Callable[[], object] | None = None, threads: int | None = 2
) -> Preload:
    return Preload([(path, LOADER) for path in paths], decode, finish, progress, threads, fetch)


def test_waiting_finishes_everything() -> None:
    job = job_of("/a", "/b")
    job.wait()
    assert (job.total, job.done, job.is_done, job.is_cancelled) == (2, 2, True, False)
    assert job.resources == {"/a": "made /A", "/b": "made /B"}


@pytest.mark.parametrize("threads", [None, 1])
def test_threads_may_be_few_or_unsaid(threads: int | None) -> None:
    job = job_of("/a", threads=threads)
    job.wait()
    assert job.resources == {"/a": "made /A"}


def test_a_job_without_files_is_done() -> None:
    job = job_of()
    job.wait()
    assert job.is_done
    assert not job.advance()


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/bad", "/bad is bad"),
        ("/denied", "[Errno 13] denied"),
        ("/bug", "KeyError: 'a fault'"),
        ("/unfinished", "cannot be finished"),
    ],
)
def test_what_fails_is_done_too_and_says_why(path: str, error: str) -> None:
    job = job_of(path, "/a")
    job.wait()
    assert (job.done, job.errors, job.resources) == (2, {path: error}, {"/a": "made /A"})


def test_progress_is_reported_after_each_file_on_the_callers_thread() -> None:
    news: list[tuple[int, int, str]] = []
    threads = set()

    def note(done: int, total: int, path: str) -> None:
        news.append((done, total, path))
        threads.add(threading.current_thread())

    job_of("/a", "/bad", progress=note).wait()
    assert [(done, total) for done, total, _ in news] == [(1, 2), (2, 2)]
    assert {path for _, _, path in news} == {"/a", "/bad"}
    assert threads == {threading.current_thread()}


def test_one_file_is_finished_at_a_time(wait_for: Callable[..., object]) -> None:
    job = job_of("/a", "/b", "/c")
    for done in (1, 2, 3):
        wait_for(job.advance, "the next file")
        assert (job.done, job.is_done) == (done, done == 3)
    assert not job.advance()


# --- files on other machines -------------------------------------------------------------------------------


def test_files_are_fetched_before_they_are_decoded() -> None:
    order: list[str] = []

    def note_decode(loader: Loader[str], path: str) -> Decoded:
        order.append(path)
        return decode(loader, path)

    job = Preload([("/a", LOADER)], note_decode, finish, None, 1, lambda: order.append("fetched"))
    job.wait()
    assert order == ["fetched", "/a"]


def test_fetching_does_not_hold_up_the_caller() -> None:
    gate = threading.Event()
    job = job_of("/a", fetch=lambda: gate.wait(30))
    assert (job.is_done, job.advance()) == (False, False)
    gate.set()
    job.wait()
    assert job.resources == {"/a": "made /A"}


@pytest.mark.parametrize("error", [RemoteError.at("/a", "unreachable"), PermissionError(13, "denied")])
def test_files_that_cannot_be_fetched_together_are_read_one_by_one(error: Exception) -> None:
    def fail() -> None:
        raise error

    job = job_of("/a", fetch=fail)
    job.wait()
    assert job.resources == {"/a": "made /A"}


# --- cancelling ------------------------------------------------------------------------------------------------


def test_a_cancelled_job_is_done_and_keeps_what_it_has(wait_for: Callable[..., object]) -> None:
    gate = threading.Event()

    def slow(loader: Loader[str], path: str) -> Decoded:
        assert path == "/a" or gate.wait(30)
        return decode(loader, path)

    job = Preload([("/a", LOADER), ("/b", LOADER)], slow, finish, None, 1, None)
    wait_for(job.advance, "the first file")
    job.cancel()
    gate.set()
    job.wait()
    assert (job.is_done, job.is_cancelled, job.advance()) == (True, True, False)
    assert (job.done, job.resources) == (1, {"/a": "made /A"})


def test_a_cancelled_job_decodes_no_more_files(wait_for: Callable[..., object]) -> None:
    started, gate = threading.Event(), threading.Event()
    decoded: list[str] = []
    threads: set[threading.Thread] = set()

    def slow(loader: Loader[str], path: str) -> Decoded:
        decoded.append(path)
        threads.add(threading.current_thread())
        started.set()
        assert gate.wait(30)
        return decode(loader, path)

    job = Preload([(f"/{number}", LOADER) for number in range(5)], slow, finish, None, 1, None)
    assert started.wait(30)
    job.cancel()
    gate.set()
    for thread in threads:
        thread.join(30)
    assert decoded == ["/0"]


def test_a_job_that_is_cancelled_while_it_fetches_decodes_nothing() -> None:
    started, gate = threading.Event(), threading.Event()
    fetching: list[threading.Thread] = []

    def fetch() -> None:
        fetching.append(threading.current_thread())
        started.set()
        gate.wait(30)

    job = job_of("/a", fetch=fetch)
    assert started.wait(30)
    job.cancel()
    gate.set()
    fetching[0].join(30)
    assert (job.is_done, job.resources, job.errors) == (True, {}, {})


# --- a bar -----------------------------------------------------------------------------------------------------


def test_a_bar_is_forty_wide_and_goes_to_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    progress_bar()(1, 4, "/a")
    assert out.getvalue() == f"\r[{'#' * 10}{'.' * 30}] 1/4 /a\x1b[K"
