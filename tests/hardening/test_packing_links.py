"""Packing never drops a file silently."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from vfsloader import open_layer, packs
from vfsloader.errors import UnsafeArchiveError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "font.ttf").write_text("font")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a").write_text("a")
    return tmp_path / "src"


def link_out(folder: Path) -> str:
    (folder / "font.ttf").symlink_to("../font.ttf")
    return "/font.ttf"


def link_to_nothing(folder: Path) -> str:
    (folder / "sub").mkdir()
    (folder / "sub" / "x").symlink_to("nothing")
    return "/sub/x"


def a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "/pipe"


def no_name(folder: Path) -> str:
    (folder / "a\\b").write_text("x")
    return "/a\\b"


def link_out_of_a_mod(folder: Path) -> str:
    (folder / "mod.toml").write_text('id = "mod"\nname = "M"\nversion = "1"\n')
    return link_out(folder)


@pytest.mark.parametrize("make", [link_out_of_a_mod, link_to_nothing, a_pipe, no_name])
def test_what_would_be_dropped_is_named(folder: Path, make: object) -> None:
    name = make(folder)  # type: ignore[operator]
    with pytest.raises(UnsafeArchiveError) as raised:
        packs.build(folder, folder.parent / "x.pack")
    assert name in str(raised.value)
    assert not (folder.parent / "x.pack").exists()


def test_a_trusted_folder_is_followed(folder: Path) -> None:
    link_out(folder)
    with open_layer(folder, trusted=True) as layer:
        packs.build(layer, folder.parent / "x.pack")
    with open_layer(folder.parent / "x.pack") as pack:
        assert pack.read(pack.find("/font.ttf")) == b"font"


def test_what_is_ignored_may_be_dropped(folder: Path) -> None:
    link_out(folder)
    (folder / ".vfsignore").write_text("*.ttf\n")
    assert packs.build(folder, folder.parent / "x.pack").files >= 1


def test_links_in_an_archive_are_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(info)
    with pytest.raises(UnsafeArchiveError, match=r"link .it is a symbolic link"):
        packs.build(tmp_path / "x.tar", tmp_path / "x.pack")
