"""The same calls on D-MemFS and on ours: the same answers, the same kinds of errors."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import dmemfs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vfsloader import paths
from vfsloader.compat import dmemfs as memory

#: The builtin kinds by which a program tells errors apart.
KINDS = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    BlockingIOError,
    io.UnsupportedOperation,
    ValueError,
    TypeError,
    OSError,
)
PATHS = st.sampled_from(["/a", "/b", "/d", "/d/a", "/d/e", "/d/e/f", "/", "a", "/d/../b", "/d\\a", "/nope/x", ""])
MODES = st.sampled_from(["rb", "wb", "ab", "r+b", "xb", "r", "w"])


_steps = st.tuples(st.sampled_from(["write", "read", "seek", "end", "truncate", "tell"]), st.integers(-5, 1500))


def outcome(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "gives", call()
    except KINDS as error:
        return "raises", next(kind.__name__ for kind in KINDS if isinstance(error, kind))


class Both(RuleBasedStateMachine):
    """Neither counts anything for pieces, so that quotas are the same.

    Where they leave half of something behind (folders above one that the limit of nodes refuses, a new file that there
    is no room to preallocate), ours leave nothing: those are tests of their own.
    """

    def __init__(self) -> None:
        super().__init__()
        options = {"max_quota": 4000, "chunk_overhead_override": 0, "default_lock_timeout": 0}
        options["default_storage"] = "random_access"  # else they need room for a file twice, to store it another way
        self.theirs = dmemfs.MemoryFileSystem(**options)
        self.ours = memory.MemoryFileSystem(**options)  # type: ignore[arg-type]

    def same(self, call: Callable[[Any], Any], normal: Callable[[Any], Any] = lambda value: value) -> None:
        theirs, ours = outcome(lambda: normal(call(self.theirs))), outcome(lambda: normal(call(self.ours)))
        assert ours == theirs

    @rule(path=PATHS, mode=MODES, preallocate=st.sampled_from([0, 0, 0, 10]), steps=st.lists(_steps, max_size=6))
    def stream(self, path: str, mode: str, preallocate: int, steps: list[tuple[str, int]]) -> None:
        def call(mfs: Any) -> list[Any]:
            results: list[Any] = []
            with mfs.open(path, mode, preallocate=0 if mode == "rb" else preallocate) as file:  # they let readers write
                for step, number in steps:
                    results.append(
                        outcome(
                            {
                                "write": lambda n=number: file.write(b"w" * max(n, 0)),
                                "read": lambda n=number: file.read(n if n >= 0 else -1),
                                "seek": lambda n=number: file.seek(n),
                                "end": lambda n=number: file.seek(-n, 2),
                                "truncate": lambda n=number: file.truncate(n),
                                "tell": file.tell,
                            }[step]
                        )
                    )
                results.append((mfs.get_size(path), mfs.exists(path)))
                for other in ("wb", "xb", "ab"):
                    results.append(outcome(lambda other=other: mfs.open(path, other, lock_timeout=0)))
                results.append(outcome(lambda: mfs.remove(path)))
            return results

        self.same(call)

    @rule(path=PATHS, exist_ok=st.booleans())
    def mkdir(self, path: str, exist_ok: bool) -> None:
        self.same(lambda mfs: mfs.mkdir(path, exist_ok))

    @rule(src=PATHS, dst=PATHS, how=st.sampled_from(["rename", "move", "copy"]))
    def two(self, src: str, dst: str, how: str) -> None:
        inside = dst.replace("\\", "/").startswith(src.replace("\\", "/").rstrip("/") + "/")
        clean = paths.normalise(dst.replace("\\", "/") or "/")
        below_a_file = any(self.theirs.is_file(clean[:at]) for at in range(1, len(clean)) if clean[at] == "/")
        # They let a folder be moved into itself, and lose it; and fail by an assertion below a file.
        if how == "copy" or not (inside or below_a_file):
            self.same(lambda mfs: getattr(mfs, how)(src, dst))

    @rule(path=PATHS, how=st.sampled_from(["remove", "rmtree"]))
    def one(self, path: str, how: str) -> None:
        self.same(lambda mfs: getattr(mfs, how)(path))

    @rule(tree=st.dictionaries(st.sampled_from(["/a", "/d/a", "/g/h"]), st.binary(max_size=1500), max_size=3))
    def import_tree(self, tree: dict[str, bytes]) -> None:
        in_the_way = [path for path in ("/d", "/g") if self.theirs.is_file(path)]
        if not in_the_way and not any(self.theirs.is_dir(path) for path in tree):  # where they fail by an assertion
            self.same(lambda mfs: mfs.import_tree(tree))

    @rule(path=PATHS, only_dirty=st.booleans(), most=st.none() | st.integers(0, 100))
    def look(self, path: str, only_dirty: bool, most: int | None) -> None:
        self.same(lambda mfs: sorted(mfs.listdir(path)))
        self.same(lambda mfs: (mfs.exists(path), mfs.is_dir(path), mfs.is_file(path)))
        self.same(lambda mfs: mfs.get_size(path))
        self.same(lambda mfs: (mfs.stat(path)["size"], mfs.stat(path)["is_dir"], mfs.stat(path)["generation"] > 0))
        self.same(lambda mfs: mfs.export_tree(path, only_dirty))
        self.same(lambda mfs: mfs.export_as_bytesio(path, most).getvalue())
        self.same(lambda mfs: sorted((top, sorted(folders), sorted(files)) for top, folders, files in mfs.walk(path)))

    @rule(pattern=st.sampled_from(["/*", "/**/a", "/d/*", "/**/*", "/[ab]", "/?"]))
    def glob(self, pattern: str) -> None:
        self.same(lambda mfs: mfs.glob(pattern), normal=lambda found: sorted(set(found)))  # they tell some twice

    @invariant()
    def the_trees_are_the_same(self) -> None:
        assert self.ours.export_tree() == self.theirs.export_tree()
        ours, theirs = self.ours.stats(), self.theirs.stats()
        for key in (
            "used_bytes",
            "quota_bytes",
            "free_bytes",
            "file_count",
            "dir_count",
            "overhead_per_chunk_estimate",
        ):
            assert ours[key] == theirs[key], key  # type: ignore[literal-required]


Both.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,  # what another library does is found out once, and not by chance
)
TestBoth = Both.TestCase


def test_it_has_every_name() -> None:
    assert set(dmemfs.__all__) <= set(memory.__all__)
    for name in (
        "MemoryFileSystem",
        "AsyncMemoryFileSystem",
        "MemoryFileHandle",
        "AsyncMemoryFileHandle",
        "MFSTextHandle",
    ):
        public = {member for member in vars(getattr(dmemfs, name)) if not member.startswith("_")}
        assert public <= {member for member in dir(getattr(memory, name)) if not member.startswith("_")}, name


@pytest.mark.parametrize("module", [dmemfs, memory], ids=["D-MemFS", "ours"])
def test_a_program_written_for_it_runs(module: Any) -> None:
    mfs = module.MemoryFileSystem(max_quota=64 * 1024, default_storage="auto", memory_guard="none")
    mfs.mkdir("/etl/raw")
    with mfs.open("/etl/raw/rows.csv", "wb") as file, module.MFSTextHandle(file, encoding="utf-8") as text:
        for number in range(5):
            text.write(f"{number},größe\n")
    with mfs.open("/etl/raw/rows.csv", "rb") as file:
        assert [line.split(",")[0] for line in module.MFSTextHandle(file)] == list("01234")
        file.seek(0)
        assert module.MFSTextHandle(file).read(9) == "0,größe\n1"
    with mfs.open("/etl/raw/rows.csv", "rb") as file, io.TextIOWrapper(file, "utf-8") as wrapped:
        assert wrapped.readline() == "0,größe\n"
    with pytest.raises(module.MFSQuotaExceededError) as caught, mfs.open("/etl/big", "wb") as file:
        file.write(b"x" * 70_000)
    assert caught.value.requested >= 70_000
    assert caught.value.available < 65_536
    with pytest.raises(module.MFSNodeLimitExceededError) as limited:
        module.MemoryFileSystem(max_nodes=2).mkdir("/a/b")
    assert (limited.value.limit, isinstance(limited.value, module.MFSQuotaExceededError)) == (2, True)
    packed = io.BytesIO()
    import zipfile

    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/a.txt", "a")
        archive.writestr("in/b.txt", "b")
    module.expand_archive(mfs, packed, "/zip")
    assert mfs.export_tree("/zip") == {"/zip/in/a.txt": b"a", "/zip/in/b.txt": b"b"}
    assert mfs.export_tree("/zip", only_dirty=True) == {}
    with pytest.raises(FileExistsError):
        module.expand_archive(mfs, packed, "/zip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert module.expand_archive_streaming(mfs, packed, "/zip", on_conflict="overwrite") == 2
    assert module.expand_archive_streaming(mfs, packed, "/zip", on_conflict="skip") == 0
    snapshot = mfs.export_tree()
    other = module.MemoryFileSystem()
    other.import_tree(snapshot)
    assert other.export_tree() == snapshot
    sequential = module.MemoryFileSystem(default_storage="sequential")
    with sequential.open("/log", "wb") as file:
        file.write(b"abc")
        file.seek(0)
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"x")
    with pytest.raises(ValueError, match="default_storage"):
        module.MemoryFileSystem(default_storage="tape")
    for wrong in ({"memory_guard": "maybe"}, {"memory_guard_action": "explode", "memory_guard": "init"}):
        with pytest.raises(ValueError):  # noqa: PT011 - the two say it in their own words
            module.MemoryFileSystem(**wrong)


@pytest.mark.parametrize("module", [dmemfs, memory], ids=["D-MemFS", "ours"])
def test_an_async_program_written_for_it_runs(module: Any) -> None:
    import asyncio

    async def program() -> None:
        mfs = module.AsyncMemoryFileSystem(max_quota=10_000)
        await mfs.mkdir("/a/b")
        async with await mfs.open("/a/b/f.bin", "wb") as file:
            assert await file.write(b"data") == 4
            assert (await file.tell(), await file.writable(), await file.readable()) == (4, True, False)
            with pytest.raises(BlockingIOError):
                await mfs.open("/a/b/f.bin", "rb", lock_timeout=0.0)
        async with await mfs.open("/a/b/f.bin", "r+b") as file:
            await file.seek(2)
            await file.truncate(3)
            await file.flush()
            assert await file.read() == b"t"
        assert await mfs.walk("/a") == [("/a", ["b"], []), ("/a/b", [], ["f.bin"])]
        await mfs.copy("/a/b/f.bin", "/a/c")
        await mfs.copy_tree("/a", "/z")
        await mfs.rename("/z", "/y")
        await mfs.move("/y/c", "/new/c")
        assert sorted((await mfs.export_tree()).items()) == [
            ("/a/b/f.bin", b"dat"), ("/a/c", b"dat"), ("/new/c", b"dat"), ("/y/b/f.bin", b"dat")
        ]  # fmt: skip
        await mfs.import_tree({"/i/j": b"1"})
        assert (await mfs.stat("/i/j"))["generation"] == 0
        assert (await mfs.export_as_bytesio("/i/j")).getvalue() == b"1"
        assert await mfs.glob("/i/*") == ["/i/j"]
        assert (await mfs.get_size("/i/j"), await mfs.exists("/q"), await mfs.is_file("/i/j")) == (1, False, True)
        await mfs.remove("/i/j")
        await mfs.rmtree("/i")
        assert not await mfs.is_dir("/i")
        assert sorted(await mfs.listdir("/")) == ["a", "new", "y"]
        assert (await mfs.stats())["file_count"] == 4

    asyncio.run(program())
