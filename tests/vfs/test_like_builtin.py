"""``vfs.open`` beside the builtin ``open``: the same operations, the same results, the same kinds of errors."""

from __future__ import annotations

import csv
import gzip
import io
import random
import tarfile
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Store, VirtualFileSystem

PLACES = ["memory", "database", "folder"]
BINARY_MODES = ["rb", "wb", "ab", "xb", "r+b", "w+b", "a+b", "x+b"]
TEXT_MODES = ["r", "w", "a", "x", "r+", "w+", "a+", "rt"]


@pytest.fixture(params=PLACES)
def vfs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VirtualFileSystem]:
    if request.param == "folder":
        (tmp_path / "tree").mkdir()
    where = {"memory": ":memory:", "database": tmp_path / "s.db", "folder": tmp_path / "tree"}[request.param]
    with VirtualFileSystem(where, chunk_size=64) as tree:
        yield tree


# --- 35: attributes, errors, and the libraries that need them ----------------------------------------------


@pytest.mark.parametrize("mode", BINARY_MODES + TEXT_MODES)
@pytest.mark.parametrize("buffering", [-1, 0])
def test_attributes(vfs: VirtualFileSystem, tmp_path: Path, mode: str, buffering: int) -> None:
    real = tmp_path / "real"
    if "x" not in mode:
        real.write_bytes(b"hello\nworld\n")
        vfs.write_bytes("/a", b"hello\nworld\n")
    if buffering == 0 and "b" not in mode:
        with pytest.raises(ValueError, match="unbuffered"):
            vfs.open("/a", mode, buffering)
        return
    with open(real, mode, buffering) as expected, vfs.open("/a", mode, buffering) as file:
        assert file.mode == expected.mode
        assert (file.readable(), file.writable(), file.seekable()) == (
            expected.readable(), expected.writable(), expected.seekable()
        )  # fmt: skip
        assert file.tell() == expected.tell()
        for name in ("peek", "raw", "detach", "readall", "buffer", "readinto", "read1"):
            if buffering == -1:
                assert hasattr(file, name) >= hasattr(expected, name), name
        for position in ((-1, 0), (-100, 1), (-100, 2)):
            errors = []
            for stream in (expected, file):
                with pytest.raises((OSError, ValueError)) as caught:
                    stream.seek(*position)
                errors.append((isinstance(caught.value, OSError), getattr(caught.value, "errno", None)))
            assert errors[0] == errors[1], position
        if not expected.readable():
            with pytest.raises(io.UnsupportedOperation):
                file.read()
        if not expected.writable():
            with pytest.raises(io.UnsupportedOperation):
                file.writelines(["x" if "b" not in mode else b"x"])


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_reader_can_be_taken_apart(vfs: VirtualFileSystem, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    vfs.write_bytes("/a", content)
    with vfs.open("/a", "rb") as file:
        assert file.peek(1)[:1] == content[:1]  # type: ignore[attr-defined]
        assert file.raw.mode == "rb"  # type: ignore[attr-defined]
        assert file.read(3) == content[:3]
    file = vfs.open("/a", "rb")
    raw = file.detach()  # type: ignore[attr-defined]
    raw.seek(5)
    assert raw.readall() == content[5:]
    raw.close()
    with pytest.raises(ValueError, match=r"closed|detached"):
        file.read()
    with io.TextIOWrapper(vfs.open("/a", "rb"), "latin-1") as text:
        assert text.read(2) == "\0\1"
    with vfs.open("/a", "rb") as file, pytest.raises(io.UnsupportedOperation):
        file.writelines([b"changed"])
    assert vfs.read_bytes("/a") == content


@pytest.mark.filterwarnings("ignore:GzipFile was opened for writing:FutureWarning")
@pytest.mark.parametrize("mode", ["wb", "ab", "r+b", "w+b"])
def test_gzip(vfs: VirtualFileSystem, mode: str) -> None:
    vfs.write_bytes("/a.gz", b"")
    with vfs.open("/a.gz", mode) as file, gzip.GzipFile(fileobj=file, mode="wb") as packed:
        packed.write(b"hello" * 1000)
    with vfs.open("/a.gz", "rb") as file, gzip.GzipFile(fileobj=file) as packed:
        assert packed.read() == b"hello" * 1000
    with vfs.open("/b.gz", "wb") as file, gzip.GzipFile(fileobj=file) as packed:  # the mode is that of the file
        packed.write(b"x")
    assert gzip.decompress(vfs.read_bytes("/b.gz")) == b"x"


@pytest.mark.parametrize("hint", [-1, 0, 1, 5, 6, 7, 12, 13, 100, None])
@pytest.mark.parametrize("buffering", [-1, 0])
def test_readlines_stop_where_those_of_the_builtin_do(
    vfs: VirtualFileSystem, tmp_path: Path, hint: int | None, buffering: int
) -> None:
    content = b"hello\nworld\nagain\nend"
    vfs.write_bytes("/a", content)
    (tmp_path / "real").write_bytes(content)
    with open(tmp_path / "real", "rb", buffering) as expected, vfs.open("/a", "rb", buffering) as file:
        assert file.readlines(hint) == expected.readlines(hint)  # type: ignore[arg-type]
        assert file.tell() == expected.tell()


@pytest.mark.parametrize("mode", ["w+b", "r+b"])
def test_zipfile_and_tarfile(vfs: VirtualFileSystem, mode: str) -> None:
    vfs.write_bytes("/a.zip", b"")
    for name in ("one", "two"):
        with vfs.open("/a.zip", mode if name == "one" else "r+b") as file, zipfile.ZipFile(file, "a") as archive:
            archive.writestr(name, name * 1000)
    with vfs.open("/a.zip", "rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["one", "two"]
    with vfs.open("/a.tar", "w+b") as file, tarfile.open(fileobj=file, mode="w") as tar:
        info = tarfile.TarInfo("one")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"hello"))
    with vfs.open("/a.tar", "r+b") as file, tarfile.open(fileobj=file, mode="a") as tar:
        tar.addfile(info, io.BytesIO(b"again"))
    with vfs.open("/a.tar", "rb") as file, tarfile.open(fileobj=file) as tar:
        assert len(tar.getmembers()) == 2


