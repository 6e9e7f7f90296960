"""The async file system: the same answers, and nothing half done, on asyncio and trio."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import random
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import pytest

from vfsloader import AsyncMemoryFileSystem, AsyncVirtualFileSystem, MemoryFileSystem, Store, VirtualFileSystem, paths
from vfsloader.runtime.async_calls import AsyncFile, open_file

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def afs(tmp_path: Path) -> AsyncIterator[AsyncVirtualFileSystem]:
    async with AsyncVirtualFileSystem(tmp_path / "s.db", timeout=30) as afs:
        yield afs


async def test_every_method_has_an_async_version() -> None:
    missing = {
        name
        for name, member in inspect.getmembers(VirtualFileSystem, inspect.isfunction)
        if not name.startswith("_") and not hasattr(AsyncVirtualFileSystem, name)
    }
    # They return what is not awaited: a path object, a layer, a subscription, the list of layers, a connection.
    assert missing == {"path", "as_layer", "subscribe", "set_underlays", "connect"}


@pytest.mark.parametrize("name", ["read_text", "write_bytes", "mkdir", "stat", "list_layers", "stats"])
async def test_an_async_method_looks_like_the_sync_one(name: str) -> None:
    sync, wrapped = getattr(VirtualFileSystem, name), getattr(AsyncVirtualFileSystem, name)
    assert inspect.iscoroutinefunction(wrapped)
    assert wrapped.__name__ == name
    assert inspect.signature(wrapped) == inspect.signature(sync)
    assert wrapped.__doc__.startswith(sync.__doc__.partition("\n")[0])


async def test_a_subclass_that_overrides_a_sync_method_is_respected() -> None:
    class Loud(VirtualFileSystem):
        def read_text(self, path: paths.PathLike, encoding: str = "utf-8", errors: str = "strict") -> str:
            return super().read_text(path, encoding, errors).upper()

    with Loud() as vfs:
        vfs.write_text("/a", "hello")
        assert await AsyncVirtualFileSystem(vfs).read_text("/a") == "HELLO"


async def test_a_call_does_not_run_on_the_event_loops_thread(afs: AsyncVirtualFileSystem) -> None:
    threads: list[int] = []

    class Watched(VirtualFileSystem):
        def exists(self, path: paths.PathLike) -> bool:
            threads.append(threading.get_ident())
            return super().exists(path)

    with Watched() as vfs:
        assert not await AsyncVirtualFileSystem(vfs).exists("/a")
    assert threads != [threading.get_ident()]


async def test_it_does_what_the_sync_file_system_does(afs: AsyncVirtualFileSystem) -> None:
    assert await afs.write_text("/a.txt", "hello") == 5
    assert await afs.write_bytes("/d/b.bin", b"bytes") == 5
    assert await afs.read_text("/a.txt") == "hello"
    assert await afs.read_bytes("/d/b.bin") == b"bytes"
    await afs.copy("/a.txt", "/d/c.txt")
    await afs.copytree("/d", "/e")
    await afs.rename("/e/c.txt", "/e/f.txt")
    assert await afs.listdir("/e") == ["b.bin", "f.txt"]
    assert [folder async for folder in afs.walk("/")] == list(afs.vfs.walk("/"))
    assert await afs.glob("/**/*.txt") == ["/a.txt", "/d/c.txt", "/e/f.txt"]
    assert (await afs.exists("/e"), await afs.isdir("/e"), await afs.isfile("/e")) == (True, True, False)
    assert (await afs.stat("/a.txt")).st_size == await afs.getsize("/a.txt") == 5
    assert len(await afs.digest("/a.txt")) == 32
    await afs.rmtree("/e")
    await afs.makedirs("/g/h")
    await afs.mkdir("/g/i")
    await afs.rmdir("/g/i")
    await afs.remove("/a.txt")
    await afs.unlink("/d/c.txt")
    lower = Store(":memory:")
    lower.write("/low", b"l")
    assert await afs.add_underlay(lower, 5, "low") == "low"
    assert await afs.which_layer("/low") == "low"
    assert (await afs.which_layer_detailed("/low"))["resolved_from"] == "low"
    assert [row["name"] for row in await afs.list_layers()] == ["local", "low"]
    assert await afs.remove_underlay("low")
    assert (await afs.stats()).files == 1
    await afs.flush()
    await afs.sync()
    with pytest.raises(FileNotFoundError):
        await afs.read_bytes("/nope")


async def test_files(afs: AsyncVirtualFileSystem) -> None:
    async with afs.open("/log.txt", "w") as file:
        assert isinstance(file, AsyncFile)
        assert await file.write("one\n") == 4
        await file.writelines([f"{number}\n" for number in range(200)])
        await file.flush()
        assert not await afs.exists("/log.txt")
    assert file.closed
    async with afs.open("/log.txt") as file:
        assert await file.readline() == "one\n"
        assert [line async for line in file] == [f"{number}\n" for number in range(200)]
    opened = await afs.open("/log.txt", "r+b")
    assert await opened.seek(-4, 2) == await opened.tell()
    assert await opened.read() == b"199\n"
    await opened.truncate(4)
    await opened.close()
    assert await afs.read_bytes("/log.txt") == b"one\n"
    async with await afs.open("/log.txt", "rb") as file:
        buffer = bytearray(3)
        assert await file.readinto(buffer) == 3
        assert (bytes(buffer), await file.readlines()) == (b"one", [b"\n"])
    with pytest.raises(RuntimeError):
        async with afs.open("/log.txt", "w") as file:
            await file.write("half")
            raise RuntimeError
    assert await afs.read_bytes("/log.txt") == b"one\n"


async def test_batches_are_all_or_nothing(afs: AsyncVirtualFileSystem, tmp_path: Path) -> None:
    async with afs.atomic_batch():
        await afs.write_text("/a", "1")
        async with afs.atomic_batch():
            await afs.write_text("/b", "2")
        assert not VirtualFileSystem(tmp_path / "s.db", read_only=True).exists("/a")
    with pytest.raises(ValueError, match="mine"):
        async with afs.atomic_batch():
            await afs.remove("/a")
            with pytest.raises(KeyError):
                async with afs.atomic_batch():
                    await afs.write_text("/c", "3")
                    raise KeyError
            assert not await afs.exists("/c")
            raise ValueError("mine")
    assert await afs.listdir() == ["a", "b"]


async def test_many_tasks_share_one(afs: AsyncVirtualFileSystem) -> None:
    async def work(number: int) -> None:
        async with afs.atomic_batch():
            await afs.write_text(f"/{number}/a", str(number))
            await afs.write_text(f"/{number}/b", str(number))
        async with afs.open(f"/{number}/c", "w") as file:
            for _ in range(3):
                await file.write(str(number))

    async with anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(work, number)
    for number in range(30):
        assert [await afs.read_text(f"/{number}/{name}") for name in "abc"] == [
            f"{number}",
            f"{number}",
            f"{number}" * 3,
        ]


async def test_a_storm_of_cancellations_leaves_nothing_half_done(afs: AsyncVirtualFileSystem) -> None:
    chance = random.Random(1)
    await afs.write_bytes("/streamed", bytes(60_000))

    async def work(number: int, after: float) -> None:
        with anyio.move_on_after(after):
            body = bytes([number % 251 + 1])
            async with afs.open("/streamed", "wb") as file:
                for _ in range(6):
                    await file.write(body * 10_000)
            async with afs.atomic_batch():
                await afs.write_bytes("/one", body * 1000)
                await afs.write_bytes("/two", body * 1000)

    async with anyio.create_task_group() as tasks:
        for number in range(120):
            tasks.start_soon(work, number, chance.expovariate(1 / 0.05))
    streamed = await afs.read_bytes("/streamed")
    assert streamed == streamed[:1] * 60_000
    if await afs.exists("/one"):
        assert await afs.read_bytes("/one") == await afs.read_bytes("/two")
    with afs.vfs.store.database.reading() as connection:
        assert connection.pragma("integrity_check") == "ok"
    await afs.write_text("/usable", "afterwards")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncios_own_cancellation_too(afs: AsyncVirtualFileSystem, anyio_backend: str) -> None:
    """`task.cancel()` goes through every shield of anyio. The call that runs on a thread is still finished."""
    await afs.write_bytes("/streamed", bytes(60_000))
    chance = random.Random(2)

    async def work(number: int) -> None:
        body = bytes([number % 251 + 1])
        async with afs.open("/streamed", "wb") as file:
            for _ in range(6):
                await file.write(body * 10_000)
        async with afs.atomic_batch():
            await afs.write_bytes("/one", body * 1000)
            await afs.write_bytes("/two", body * 1000)

    tasks = [asyncio.create_task(work(number)) for number in range(80)]
    for task in chance.sample(tasks, 60):
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results), results
    streamed = await afs.read_bytes("/streamed")
    assert streamed == streamed[:1] * 60_000
    assert await afs.read_bytes("/one") == await afs.read_bytes("/two")


async def test_a_file_system_of_the_caller_stays_open() -> None:
    with VirtualFileSystem() as vfs:
        async with AsyncVirtualFileSystem(vfs) as afs:
            await afs.write_text("/a", "1")
        assert vfs.read_text("/a") == "1"


async def test_waiting_batches_do_not_take_all_threads(afs: AsyncVirtualFileSystem) -> None:
    """There are more of them than shared threads: the batch whose turn it is must not have to wait for one."""
    done: list[int] = []

    async def work(number: int) -> None:
        async with afs.atomic_batch():
            for name in "abc":
                await afs.write_text(f"/{number}/{name}", name)
        done.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(90):
            tasks.start_soon(work, number)
    assert sorted(done) == list(range(90))


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncios_own_cancellation_of_an_open_leaves_no_lock_behind(anyio_backend: str) -> None:
    mfs = AsyncMemoryFileSystem()
    await mfs.import_tree({"/a": b"old"})
    reader = await mfs.open("/a", "rb")
    opening = asyncio.create_task(mfs.open("/a", "wb", lock_timeout=20))
    await asyncio.to_thread(_wait_for_a_writer, mfs.sync)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await reader.close()
    async with await mfs.open("/a", "rb", lock_timeout=20) as file:
        assert await file.read() == b""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_cancellation_between_the_opening_and_its_result_closes_the_file(
    anyio_backend: str, wait_for: Callable[..., object]
) -> None:
    loop, file = asyncio.get_running_loop(), io.BytesIO()
    started, may_open, reported = threading.Event(), threading.Event(), threading.Event()
    call_soon_threadsafe = loop.call_soon_threadsafe

    def open_slowly() -> io.BytesIO:
        started.set()
        assert may_open.wait(20)
        return file

    def report(*args: Any, **options: Any) -> Any:
        try:
            return call_soon_threadsafe(*args, **options)
        finally:
            reported.set()

    opening = asyncio.create_task(open_file(open_slowly))
    while not started.is_set():
        await asyncio.sleep(0)
    with mock.patch.object(loop, "call_soon_threadsafe", report):
        may_open.set()
        assert reported.wait(20)  # the loop stands still: the file is open, and the task cannot know
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    wait_for(lambda: file.closed, "the file to be closed")


def _wait_for_a_writer(mfs: MemoryFileSystem) -> None:
    """Return when a writer waits for ``/a``: then it cannot be opened for reading any more."""
    with contextlib.suppress(BlockingIOError):
        while True:
            mfs.open("/a", "rb", lock_timeout=0).close()
