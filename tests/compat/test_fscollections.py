"""What programs written for fscollections use: its factories, parameters and awaited collections."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import fscollections
import pytest

import vfsloader.collections
from vfsloader.collections import PersistentDict
from vfsloader.compat import fscollections as compat
from vfsloader.compat.fscollections import async_fsdict, async_fslist, async_fsset, fsdict, fslist, fsset

pytestmark = pytest.mark.anyio


def test_the_names_and_parameters_are_those_of_fscollections() -> None:
    assert sorted(compat.__all__) == sorted(fscollections.__all__)
    for name in compat.__all__:
        assert getattr(compat, name) is getattr(vfsloader.collections, name)
        if name.islower():
            ours, theirs = (inspect.signature(getattr(library, name)) for library in (compat, fscollections))
            assert [(parameter.name, parameter.default) for parameter in ours.parameters.values()] == [
                (parameter.name, parameter.default) for parameter in theirs.parameters.values()
            ]


def test_each_kind_at_one_path(tmp_path: Path) -> None:
    base = str(tmp_path / "base")
    with fslist(base, klass="string") as items, fsdict(base, klass=int) as found, fsset(base, klass="int64") as seen:
        items.append("a")
        found["k"] = 1
        seen.add(5)
        with pytest.raises(TypeError, match="keys are text"):
            found[5] = 1
        assert 5 not in found
        with pytest.raises(KeyError):
            seen.remove(6)
        with pytest.raises(IndexError, match="list index out of range"):
            items[1]
    with fslist(base) as items, fsdict(base) as found, fsset(base) as seen:
        assert (items, found, seen) == (["a"], {"k": 1}, {5})


def test_temporary_ones_refuse_everything_after_destroy() -> None:
    kept = fslist(klass="string")
    kept.append("here")
    kept.destroy()
    with pytest.raises(ValueError, match="I/O operation on closed file"):
        kept[0]


def test_options_are_taken(tmp_path: Path) -> None:
    kept = fsdict(tmp_path / "d", klass="string", cache_type="lfu", cache_size=2, compaction_threshold=0.2)
    for turn in range(1000):
        kept["role"] = f"role {turn}" * 20
    assert [kept["role"], kept["role"]] == ["role 999" * 20] * 2  # read, and read from the cache
    assert kept.metrics["cache_hits"] == 1
    kept.compact()
    metrics = kept.metrics
    assert metrics["fragmentation_ratio"] == 0.0
    assert metrics["total_disk_usage_bytes"] >= metrics["data_file_size_bytes"] > metrics["logical_size_bytes"] > 0
    assert (metrics["clean_shutdown"], metrics["wasted_bytes"]) == (True, 0)
    numbers = fslist(tmp_path / "l", klass="int64", auto_compact=True)
    numbers.extend([100, 200, 300])
    assert numbers.pop(1) == 200
    assert numbers == [100, 300]  # in order, whatever is given back
    assert list(fsdict(tmp_path / "s", klass="int64").scan(lambda key, value: value > 1)) == []


async def test_awaited_collections_inside_awaited_collections() -> None:
    parent, child = async_fslist(), async_fslist()
    await child.append("x")
    await parent.insert(0, value=child)
    await parent.extend([async_fsdict()])
    assert await (await parent[0])[0] == "x"
    assert [type(item) async for item in parent] == [compat.AsyncFSList, compat.AsyncFSDict]
    by_name = async_fsdict()
    await by_name.set("parent", parent)
    assert [type(value) for _, value in await by_name.items()] == [compat.AsyncFSList]
    assert [type(value) async for _, value in by_name.scan()] == [compat.AsyncFSList]
    by_name.destroy()


async def test_awaited(tmp_path: Path) -> None:
    async with async_fsdict(tmp_path / "parent") as parent:
        child = async_fslist(tmp_path / "child")
        await child.append("payload")
        await parent.__setitem__("child", child)
        again = await parent["child"]
        assert await again[0] == "payload"
        await again.insert(0, "first")
        await again.extend(["last"])
        assert [value async for value in child] == ["first", "payload", "last"]
        assert [value async for value in child.scan(lambda value: value != "last")] == ["first", "payload"]
        assert await child.pop() == "last"
        await child.__delitem__(0)
        await child.__setitem__(0, "other")
        assert await child.__len__() == 1
        await parent.set("number", 7)
        await parent.update({"more": 8}, text="x")
        assert await parent.get("missing", 1) == 1
        assert await parent.pop("more") == 8
        assert await parent.pop("more", None) is None
        assert await parent.__contains__("number")
        assert await parent.keys() == ["child", "number", "text"]
        assert (await parent.values())[1:] == [7, "x"]
        assert (await parent.items())[1] == ("number", 7)
        assert [key async for key in parent] == ["child", "number", "text"]
        assert [pair async for pair in parent.scan(lambda key, value: value == 7)] == [("number", 7)]
        await parent.__delitem__("number")
        with pytest.raises(KeyError):
            await parent["number"]
        await parent.compact()
        await parent.flush()
        assert parent.metrics["items"] == 2
        assert parent.fragmentation_ratio == 0.0
        await parent.clear()
        await child.clear()
    with pytest.raises(ValueError, match="closed file"):
        await parent["child"]
    seen = async_fsset()
    file = seen.sync.location.catalog.store.path
    await seen.add(1)
    await seen.update([2, 3])
    await seen.discard(9)
    await seen.remove(1)
    assert await seen.__contains__(2)
    assert [value async for value in seen] == [2, 3]
    assert [value async for value in seen.scan(lambda value: value > 2)] == [3]
    await seen.clear()
    assert await seen.__len__() == 0
    seen.destroy()
    assert not os.path.exists(file)
    assert PersistentDict(tmp_path / "parent") == {}
