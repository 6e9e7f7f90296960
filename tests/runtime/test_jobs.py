from __future__ import annotations

import threading

import pytest

from vfsloader.runtime import jobs
from vfsloader.runtime.jobs import CancelledJobError, Job
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
