"""Polls that run once a frame."""

from __future__ import annotations

import pytest

from vfsloader.runtime import polling


def test_each_registered_poll_runs_once_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_polls", [])
    calls: list[str] = []

    def first() -> None:
        calls.append("first")

    def second() -> None:
        calls.append("second")

    polling.poll_all()
    for poll in (first, second, first):
        polling.register(poll)
    polling.poll_all()
    assert calls == ["first", "second"]
