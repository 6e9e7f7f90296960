"""The commands about packs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.packs.trees import files_in, write_tree
from vfsloader import packs
from vfsloader.cli import main

#: Runs ``vfsloader pack WORDS``, checks the exit status and returns what was printed.
Run = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, in which one.pack is an older version of two.pack."""
    write_tree(tmp_path / "base", {"/a.txt": b"base a", "/sub/b.txt": b"b"})
    packs.build(tmp_path / "base", tmp_path / "one.pack")
    (tmp_path / "base" / "a.txt").write_bytes(b"another")
    packs.build(tmp_path / "base", tmp_path / "two.pack")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str, status: int = 0) -> str:
        actual = main(("pack", *words))
        printed = capsys.readouterr()
        assert actual == status, printed.err
        return printed.out

    return run


def run_json(run: Run, *words: str, status: int = 0) -> Any:
    return json.loads(run(*words, "--json", status=status))


def test_build(run: Run, folder: Path) -> None:
    assert run("build", "base", "x.pack") == "x.pack: 2 files, 8 bytes in 5,360\n"
    assert files_in(folder / "x.pack") == {"/a.txt": b"another", "/sub/b.txt": b"b"}


def test_build_replaces_only_if_forced(run: Run, folder: Path) -> None:
    before = (folder / "one.pack").read_bytes()
    run("build", "base", "one.pack", status=1)
    assert (folder / "one.pack").read_bytes() == before
    run("build", "-f", "base", "one.pack")
    assert (folder / "one.pack").read_bytes() == (folder / "two.pack").read_bytes()


def test_build_compresses(run: Run, folder: Path) -> None:
    write_tree(folder / "texts", {"/text": b"again and " * 10_000})
    assert run_json(run, "build", "--compress", "1", "texts", "small.pack")["compressed"] == 1


def test_build_leaves_out_what_is_ignored(run: Run, folder: Path) -> None:
    (folder / "base" / ".vfsignore").write_text("sub\n")
    run("build", "base", "x.pack")
    assert set(files_in(folder / "x.pack")) == {"/a.txt"}
    run("build", "-f", "--no-ignore", "base", "x.pack")
    assert set(files_in(folder / "x.pack")) == {"/.vfsignore", "/a.txt", "/sub/b.txt"}


def test_build_merges_a_game(run: Run, folder: Path) -> None:
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\n')
    (folder / "base" / "items.json").write_text('{"sword": 1, "bow": 1}')
    changes = {"merge": '{"sword": 2}', "patch": '[{"op": "replace", "path": "/bow", "value": 3}]'}
    for suffix, change in changes.items():
        mod = folder / "mods" / f"{suffix}-mod"
        mod.mkdir(parents=True)
        (mod / "mod.toml").write_text(f'id = "{suffix}-mod"\nname = "{suffix}"\nversion = "1"\n')
        (mod / f"items.json.{suffix}").write_text(change)
    run("build", "--merged", ".", "merged.pack")
    files = files_in(folder / "merged.pack")
    assert json.loads(files["/items.json"]) == {"sword": 2, "bow": 3}
    assert set(files) == {"/a.txt", "/sub/b.txt", "/items.json"}


def test_list(run: Run) -> None:
    assert run("list", "one.pack").split() == ["SIZE", "PATH", "6", "/a.txt", "1", "/sub/b.txt"]
    entries = run_json(run, "list", "one.pack")
    assert [(entry["path"], entry["size"]) for entry in entries] == [("/a.txt", 6), ("/sub/b.txt", 1)]
    assert len(entries[0]["digest"]) == 64


def test_list_of_what_is_not_a_pack(run: Run, folder: Path) -> None:
    (folder / "text").write_text("text")
    assert run("list", "text", status=1) == ""


def test_tree(run: Run) -> None:
    assert run("tree", "one.pack").splitlines() == ["/", "├── a.txt", "└── sub/", "    └── b.txt"]
    assert run_json(run, "tree", "one.pack") == {"a.txt": 6, "sub": {"b.txt": 1}}


def test_info(run: Run) -> None:
    assert "2 in 1 folders" in run("info", "one.pack")
    assert run_json(run, "info", "one.pack")["files"] == 2


def test_verify(run: Run) -> None:
    assert "one.pack is sound: 2 files" in run("verify", "one.pack")
    assert run_json(run, "verify", "one.pack")["faults"] == []


def test_verify_a_damaged_pack(run: Run, folder: Path) -> None:
    (folder / "broken.pack").write_bytes((folder / "two.pack").read_bytes()[:4_000])
    assert "wrong:" in run("verify", "broken.pack", status=1)
    assert run_json(run, "verify", "broken.pack", status=1)["faults"]


def test_sign_and_verify(run: Run) -> None:
    run("keygen", "studio")
    run("sign", "two.pack", "-k", "studio.key")
    assert "signed by" in run("verify", "two.pack", "--key", "studio.pub")
    assert "wrong: it is not signed" in run("verify", "one.pack", "--key", "studio.pub", status=1)


def test_apply_finds_the_old_pack_by_its_name(run: Run, folder: Path) -> None:
    run("diff", "one.pack", "two.pack", "-o", "x.patch")
    assert "is the new pack now" in run("apply", "x.patch")
    assert (folder / "one.pack").read_bytes() == (folder / "two.pack").read_bytes()


def test_apply_twice(run: Run) -> None:
    run("diff", "one.pack", "two.pack", "-o", "x.patch")
    run("apply", "x.patch", "one.pack")
    assert "already" in run("apply", "x.patch", "one.pack")
    assert run_json(run, "apply", "x.patch", "one.pack")["changed"] is False


def test_apply_to_another_file(run: Run, folder: Path) -> None:
    run("diff", "one.pack", "two.pack", "-o", "x.patch")
    before = (folder / "one.pack").read_bytes()
    run("apply", "x.patch", "one.pack", "-o", "after.pack")
    assert (folder / "after.pack").read_bytes() == (folder / "two.pack").read_bytes()
    assert (folder / "one.pack").read_bytes() == before


def test_diff_replaces_only_if_forced(run: Run, folder: Path) -> None:
    (folder / "x.patch").write_bytes(b"mine")
    run("diff", "one.pack", "two.pack", "-o", "x.patch", status=1)
    assert (folder / "x.patch").read_bytes() == b"mine"
    run("diff", "-f", "one.pack", "two.pack", "-o", "x.patch")
    assert run_json(run, "apply", "x.patch")["changed"] is True


def test_extract(run: Run, folder: Path) -> None:
    assert "2 files, 8 bytes written" in run("extract", "two.pack", "out")
    assert (folder / "out" / "a.txt").read_bytes() == b"another"
    assert "2 were there" in run("extract", "two.pack", "out")
    assert run_json(run, "extract", "two.pack", "out")["kept"] == 2


def test_extract_replaces_only_if_forced(run: Run, folder: Path) -> None:
    write_tree(folder / "out", {"/a.txt": b"mine"})
    run("extract", "two.pack", "out", status=1)
    assert (folder / "out" / "a.txt").read_bytes() == b"mine"
    run("extract", "-f", "two.pack", "out", "/a.txt")
    assert (folder / "out" / "a.txt").read_bytes() == b"another"


def test_convert(run: Run, folder: Path) -> None:
    run("convert", "two.pack", "x.zip", "--compress")
    run("convert", "x.zip", "y.pack")
    assert files_in(folder / "y.pack") == files_in(folder / "two.pack")
