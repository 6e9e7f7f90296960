"""Fixtures for games' own tests: a fresh file system in memory, and one whose tree is shown when a test fails.

pytest finds them by itself where vfsloader is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # pytest imports plugins before it measures coverage: the library is imported when it is used
    from vfsloader.vfs.filesystem import VirtualFileSystem

#: Files that are shown, at most, and bytes of each.
_MOST_FILES, _MOST_BYTES = 100, 60
_SHOWN = pytest.StashKey["VirtualFileSystem"]()


@pytest.fixture
def vfs() -> Iterator[VirtualFileSystem]:
    """Give a fresh file system in memory, closed after the test."""
    from vfsloader.vfs.filesystem import VirtualFileSystem

    with VirtualFileSystem() as made:
        yield made


@pytest.fixture
def vfs_shown(vfs: VirtualFileSystem, request: pytest.FixtureRequest) -> VirtualFileSystem:
    """Give the file system of `vfs`; its files are shown if the test fails."""
    request.node.stash[_SHOWN] = vfs
    return vfs


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add the tree to the report of a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    tree = item.stash.get(_SHOWN, None)
    if tree is not None and report.when == "call" and report.failed:
        report.sections.append(("files of vfs_shown", "\n".join(_lines(tree))))


def _lines(tree: VirtualFileSystem) -> Iterator[str]:
    paths = tree.glob("/**")
    for path in paths[:_MOST_FILES]:
        if tree.isdir(path):
            yield f"{path}/"
        else:
            data = tree.read_bytes(path)
            shown = data[:_MOST_BYTES]
            yield f"{path}  {len(data):,} bytes  {shown!r}{'…' * (len(data) > _MOST_BYTES)}"
    if len(paths) > _MOST_FILES:
        yield f"and {len(paths) - _MOST_FILES:,} more"
    if not paths:
        yield "no files"
