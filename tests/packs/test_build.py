"""Building packs: what goes in, where it lies, and that the same tree gives the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packs.trees import files_in, files_of, hidden_names, sample, write_tree
from vfsloader import ResourceManager, Store, VirtualFileSystem, open_layer, packs
from vfsloader.errors import ConfigError, PathExistsError, PathNotFoundError
from vfsloader.store.pack.contents import PackFile


@pytest.mark.parametrize("compress", [False, True, 1])
def test_a_pack_holds_what_went_in(tmp_path: Path, compress: bool | int) -> None:
    files = sample()
    report = packs.build(write_tree(tmp_path / "src", files), tmp_path / "x.pack", compress=compress)
    assert files_in(tmp_path / "x.pack") == files
    assert (report.files, report.size) == (len(files), sum(map(len, files.values())))
    assert report.stored == (tmp_path / "x.pack").stat().st_size
    assert report.repeated == 3  # the second empty file, the copied text, and the large one again
    assert (report.compressed == 2) is bool(compress)  # each text once
    assert packs.verify(tmp_path / "x.pack").ok
    assert sorted(os.listdir(tmp_path)) == ["src", "x.pack"]


@pytest.mark.parametrize("compress", [False, True])
def test_streams_of_a_pack_read_from_anywhere(tmp_path: Path, compress: bool) -> None:
    files = sample()
    packs.build(write_tree(tmp_path / "src", files), tmp_path / "x.pack", compress=compress)
    chance = random.Random(2)
    with open_layer(tmp_path / "x.pack") as pack:
        for path in ("/large.bin", "/large.txt", "/readme.txt"):
            with pack.open(pack.find(path)) as stream:
                for _ in range(50):
                    at, count = chance.randrange(len(files[path]) + 10), chance.randrange(300_000)
                    stream.seek(at)
                    assert stream.read(count) == files[path][at : at + count]


def test_the_same_tree_gives_the_same_bytes(tmp_path: Path) -> None:
    files = sample()
    write_tree(tmp_path / "one", files)
    write_tree(tmp_path / "two", dict(reversed(files.items())))
    for file in (tmp_path / "two").rglob("*"):
        os.utime(file, (1, 1))
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as out:
        for path, data in files.items():
            out.writestr(path[1:], data)
    store = Store(":memory:")
    for path, data in files.items():
        store.write(path, data)
    for compress in (False, True):
        contents = set()
        for source in (tmp_path / "one", tmp_path / "two", tmp_path / "three.zip", store):
            packs.build(source, tmp_path / "x.pack", compress=compress, overwrite=True)
            contents.add((tmp_path / "x.pack").read_bytes())
        assert len(contents) == 1


def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    write_tree(tmp_path / "src", sample())
    packs.build(tmp_path / "src", tmp_path / "x.pack")
    script = "import sys; from vfsloader import packs; packs.build(*sys.argv[1:])"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", script, str(tmp_path / "src"), str(tmp_path / "y.pack")]
    subprocess.run(command, env=environment, check=True)
    assert (tmp_path / "x.pack").read_bytes() == (tmp_path / "y.pack").read_bytes()


def test_a_known_tree_has_a_known_digest(tmp_path: Path) -> None:
    """The format is a promise: this changes only together with its number."""
    store = Store(":memory:")
    store.write("/sprites/p.png", b"pixels")
    store.make_folder("/empty")
    report = packs.build(store, tmp_path / "x.pack")
    assert report.digest == "96bc5c5c7f541d128977d7fc63249f8ab0afdb1d6e6160b6ab412a225a31491f"


def test_times_are_kept_where_they_are_wanted(tmp_path: Path) -> None:
    file = write_tree(tmp_path / "src", {"/a.txt": b"a"}) / "a.txt"
    os.utime(file, ns=(5_000_000_000, 5_000_000_001))
    for keep, mtime in ((True, 5_000_000_001), (False, 0)):
        packs.build(tmp_path / "src", tmp_path / "x.pack", keep_times=keep, overwrite=True)
        with open_layer(tmp_path / "x.pack") as pack:
            assert pack.find("/a.txt").mtime_ns == mtime


def test_what_hides_lower_layers_still_does(tmp_path: Path) -> None:
    store = Store(":memory:")
    store.remove("/gone.txt", hide=True)
    store.make_folder("/only mine", opaque=True)
    packs.build(store, tmp_path / "x.pack")
    with open_layer(tmp_path / "x.pack") as pack:
        assert pack.may_hide
        assert pack.hides("/gone.txt")
        assert pack.hides("/only mine")
        assert pack.find("/gone.txt") is None
    assert packs.verify(tmp_path / "x.pack").ok


def test_a_merged_tree_is_packed(tmp_path: Path) -> None:
    lower = Store(":memory:")
    lower.write("/a", b"lower")
    lower.write("/b", b"lower")
    with VirtualFileSystem() as vfs:
        vfs.add_underlay(lower)
        vfs.write_bytes("/a", b"upper")
        packs.build(vfs, tmp_path / "x.pack")
        assert vfs.read_bytes("/a") == b"upper"
    assert files_in(tmp_path / "x.pack") == {"/a": b"upper", "/b": b"lower"}


def test_a_pack_is_a_source_too(tmp_path: Path) -> None:
    files = sample()
    packs.build(write_tree(tmp_path / "src", files), tmp_path / "x.pack", compress=True)
    packs.build(tmp_path / "x.pack", tmp_path / "y.pack")
    packs.build(tmp_path / "src", tmp_path / "z.pack")
    assert (tmp_path / "y.pack").read_bytes() == (tmp_path / "z.pack").read_bytes()


# --- order ---------------------------------------------------------------------------------------------


def _layout(pack: Path) -> list[str]:
    with Store(pack, read_only=True) as store:
        names = {node.digest: node.path for node in PackFile(store).nodes()}
        return [names[content.digest] for content in PackFile(store).contents()]


def test_what_loads_first_lies_first(tmp_path: Path) -> None:
    write_tree(tmp_path / "src", {f"/{name}": name.encode() for name in "abcdef"})
    packs.build(tmp_path / "src", tmp_path / "x.pack")
    assert _layout(tmp_path / "x.pack") == ["/a", "/b", "/c", "/d", "/e", "/f"]
    (tmp_path / "order.txt").write_text("# level 1\n/e\n\n/b\n/gone\n/e\n")
    packs.build(tmp_path / "src", tmp_path / "y.pack", order=tmp_path / "order.txt")
    assert _layout(tmp_path / "y.pack") == ["/e", "/b", "/a", "/c", "/d", "/f"]
    packs.build(tmp_path / "src", tmp_path / "z.pack", order=["/f"])
    assert _layout(tmp_path / "z.pack")[0] == "/f"
    with pytest.raises(PathNotFoundError, match="VFSLOADER_TRACE"):
        packs.build(tmp_path / "src", tmp_path / "w.pack", order=tmp_path / "nope.txt")


def test_a_game_tells_what_it_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = write_tree(tmp_path / "src", {"/b.txt": b"b", "/a.txt": b"a", "/c.json": b"{}", "/unused.txt": b"u"})
    packs.build(base, tmp_path / "x.pack")
    monkeypatch.setenv("VFSLOADER_TRACE", str(tmp_path / "order.txt"))
    for source in (base, tmp_path / "x.pack"):
        with ResourceManager(source, watch=False) as game:
            assert game.vfs.read_bytes("/b.txt") == b"b"
            with game.vfs.open("/a.txt", "rb") as file:
                assert file.read() == b"a"
            assert game.read_merged("/c.json") == {}
            assert game.vfs.read_bytes("/b.txt") == b"b"
        assert (tmp_path / "order.txt").read_text() == "/b.txt\n/a.txt\n/c.json\n"
    packs.build(base, tmp_path / "y.pack", order=tmp_path / "order.txt")
    assert _layout(tmp_path / "y.pack") == ["/b.txt", "/a.txt", "/c.json", "/unused.txt"]


# --- ignoring ------------------------------------------------------------------------------------------


def test_vfsignore_counts_as_gitignore_does(tmp_path: Path) -> None:
    names = ["/a.psd", "/keep.psd", "/src/a.txt", "/art/b.psd", "/art/raw/x.png", "/art/c.png", "/art/tmp/d"]
    names += ["/art/keep.raw", "/.git/config", "/Thumbs.db", "/deep/__pycache__/m.pyc", "/build/out.png"]
    names += ["/deep/build/in.png"]
    files = dict.fromkeys(names, b"x")
    tree = write_tree(tmp_path / "src", files)
    (tree / ".vfsignore").write_text("*.psd\n!keep.psd\n/src/\n/build\n# no\n\n*.raw\n")
    (tree / "art" / ".vfsignore").write_text("raw/\n/tmp\n!*.raw\n")
    packs.build(tree, tmp_path / "x.pack")
    assert sorted(files_in(tmp_path / "x.pack")) == ["/art/c.png", "/art/keep.raw", "/deep/build/in.png", "/keep.psd"]
    packs.build(tree, tmp_path / "y.pack", ignore=False)
    assert len(files_in(tmp_path / "y.pack")) == len(files) + 2


_names = st.sampled_from(["a", "b", "ab", "*", "?", "a*", "[ab]"])
_rules = st.tuples(
    st.sampled_from(["", "!"]),
    st.sampled_from(["", "/", "**/"]),
    st.lists(_names, min_size=1, max_size=2).map("/".join),
    st.sampled_from(["", "/", "/**"]),
).map("".join)
_places = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=3).map(
    lambda names: "/" + "/".join(names)
)


@settings(max_examples=100)
@given(st.lists(_rules, max_size=5), st.sets(_places, max_size=10))
def test_ignoring_agrees_with_git(tmp_path_factory: pytest.TempPathFactory, rules: list[str], places: set[str]) -> None:
    folder = tmp_path_factory.mktemp("git")
    files = {}
    for path in sorted(places):
        if not any(path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in files):
            files[path] = b"x"
    tree = write_tree(folder / "src", files)
    (tree / ".vfsignore").write_text("\n".join(rules) + "\n")
    command = ["git", "-c", "init.defaultBranch=x", "ls-files", "--others", "--exclude-per-directory=.vfsignore", "-z"]
    subprocess.run(["git", "init", "-q", "."], cwd=tree, check=True)
    kept = subprocess.run(command, cwd=tree, check=True, capture_output=True).stdout.decode().split("\0")
    packs.build(tree, folder / "x.pack")
    assert sorted(files_in(folder / "x.pack")) == sorted(f"/{name}" for name in kept if name not in ("", ".vfsignore"))


def test_a_broken_vfsignore_is_said(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "src", {"/.vfsignore": b"\xff\xfe", "/a": b"a"})
    with pytest.raises(ConfigError, match="vfsignore"):
        packs.build(tree, tmp_path / "x.pack")
    assert os.listdir(tmp_path) == ["src"]


# --- bad input -----------------------------------------------------------------------------------------


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    store = Store(":memory:")
    (tmp_path / "x.pack").write_bytes(b"mine")
    with pytest.raises(PathExistsError, match="overwrite"):
        packs.build(store, tmp_path / "x.pack")
    assert (tmp_path / "x.pack").read_bytes() == b"mine"
    packs.build(store, tmp_path / "x.pack", overwrite=True)
    assert files_in(tmp_path / "x.pack") == {}


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "src", {"/a": b"a" * 100_000, "/b": b"b"})

    def interrupt(done: int, total: int, path: str) -> None:
        raise KeyboardInterrupt

    (tmp_path / "x.pack").write_bytes(b"mine")
    with pytest.raises(KeyboardInterrupt):
        packs.build(tree, tmp_path / "x.pack", overwrite=True, progress=interrupt)
    assert (tmp_path / "x.pack").read_bytes() == b"mine"
    assert hidden_names(tmp_path) == []


def test_a_missing_target_folder(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError) as raised:
        packs.build(Store(":memory:"), tmp_path / "nowhere" / "x.pack")
    assert raised.value.filename == str(tmp_path / "nowhere")


def test_a_missing_source(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError) as raised:
        packs.build(tmp_path / "no source", tmp_path / "x.pack")
    assert raised.value.filename == str(tmp_path / "no source")


@pytest.mark.parametrize("level", [-1, 23, 99])
def test_a_level_that_zstd_does_not_have(tmp_path: Path, level: int) -> None:
    with pytest.raises(ValueError, match="level"):
        packs.build(Store(":memory:"), tmp_path / "x.pack", compress=level)


def test_progress_counts_all_bytes(tmp_path: Path) -> None:
    files = sample(large=2_000_000)
    calls: list[tuple[int, int]] = []
    packs.build(
        write_tree(tmp_path / "src", files),
        tmp_path / "x.pack",
        progress=lambda done, total, path: calls.append((done, total)),
    )
    total = sum(map(len, files.values()))
    assert calls == sorted(calls)
    assert calls[-1] == (total, total)
    assert len(calls) > len(files)


def test_nothing_left_open_reads_on(tmp_path: Path) -> None:
    """A layer that the caller opened stays open."""
    with Store(tmp_path / "s.db") as store:
        store.write("/a", b"a")
        packs.build(store, tmp_path / "x.pack")
        assert files_of(store) == {"/a": b"a"}