def test_wave_and_csv(vfs: VirtualFileSystem) -> None:
    with vfs.open("/a.wav", "wb") as file, wave.open(file, "wb") as sound:  # type: ignore[arg-type]
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2000))
    with vfs.open("/a.wav", "rb") as file, wave.open(file, "rb") as played:
        assert played.getnframes() == 1000
    rows = [["a", "line\nend\r\n"], ["b", "U+2028 \u2028 and \x85 and \f"]]
    with vfs.open("/a.csv", "w", newline="") as text:
        csv.writer(text).writerows(rows)
    with vfs.open("/a.csv", newline="") as text:
        assert list(csv.reader(text)) == rows


def test_pictures_and_arrays(vfs: VirtualFileSystem) -> None:
    image = pytest.importorskip("PIL.Image")
    with vfs.open("/a.png", "w+b") as file:
        image.new("RGB", (30, 20), "red").save(file, "png")
    with vfs.open("/a.png", "rb") as file:
        assert image.open(file).convert("RGB").getpixel((3, 3)) == (255, 0, 0)
    numpy = pytest.importorskip("numpy")
    with vfs.open("/a.npy", "wb") as file:
        numpy.save(file, numpy.arange(1000))
    with vfs.open("/a.npy", "rb") as file:
        assert numpy.load(file)[-1] == 999
    with vfs.open("/a.npz", "w+b") as file:
        numpy.savez(file, numpy.arange(10))
    with vfs.open("/a.npz", "rb") as file:
        assert numpy.load(file)["arr_0"].sum() == 45


