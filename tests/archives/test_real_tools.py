"""What the tools of this machine write means the same as the folder that they packed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archives.test_odd_archives import files_of
from vfsloader import VirtualFileSystem, open_layer
from vfsloader.archives import expand_archive

LONG = "n" * 70


def _run(folder: Path, *command: str) -> None:
    environment = {**os.environ, "COPYFILE_DISABLE": "1"}  # for macOS: no shadow files
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)


def _tar_formats() -> list[str]:
    """Return the formats that the machine's tar writes: that of GNU here, libarchive's on Windows and macOS."""
    program = shutil.which("tar")
    if program is None:
        return []
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if "GNU" in version:
        sparse = ["gnu -S", "posix -S", "posix -S --sparse-version=0.0", "posix -S --sparse-version=0.1"]
        return ["v7", "oldgnu", "gnu", "ustar", "posix", "gnu -z", *sparse]
    return ["pax", "pax -z", *(["zip", "gnutar"] if sys.platform == "darwin" else [])]


def _by_tar(options: str) -> Callable[[Path, Path], None]:
    def pack(folder: Path, out: Path) -> None:
        _run(folder, "tar", *f"--format={options} -cf".split(), str(out), ".")

    return pack


def _by_shutil(kind: str) -> Callable[[Path, Path], None]:
    def pack(folder: Path, out: Path) -> None:
        made = shutil.make_archive(str(out.with_name("made")), kind, folder)
        os.replace(made, out)

    return pack


def _by_python(module: str) -> Callable[[Path, Path], None]:
    def pack(folder: Path, out: Path) -> None:
        _run(folder, sys.executable, "-m", module, "-c", str(out), *sorted(os.listdir(folder)))

    return pack


def _by_git(kind: str) -> Callable[[Path, Path], None]:
    def pack(folder: Path, out: Path) -> None:
        _run(folder, "git", "init", "-q")
        _run(folder, "git", "add", "--all", ".")
        _run(folder, "git", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "x")
        _run(folder, "git", "archive", f"--format={kind}", "-o", str(out), "HEAD")

    return pack


PACKERS = {
    **{f"tar --format={options}": _by_tar(options) for options in _tar_formats()},
    **{f"shutil {kind}": _by_shutil(kind) for kind in ("zip", "tar", "gztar", "bztar", "xztar")},
    **{module: _by_python(module) for module in ("zipfile", "tarfile")},
    **({f"git archive {kind}": _by_git(kind) for kind in ("tar", "tar.gz", "zip")} if shutil.which("git") else {}),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "folder"
    (top / "sub dir" / "deep").mkdir(parents=True)
    (top / "a.txt").write_bytes(b"a")
    (top / "empty.txt").write_bytes(b"")
    (top / "sub dir" / "b.png").write_bytes(os.urandom(100_000))
    (top / "sub dir" / "deep" / "é ж 雪.txt").write_bytes(b"names")
    (top / LONG).mkdir()
    (top / LONG / f"{LONG[:25]}.txt").write_bytes(b"a long name")
    with (top / "holes").open("wb") as file:
        file.truncate(200_000)
        file.seek(100_000)
        file.write(b"in the middle")
    return top


@pytest.mark.parametrize("packer", PACKERS)
def test_what_a_tool_packed_is_what_it_was_given(packer: str, folder: Path, tmp_path: Path) -> None:
    if "v7" in packer:  # it has no longer names
        shutil.rmtree(folder / LONG)
    files = {
        f"/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }
    out = tmp_path / "packed"
    PACKERS[packer](folder, out)
    for source in (out, out.read_bytes()):
        with open_layer(source, name="x") as layer:
            assert files_of(layer) == files
            assert not getattr(layer, "left_out", ())
        with VirtualFileSystem() as vfs, warnings.catch_warnings():
            warnings.simplefilter("error")
            expand_archive(vfs, source)
            assert {path: vfs.read_bytes(path) for path in vfs.glob("/**") if vfs.isfile(path)} == files


def test_hard_links_of_a_tar_are_files(folder: Path, tmp_path: Path) -> None:
    os.link(folder / "a.txt", folder / "z.txt")
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        out.add(folder, ".")
        assert any(info.islnk() for info in out)
    with open_layer(tmp_path / "x.tar") as layer:
        found = files_of(layer)
    assert found["/a.txt"] == found["/z.txt"] == b"a"
