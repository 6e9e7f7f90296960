"""A folder of the disk: links, spellings, and changes that are seen or announced."""

from __future__ import annotations

from pathlib import Path

import pytest

from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.layers import FolderLayer


class Counter:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.changes = 0
        self.steps = 0

    def changed(self) -> None:
        self.changes += 1

    def stepped(self) -> None:
        self.steps += 1


def test_a_layer_is_called_as_its_folder_unless_it_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "winter").mkdir()
    names = [FolderLayer(tmp_path / "winter", name=name).name for name in (None, "w", "")]
    assert names == ["winter", "w", ""]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError) as caught:
        FolderLayer(tmp_path / "nope")
    assert caught.value.filename == str(tmp_path / "nope")


def test_a_file_is_not_a_folder_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAFolderError) as caught:
        FolderLayer(tmp_path / "file")
    assert caught.value.filename == str(tmp_path / "file")


def test_a_live_folder_has_no_version(tmp_path: Path) -> None:
    assert FolderLayer(tmp_path).version() is None


def test_a_fixed_folder_has_another_version_after_each_refresh(tmp_path: Path) -> None:
    layer = FolderLayer(tmp_path, live=False)
    versions = [layer.version()]
    for _ in range(3):
        layer.refresh()
        versions.append(layer.version())
    assert None not in versions
    assert len(set(versions)) == 4


def test_a_subscription_ends(tmp_path: Path) -> None:
    layer, counter = FolderLayer(tmp_path, live=False), Counter()
    end = layer.subscribe(counter.changed, counter.stepped)
    layer.refresh()
    end()
    layer.refresh()
    assert (counter.changes, counter.steps) == (1, 0)


@pytest.mark.parametrize("live", [True, False])
def test_a_folder_that_becomes_a_link_out_is_left_after_a_refresh(tmp_path: Path, live: bool) -> None:
    mod, out = tmp_path / "mod", tmp_path / "out"
    for folder in (mod / "sub", out):
        folder.mkdir(parents=True)
        (folder / "x").write_text("")
    layer = FolderLayer(mod, live=live)
    assert layer.find("/sub/x") is not None
    (mod / "sub" / "x").unlink()
    (mod / "sub").rmdir()
    (mod / "sub").symlink_to(out)
    layer.refresh()
    assert layer.find("/sub/x") is None
    assert list(layer.list("/sub")) == []


@pytest.fixture
def linked(tmp_path: Path) -> FolderLayer:
    """A folder with links that stay inside, and links that leave."""
    mod = tmp_path / "mod"
    (mod / "real" / "deep").mkdir(parents=True)
    (mod / "real" / "deep" / "x").write_text("inside")
    (mod / "alias").symlink_to(mod / "real")
    (mod / "self").symlink_to(mod)
    (tmp_path / "mod2").mkdir()
    (tmp_path / "mod2" / "x").write_text("outside")
    (mod / "sibling").symlink_to(tmp_path / "mod2")
    (mod / "real" / "away").symlink_to(tmp_path)
    (mod / "dangling").symlink_to(mod / "nope")
    return FolderLayer(mod)


@pytest.mark.parametrize("path", ["/alias/deep/x", "/alias/deep", "/alias"])
def test_links_that_stay_inside_are_followed(linked: FolderLayer, path: str) -> None:
    assert linked.find(path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/sibling",
        "/sibling/x",
        "/real/away",
        "/real/away/mod2/x",
        "/alias/away/mod2/x",
        "/dangling",
        "/self",
        "/self/real",
    ],
)
def test_links_that_leave_or_lead_up_are_not_followed(linked: FolderLayer, path: str) -> None:
    assert linked.find(path) is None


def test_lists_show_what_is_found(linked: FolderLayer) -> None:
    assert sorted(entry.path for entry in linked.list("/")) == ["/alias", "/real"]
    assert sorted(entry.path for entry in linked.list("/alias")) == ["/alias/deep"]