# --- 36: flush -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["a", "a+", "r+", "ab", "r+b"])
def test_flush_publishes_what_was_added(vfs: VirtualFileSystem, mode: str) -> None:
    if "r" in mode:
        vfs.write_bytes("/log", b"")
    lines: Any = [b"one\n", b"two\n"] if "b" in mode else ["one\n", "two\n"]
    with vfs.open("/log", mode) as file:
        file.write(lines[0])
        file.flush()
        assert vfs.read_bytes("/log") == b"one\n"
        file.write(lines[1])
        file.flush()
        file.flush()
        assert vfs.read_bytes("/log") == b"one\ntwo\n"
        assert vfs.listdir("/") == ["log"]
        file.write(lines[0])
    assert vfs.read_bytes("/log") == b"one\ntwo\none\n"


@pytest.mark.parametrize("mode", ["w", "x", "w+", "wb", "w+b", "x+b"])
def test_new_files_stay_whole(vfs: VirtualFileSystem, mode: str) -> None:
    if "w" in mode:
        vfs.write_bytes("/save", b"old")
    with vfs.open("/save", mode) as file:
        file.write(b"new" if "b" in mode else "new")  # type: ignore[arg-type]
        file.flush()
        assert vfs.exists("/save") == ("w" in mode)
        assert "w" not in mode or vfs.read_bytes("/save") == b"old"
    assert vfs.read_bytes("/save") == b"new"


def test_flush_in_a_batch_waits_for_its_end(vfs: VirtualFileSystem) -> None:
    vfs.write_bytes("/log", b"old ")
    file = vfs.open("/log", "ab")
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        file.write(b"new")
        file.flush()
        assert vfs.read_bytes("/log") == b"old "
        raise RuntimeError
    assert vfs.read_bytes("/log") == b"old "
    file.flush()
    assert vfs.read_bytes("/log") == b"old new"
    with pytest.raises(RuntimeError), file:
        file.write(b" lost")
        raise RuntimeError
    assert vfs.read_bytes("/log") == b"old new"


def test_flush_counts_in_the_quota() -> None:
    for local in (":memory:", Store(":memory:", quota=1000, chunk_size=64)):
        vfs = VirtualFileSystem(local, quota=1000 if local == ":memory:" else None)
        with vfs.open("/log", "ab") as file:
            for _ in range(9):
                file.write(b"x" * 100)
                file.flush()
                assert vfs.stats().used == vfs.getsize("/log")
            file.write(b"x" * 101)
            with pytest.raises(OSError, match="quota"):
                file.flush()
            file.raw.discard()  # type: ignore[attr-defined]
            with pytest.raises(OSError, match="quota"):
                file.close()
        assert vfs.stats().used == 900
        assert vfs._local.quota.reserved == 0  # type: ignore[attr-defined]


# --- the random walk -----------------------------------------------------------------------------------------


