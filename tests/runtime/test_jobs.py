from __future__ import annotations

import os
import threading
import warnings

import pytest

from vfsloader.runtime import jobs, lingering_threads
from vfsloader.runtime.jobs import CancelledJobError, Job
from vfsloader.runtime.lingering_threads import LingeringThreads
from vfsloader.runtime.progress import Progress


def test_a_job_reports_how_far_it_is() -> None:
    reported, go = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        progress(3, 10, "winter")
        reported.set()
        assert go.wait(30)
        return threading.current_thread().name

    job = Job(work)
    assert reported.wait(30)
    assert (job.poll(), job.done, job.total, job.what) == (False, 3, 10, "winter")
    go.set()
    assert job.result() == "vfsloader-job"
    assert job.poll()


def test_a_job_is_cancelled_where_it_reports_its_progress() -> None:
    reached, go = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        reached.set()
        assert go.wait(30)
        progress(1, 2, "")
        raise AssertionError("it went on")

    job = Job(work)
    assert reached.wait(30)
    job.cancel()
    go.set()
    with pytest.raises(CancelledJobError):
        job.result()
    assert job.is_cancelled


def test_without_threads_a_job_runs_after_the_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "have_threads", bool)
    ran = []
    job = Job(lambda progress: ran.append(threading.current_thread()))
    assert not job.poll()
    assert ran == []
    assert job.poll()
    assert ran == [threading.main_thread()]
    failing: Job[object] = Job(lambda progress: {}["no"])
    with pytest.raises(KeyError):
        failing.result()


def test_the_next_job_takes_a_thread_that_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = LingeringThreads("vfsloader-job")
    monkeypatch.setattr(jobs, "_THREADS", threads)
    numbers = []
    for _ in range(5):
        numbers.append(Job(lambda progress: threading.get_ident()).result())
        while not threads._waiting:
            pass
    assert len(set(numbers)) == 1
    go = threading.Event()
    busy = [Job(lambda progress: (go.wait(30), threading.get_ident())[1]) for _ in range(3)]
    go.set()
    assert len({job.result() for job in busy}) == 3


def test_a_thread_that_waited_long_enough_ends_and_loses_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering_threads, "_LINGER", 0.0)
    monkeypatch.setattr(jobs, "_THREADS", LingeringThreads("vfsloader-short"))
    assert [Job(lambda progress, number=number: number).result() for number in range(500)] == list(range(500))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of this one")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    assert Job(lambda progress: 7).result() == 7
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child:
        os.write(writer, str(Job(lambda progress: 8).result()).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        assert answer.read() == b"8"
    os.waitpid(child, 0)