def test_a_link_to_a_file_has_the_files_size(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("12345")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    entry = FolderLayer(tmp_path).find("/link")
    assert entry is not None
    assert (entry.size, entry.is_folder) == (5, False)


def test_a_root_that_is_itself_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    layer = FolderLayer(tmp_path / "link")
    assert [entry.path for entry in layer.list("/")] == ["/x"]


DECOMPOSED = "e\u0301"  # as macOS wrote it


@pytest.fixture
def accented(tmp_path: Path) -> FolderLayer:
    folder = tmp_path / "mod" / f"caf{DECOMPOSED}" / "plain"
    folder.mkdir(parents=True)
    (folder / f"{DECOMPOSED}.txt").write_text("x")
    (folder / "a.txt").write_text("y")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f"{DECOMPOSED}.txt").write_text("secret")
    (tmp_path / "mod" / f"aw{DECOMPOSED}").symlink_to(tmp_path / "out")
    return FolderLayer(tmp_path / "mod")


@pytest.mark.parametrize("path", ["/café", "/café/plain", "/café/plain/a.txt", "/café/plain/é.txt"])
def test_names_in_another_unicode_form_are_found_at_every_depth(accented: FolderLayer, path: str) -> None:
    entry = accented.find(path)
    assert entry is not None
    assert entry.path == path


def test_a_file_whose_folder_is_in_another_form_can_be_read_twice(accented: FolderLayer) -> None:
    for _ in range(2):
        entry = accented.find("/café/plain/é.txt")
        assert entry is not None
        assert accented.read(entry) == b"x"


@pytest.mark.parametrize("path", ["/café/é.txt", "/cafés", "/café/plain/é.txt/é", "/é/x"])
def test_what_is_in_no_form_is_not_found(accented: FolderLayer, path: str) -> None:
    assert accented.find(path) is None


@pytest.mark.parametrize("path", ["/awé", "/awé/é.txt"])
def test_a_link_in_another_form_does_not_leave_either(accented: FolderLayer, path: str) -> None:
    assert accented.find(path) is None


def test_lists_are_in_the_usual_form(accented: FolderLayer) -> None:
    assert [entry.path for entry in accented.list("/")] == ["/café"]
    assert sorted(entry.path for entry in accented.list("/café/plain")) == ["/café/plain/a.txt", "/café/plain/é.txt"]


@pytest.mark.parametrize("bad", ["\\", "\udc80"])
def test_only_names_that_no_path_can_have_are_left_out(tmp_path: Path, bad: str) -> None:
    good = [f"good{number}" for number in range(10)]
    for name in (*good, *(f"{bad}{number}" for number in range(10))):
        (tmp_path / name).write_text("")
    assert sorted(entry.name for entry in FolderLayer(tmp_path).list("/")) == good


def test_files_that_vanish_while_they_are_listed_are_left_out(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(10)]
    for name in names:
        (tmp_path / name).write_text("")
    listing = iter(FolderLayer(tmp_path).list("/"))
    listed = {next(listing).name}
    gone = [name for name in names if name not in listed][::2]
    for name in gone:
        (tmp_path / name).unlink()
    listed |= {entry.name for entry in listing}
    assert listed == set(names) - set(gone)


def test_an_entry_has_the_files_times(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("123")
    (tmp_path / "d").mkdir()
    layer = FolderLayer(tmp_path)
    for name, size in (("x", 3), ("d", 0)):
        entry, status = layer.find(f"/{name}"), (tmp_path / name).stat()
        assert entry is not None
        assert (entry.size, entry.mtime_ns, entry.ctime_ns) == (size, status.st_mtime_ns, status.st_ctime_ns)


def test_a_file_is_opened_from_its_start(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\r\nb")
    layer = FolderLayer(tmp_path)
    entry = layer.find("/x")
    assert entry is not None
    with layer.open(entry) as file:
        assert file.read() == layer.read(entry) == b"a\r\nb"
