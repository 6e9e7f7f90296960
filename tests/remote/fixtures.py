"""Buckets on real servers, and lines that count what is asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import servers


def need(*programs: str) -> None:
    """Skip a test whose server is not installed; in CI, fail it."""
    places = os.environ.get("PATH", "") + ":/usr/sbin"
    missing = [program for program in programs if shutil.which(program, path=places) is None]
    if missing:
        sentence = f"this test needs {', '.join(missing)}: see CONTRIBUTING.md"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("VFSLOADER_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    with servers.moto() as address:
        yield address


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("ceph-mon", "ceph-osd", "ceph-mgr", "radosgw", "ceph-authtool")
    with servers.ceph(tmp_path_factory.mktemp("ceph")) as address:
        yield address


@pytest.fixture(params=["moto", "ceph"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_server"))


_numbers = iter(range(1_000_000))


@pytest.fixture
def line(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[servers.BadLine]:
    line = servers.BadLine(server)
    monkeypatch.setenv("AWS_ENDPOINT_URL", line.address)
    yield line
    line.close()


@pytest.fixture
def bucket(line: servers.BadLine) -> Any:
    bucket = servers.resource(line.address).Bucket(f"bucket-{os.getpid()}-{next(_numbers)}")
    bucket.create()
    line.requests.clear()
    return bucket
