"""Fixtures for the tests of a game: a new file system in memory, and one whose files are shown when a test fails.

pytest finds them without configuration if vfsloader is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # imported on use: pytest imports plugins before it measures coverage
    from vfsloader.vfs.filesystem import VirtualFileSystem

#: The number of files that are shown at most, and of bytes of each.
_MAX_FILES, _MAX_BYTES = 100, 60
_SHOWN = pytest.StashKey["VirtualFileSystem"]()


@pytest.fixture
def vfs() -> Iterator[VirtualFileSystem]:
    """Return a new file system in memory. It is closed after the test."""
    from vfsloader.vfs.filesystem import VirtualFileSystem

    with VirtualFileSystem() as tree:
        yield tree


@pytest.fixture
def vfs_shown(vfs: VirtualFileSystem, request: pytest.FixtureRequest) -> VirtualFileSystem:
    """Return the file system of `vfs`, and show its files if the test fails."""
    request.node.stash[_SHOWN] = vfs
    return vfs


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add the files to the report of a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    tree = item.stash.get(_SHOWN, None)
    if tree is not None and report.when == "call" and report.failed:
        report.sections.append(("files of vfs_shown", "\n".join(_lines(tree))))


def _lines(tree: VirtualFileSystem) -> Iterator[str]:
    paths = tree.glob("/**")
    for path in paths[:_MAX_FILES]:
        if tree.isdir(path):
            yield f"{path}/"
        else:
            data = tree.read_bytes(path)
            dots = "…" if len(data) > _MAX_BYTES else ""
            yield f"{path}  {len(data):,} bytes  {data[:_MAX_BYTES]!r}{dots}"
    if len(paths) > _MAX_FILES:
        yield f"and {len(paths) - _MAX_FILES:,} more"
    if not paths:
        yield "no files"