class Walk:
    """One file of the disk and one of ours, changed by the same operations.

    Differences that are meant: our file shows what was written when it is flushed or closed, a reader of ours keeps
    the content it was opened with, and an unbuffered write shows at once only on the disk. The walk therefore compares
    what the handle returns, and the content after it was closed.
    """

    def __init__(self, vfs: VirtualFileSystem, real: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.vfs, self.real = vfs, real
        self.history: list[str] = []

    def both(self, name: str, *args: Any) -> None:
        answers = []
        for stream in self.streams:
            buffers = [bytearray(arg) if isinstance(arg, bytearray) else arg for arg in args]
            try:
                answer: Any = getattr(stream, name)(*buffers)
                answer = (answer, [arg for arg in buffers if isinstance(arg, bytearray)])
            except Exception as error:
                # FileIO.readall of a write-only file raises a plain OSError: one kind with UnsupportedOperation.
                kinds = (OSError, ValueError, TypeError, OverflowError, StopIteration)
                answer = next((kind for kind in kinds if isinstance(error, kind)), error)
            answers.append(answer)
        self.history.append(f"{name}{args!r:.60} -> {answers[0]!r:.60}")
        assert answers[0] == answers[1], f"{answers!r:.500} after {self.history[-12:]}"

    def step(self) -> None:
        rand = self.random
        sizes = [-1, 0, 1, 7, 63, 64, 65, 200, 9000, 70_000]
        data: Any = rand.randbytes(rand.choice([0, 1, 5, 64, 130, 300]))
        if not self.binary:
            data = "".join(rand.choices("abc\n\r\u2028\x85é", k=len(data)))
        names = ["read", "write", "write", "seek", "readline", "writelines", "truncate", "tell", "flush", "readlines"]
        names += ["next", "read", "write", "seek"]
        name = rand.choice(names + ["readinto", "read1", "peek", "readall"] * self.binary)
        if name in ("peek", "read1") and not self.peeks:
            return
        if name == "readall" and self.peeks:
            return
        if name in ("read", "readline", "readlines"):
            self.both(name, rand.choice(sizes))
        elif name == "read1":
            self.both("seek", 0)
            self.both("read", rand.choice([1, 7, 63]))
        elif name == "peek":
            self.both("tell")
            for stream in self.streams:
                stream.peek(1) if stream.readable() and hasattr(stream, "peek") else None
            self.both("tell")
        elif name == "readinto":
            self.both(name, bytearray(rand.choice([0, 1, 64, 500])))
        elif name == "write":
            self.both(name, data)
        elif name == "writelines":
            self.both(name, [data, data])
        elif name == "seek":
            whence = rand.choice([0, 0, 1, 2, 9])
            if self.binary:
                self.both(name, rand.choice([-400, -1, 0, 0, 3, 64, 500]), whence)
            else:
                self.both(name, 0, rand.choice([0, 2]))
        elif name == "truncate":
            if self.binary:
                self.both(name, *([] if rand.random() < 0.5 else [rand.choice([0, 10, 64, 300])]))
        elif name == "next":
            self.both("__next__")
        elif name in ("tell", "flush", "readall"):
            self.both(name)

    def run(self, steps: int) -> None:
        done = 0
        while done < steps:
            rand = self.random
            self.binary = rand.random() < 0.7
            mode = rand.choice(BINARY_MODES if self.binary else TEXT_MODES)
            buffering = rand.choice([-1, -1, 0, 16]) if self.binary else rand.choice([-1, 1])
            self.peeks = buffering != 0
            if "x" in mode and rand.random() < 0.7 and self.real.exists():
                self.real.unlink()
                self.vfs.remove("/f")
            options: dict[str, Any] = (
                {} if self.binary else {"encoding": "utf-8", "newline": rand.choice([None, "", "\n"])}
            )
            streams, kinds = [], []
            for opener, path in ((open, self.real), (self.vfs.open, "/f")):
                try:
                    streams.append(opener(path, mode, buffering, **options))  # type: ignore[operator]
                except OSError as error:
                    kinds.append(error.errno)
            assert len(streams) != 1, (mode, kinds)
            self.history.append(f"open {mode} {buffering} {options}")
            done += 1
            if not streams:
                assert kinds[0] == kinds[1]
                continue
            self.streams = streams
            for _ in range(rand.randrange(1, 25)):
                self.step()
                done += 1
            for stream in streams:
                try:
                    stream.close()
                except UnicodeError:
                    pass
            self.both("read")  # of a closed file
            if self.real.exists():
                assert self.vfs.read_bytes("/f") == self.real.read_bytes(), self.history[-30:]


@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk_finds_no_difference(vfs: VirtualFileSystem, tmp_path: Path, seed: int) -> None:
    Walk(vfs, tmp_path / "real.bin", seed).run(1700)  # with all places and seeds, 20,000 operations
