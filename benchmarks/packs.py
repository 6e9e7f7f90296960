"""Packs: building, verifying, and telling the difference between two."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import arcade

from benchmarks.timing import Row, compare, seconds
from vfsloader import packs

MB = 1 << 20
SLOWEST = 1 / 0.7
#: What a build may need above what the interpreter and the library need: the pages of SQLite and what is read ahead.
FLAT_BYTES = 64 * MB
_PEAK = """
import sys
from pathlib import Path
from vfsloader import packs

def kilobytes(name):
    return int(Path("/proc/self/status").read_text().split(name)[1].split()[0])

Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
before = kilobytes("VmRSS:")
packs.build(sys.argv[1], sys.argv[2], overwrite=True)
print((kilobytes("VmHWM:") - before) * 1024)
"""


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    tree = Path(arcade.__file__).parent / "resources"
    size = zip_of(tree, at / "x.zip", "-6").stat().st_size
    yield from building("26 MB of arcade's files", tree, at, rounds=7)
    packs.build(tree, at / "small.pack", compress=True, overwrite=True)
    yield Row(
        "a compressed pack of arcade's files", "its zip, in bytes", (at / "small.pack").stat().st_size / size, 1.0
    )
    yield from building("2 GB in 10,000 files", synthetic(at / "2 GB", 2048 * MB), at, rounds=5)
    peak = subprocess.run(
        [sys.executable, "-c", _PEAK, at / "2 GB", at / "peak.pack"], capture_output=True, text=True, check=True
    )
    yield Row("memory above start, building 2 GB", "64 MB", int(peak.stdout) / FLAT_BYTES, 1.0)
    shutil.rmtree(at / "2 GB")
    os.replace(at / "peak.pack", at / "old.pack")
    yield from verifying(at / "old.pack")
    (at / "old.pack").unlink()
    yield from differing(at)


def building(what: str, tree: Path, at: Path, *, rounds: int) -> Iterator[Row]:
    """Compare with the two tools that do the same without hashing; all three wait for the disk."""

    def clean() -> None:
        for name in ("x.pack", "x.tar", "x.zip"):
            (at / name).unlink(missing_ok=True)
        os.sync()

    def ours() -> None:
        packs.build(tree, at / "x.pack")

    def tar() -> None:
        subprocess.run(["tar", "cf", at / "x.tar", "-C", tree, "."], check=True)
        sync(at / "x.tar")

    def zip_stored() -> None:
        sync(zip_of(tree, at / "x.zip", "-0"))

    yield compare(f"build a pack of {what}", ours, "zip -0", zip_stored, SLOWEST, rounds=rounds, before=clean)
    yield compare(f"build a pack of {what}", ours, "tar", tar, 1.2, rounds=rounds, before=clean)
    files = [file for file in tree.rglob("*") if file.is_file()]
    yield compare(f"read and hash the files of {what}, nothing else", lambda: hash_all(files), "tar", tar, before=clean)
    clean()


def verifying(pack: Path) -> Iterator[Row]:
    """Read every byte from the disk, and not from memory, where the system lets go of it."""
    buffer = bytearray(MB)

    def forget() -> None:
        handle = os.open(pack, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)

    def read() -> None:
        with open(pack, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass

    def ours() -> None:
        assert packs.verify(pack).ok

    def hashed() -> None:
        """Hash as much on each processor at the same time."""
        share = pack.stat().st_size // (os.cpu_count() or 1)

        def run(start: int) -> None:
            hasher, buffer = hashlib.sha256(), bytearray(MB)
            with open(pack, "rb", buffering=0) as file:
                file.seek(start)
                for _ in range(share // MB):
                    hasher.update(memoryview(buffer)[: file.readinto(buffer)])

        with ThreadPoolExecutor() as workers:
            list(workers.map(run, range(0, share * (os.cpu_count() or 1), share)))

    yield compare("verify 2 GB, not in memory", ours, "raw reads of the file", read, 1.1, before=forget)
    yield compare("SHA-256 of the same bytes, and nothing else", hashed, "raw reads of the file", read, before=forget)
    yield compare("verify 2 GB, not in memory", ours, "SHA-256 of the same bytes", hashed, 1.1, before=forget)
    yield compare(
        "verify 2 GB, in memory",
        ours,
        "sha256sum",
        lambda: subprocess.run(["sha256sum", pack], check=True, stdout=subprocess.DEVNULL),
        1.0,
    )


def hash_all(files: list[Path]) -> None:
    """Hash files one after the other, as far as possible on all processors."""

    def run(file: Path) -> None:
        hashlib.sha256(file.read_bytes())

    with ThreadPoolExecutor() as workers:
        list(workers.map(run, files))


def differing(at: Path) -> Iterator[Row]:
    """Two packs of 1 GB: one file in a hundred is another, and one of 200 MB has an insertion."""
    chance = random.Random(1)
    tree = synthetic(at / "1 GB", 824 * MB)
    (tree / "large").write_bytes(os.urandom(200 * MB))
    packs.build(tree, at / "old.pack")
    files = sorted(file for file in tree.rglob("*") if file.is_file() and file.name != "large")
    for file in chance.sample(files, len(files) // 100):
        file.write_bytes(os.urandom(file.stat().st_size))
    data = (tree / "large").read_bytes()
    (tree / "large").write_bytes(data[: 100 * MB] + b"inserted" + data[100 * MB :])
    packs.build(tree, at / "new.pack")
    shutil.rmtree(tree)
    size = (at / "new.pack").stat().st_size
    report = packs.diff(at / "old.pack", at / "new.pack", at / "x.patch")
    yield Row("the patch between two packs of 1 GB, 1 % changed", "2 % of the pack", report.size / (size * 0.02), 1.0)
    times = sorted(
        seconds(lambda: packs.diff(at / "old.pack", at / "new.pack", at / "x.patch", overwrite=True)) for _ in range(5)
    )
    yield Row("make and try that patch", "100 MB/s", times[2] / (size / 100e6), 1.0)

    def ours() -> None:
        packs.apply(at / "x.patch", at / "old.pack", at / "out.pack")

    def copy() -> None:
        shutil.copyfile(at / "new.pack", at / "copy.pack")
        sync(at / "copy.pack")

    yield compare("apply that patch", ours, "copying the new pack", copy)


def synthetic(at: Path, size: int) -> Path:
    """Write files that cannot be compressed, most of them small."""
    chance = random.Random(1)
    pool, written, number = chance.randbytes(16 * MB), 0, 0
    while written < size:
        count = min(int(chance.lognormvariate(11, 1.6)), 200 * MB, size - written)
        file = at / f"{number % 100}" / f"{number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.write(number.to_bytes(8, "big"))
            for start in range(0, count, 8 * MB):
                place = chance.randrange(8 * MB)
                out.write(pool[place : place + min(8 * MB, count - start)])
        written, number = written + count, number + 1
    return at


def zip_of(tree: Path, out: Path, level: str) -> Path:
    """Zip a tree, with Info-ZIP where it is installed."""
    if shutil.which("zip"):
        subprocess.run(["zip", "-q", level, "-r", out, "."], cwd=tree, check=True)
        return out
    method = zipfile.ZIP_STORED if level == "-0" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", method) as archive:
        for file in sorted(tree.rglob("*")):
            archive.write(file, file.relative_to(tree))
    return out


def sync(file: Path) -> None:
    """Wait until the disk has a file."""
    handle = os.open(file, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
