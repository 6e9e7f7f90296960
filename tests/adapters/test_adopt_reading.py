"""Every way in which a finished game may read its files sees the mods, and nothing else about it changes."""

from __future__ import annotations

import builtins
import concurrent.futures
import importlib.resources
import io
import json
import linecache
import logging
import os
import pickle
import pkgutil
import random
import runpy
import shutil
import sqlite3
import sys
import tarfile
import tokenize
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pygame.freetype
import pytest
from vfsloader.pygame import Adopted, adopt

from tests.adapters.adopted_game import make_game, run_python
from tests.adapters.pygame_files import BLUE, FONT, RED, png, wav


@pytest.fixture(params=["folder", "zip"])
def game(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: object) -> Path:
    """A game whose mod is a folder or a zip."""
    make_game(tmp_path)
    mod = tmp_path / "mods" / "winter"
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "mods" / "winter.zip", "w") as out:
            for file in mod.rglob("*"):
                out.write(file, file.relative_to(mod))
        shutil.rmtree(mod)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def adopted(game: Path) -> Iterator[Adopted]:
    with adopt("resources", mods="mods", watch=False) as adopted:
        yield adopted


def file_io(path: Any) -> bytes:
    with io.FileIO(path) as file:
        assert isinstance(file, io.FileIO)
        assert file.name == path
        return file.readall()


def descriptor(path: Any) -> bytes:
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.read(opened, 100)
    finally:
        os.close(opened)


def text(path: Any) -> bytes:
    with open(path) as file:
        assert file.name == os.fspath(path)  # the game does not see where the file really is
        return file.read().encode()


def code(path: Any) -> bytes:
    with io.open_code(os.fspath(path)) as file:
        return file.read()


def in_a_thread(path: Any) -> bytes:
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        return threads.submit(text, path).result()


def unbuffered(path: Any) -> bytes:
    with io.open(path, "rb", 0) as file:  # noqa: UP020 - another name of the call
        return file.read()


READERS: list[Callable[[Any], bytes]] = [
    file_io, descriptor, text, code, in_a_thread, unbuffered, lambda path: Path(os.fsdecode(path)).read_bytes(),
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("spell", [str, os.fsencode, Path])
def test_a_file_is_read_by_every_call(
    adopted: Adopted, read: Callable[[Any], bytes], spell: Callable[..., Any]
) -> None:
    if read is code and spell is os.fsencode:
        return  # it takes text only
    assert read(spell("resources/lang/en.txt")) == b"modded"
    assert read(spell(os.path.abspath("resources/lang/fi.txt"))) == b"added"
    assert read(spell("resources/own.txt")) == b"own"
    with pytest.raises(FileNotFoundError) as caught:
        read(spell("resources/secret.txt"))
    assert caught.value.errno == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_a_file_is_read_through_links(game: Path) -> None:
    (game / "real").mkdir()
    os.rename("resources", "real/assets")
    os.symlink("real", "link", target_is_directory=True)
    os.symlink("real/assets/lang", "tongues", target_is_directory=True)
    os.symlink("lang", "real/assets/sprachen", target_is_directory=True)
    for named in ("link/assets", "real/assets"):
        with adopt(named, mods="mods", watch=False):
            for folder in ("link/assets", "real/assets", str(game / "link" / "assets")):
                assert text(f"{folder}/lang/en.txt") == b"modded"
                assert text(f"{folder}/images/../lang/en.txt") == b"modded"
                assert text(f"{folder}/sprachen/../lang/en.txt") == b"modded"
            assert text("tongues/en.txt") == b"modded"
            assert sorted(os.listdir("tongues")) == ["en.txt", "fi.txt"]
            os.chdir("real/assets/lang")
            assert text("fi.txt") == b"added"
            os.chdir(game)


def test_names_that_the_tree_cannot_have_are_left_to_the_disk(adopted: Adopted, game: Path) -> None:
    folder = os.path.abspath("resources/lang")
    with pytest.raises(FileNotFoundError):
        text(folder + "/" + "n" * 250 + "\\")
    assert text(folder + "/en.txt") == b"modded"  # the folder is still ours
    assert not os.path.exists(os.path.abspath("other.txt"))
    assert text(os.path.abspath("resources") + "/own.txt") == b"own"


def test_questions_are_answered(adopted: Adopted) -> None:
    for spell in (str, os.fsencode, Path):
        assert os.access(spell("resources/lang/fi.txt"), os.R_OK)
        assert not os.access(spell("resources/secret.txt"), os.F_OK)
        assert os.access(spell("resources/own.txt"), os.R_OK | os.W_OK)
        assert os.path.getsize(spell("resources/lang/fi.txt")) == 5
        assert os.stat(path=spell("resources/lang/fi.txt")).st_size == 5
        assert os.path.exists(spell("resources/lang/fi.txt"))
    assert not os.path.islink("resources/lang/fi.txt")
    assert os.path.samefile("resources/own.txt", os.path.abspath("resources/own.txt"))


def test_data_is_read_with_the_changes_of_mods(adopted: Adopted) -> None:
    with open("resources/data/items.json") as file:
        items = json.load(file)
    assert items == {"sword": {"damage": 30}, "bow": {"damage": 2}}
    assert list(items) == ["sword", "bow"]
    assert json.loads(Path("resources/data/levels.json").read_bytes()) == [1, 2, 3]
    assert os.path.getsize("resources/data/levels.json") == len(text("resources/data/levels.json"))
    assert sorted(os.listdir("resources/data")) == ["items.json", "levels.json"]  # as the game knows it
    adopted.manager.mods.disable("winter")
    adopted.manager.update()
    assert text("resources/data/levels.json") == b"[1, 2]"  # its own bytes


def test_data_that_cannot_be_changed_is_read_as_it_is_and_reported(
    game: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (game / "resources" / "data" / "items.json").write_bytes(b"{ no JSON")
    with adopt("resources", mods="mods", watch=False) as adopted, caplog.at_level(logging.INFO, "vfsloader.adopt"):
        for _ in range(3):
            assert text("resources/data/items.json") == b"{ no JSON"
        assert "3 open of /data/items.json was not served: the changes of mods are left out" in adopted.report()
        assert len([record for record in caplog.records if "items.json" in record.getMessage()]) == 1


def test_folders_are_walked_with_descriptors(adopted: Adopted) -> None:
    if not hasattr(os, "fwalk"):
        return
    seen = {}
    for folder, folders, files, opened in os.fwalk("resources"):
        for name in files:
            read = os.open(name, os.O_RDONLY, dir_fd=opened)
            seen[f"{folder}/{name}"] = os.read(read, 6)
            os.close(read)
        if folder == "resources":
            folders.remove("images")
    assert seen["resources/lang/fi.txt"] == b"added"
    assert seen["resources/lang/en.txt"] == b"modded"
    assert "resources/secret.txt" not in seen
    assert "resources/images/p.png" not in seen
    assert {os.fsdecode(folder) for folder, *_ in os.fwalk(b"resources")} == {
        folder for folder, *_ in os.walk("resources")
    }


def test_the_order_of_files_is_that_of_the_disk(game: Path) -> None:
    for name in ("z", "b", "y", "a", "x"):
        (game / "resources" / "lang" / f"{name}.txt").write_text(name)
    plain, entries = os.listdir("resources/lang"), [entry.name for entry in os.scandir("resources/lang")]
    walked = list(os.walk("resources"))
    with adopt("resources", mods="nothing", watch=False):
        assert os.listdir("resources/lang") == plain
        assert [entry.name for entry in os.scandir("resources/lang")] == entries
        assert all(isinstance(entry, os.DirEntry) for entry in os.scandir("resources/lang"))
        assert list(os.walk("resources")) == walked
    with adopt("resources", mods="mods", watch=False):
        assert os.listdir("resources/lang") == [*plain, "fi.txt"]
        assert [entry.name for entry in os.scandir(b"resources/lang")][-1] == b"fi.txt"


def test_folders_are_copied(adopted: Adopted, game: Path) -> None:
    shutil.copytree("resources", "copy")
    assert (game / "copy" / "lang" / "fi.txt").read_bytes() == b"added"
    assert (game / "copy" / "lang" / "en.txt").read_bytes() == b"modded"
    assert not (game / "copy" / "secret.txt").exists()
    assert json.loads((game / "copy" / "data" / "levels.json").read_bytes()) == [1, 2, 3]
    shutil.copyfile("resources/lang/fi.txt", "one.txt")
    shutil.copy2("resources/lang/fi.txt", "two.txt")
    assert Path("one.txt").read_bytes() == Path("two.txt").read_bytes() == b"added"


def test_modules_that_read_by_themselves_are_served(
    adopted: Adopted, game: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(game))
    (game / "resources" / "__init__.py").touch()
    linecache.clearcache()
    assert linecache.getline("resources/script.py", 1) == "RESULT = 'modded'\n"
    with tokenize.open("resources/script.py") as file:
        assert "modded" in file.read()
    assert runpy.run_path("resources/script.py")["RESULT"] == "modded"
    assert pkgutil.get_data("resources", "lang/fi.txt") == b"added"
    assert (importlib.resources.files("resources") / "lang" / "en.txt").read_text() == "modded"
    del sys.modules["resources"]


def test_databases_are_read_and_never_written(adopted: Adopted, game: Path) -> None:
    before = {file: file.read_bytes() for file in (game / "mods").rglob("*.db")}
    address = f"file:{(game / 'resources' / 'd.db').as_posix()}?mode=ro"
    for database in (
        sqlite3.connect("resources/d.db"), sqlite3.connect(b"resources/d.db"), sqlite3.connect(Path("resources/d.db")),
        sqlite3.connect(database=address, uri=True),
    ):  # fmt: skip
        assert database.execute("SELECT v FROM t").fetchall() == [("modded",)]
        database.close()
    database = sqlite3.connect("resources/d.db")
    database.execute("INSERT INTO t VALUES ('by the game')")
    database.commit()
    database.close()
    assert before == {file: file.read_bytes() for file in (game / "mods").rglob("*.db")}
    assert "changes are not kept" in adopted.report()
    assert sqlite3.connect(":memory:").execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("load", ["load", "load_extended", "load_basic"])
@pytest.mark.parametrize("spell", [str, os.fsencode, Path])
def test_pictures_are_loaded_by_every_call(adopted: Adopted, load: str, spell: Callable[[str], Any]) -> None:
    picture = getattr(pygame.image, load)(spell("resources/images/p.png"))
    assert tuple(picture.get_at((0, 0))) == BLUE
    assert picture.__class__ is pygame.Surface


@pytest.mark.parametrize("spell", [str, os.fsencode, Path])
def test_what_is_loaded_from_a_file_that_the_game_opened_follows_its_path(
    adopted: Adopted, spell: Callable[[str], Any]
) -> None:
    manager = adopted.manager
    with open(spell("resources/images/p.png"), "rb") as file:
        picture = pygame.image.load(file)
        assert file.closed  # as in the plain game
    with open(spell("resources/s.wav"), "rb") as file:
        sound = pygame.mixer.Sound(file)
        assert file.closed
    with open(spell("resources/f.ttf"), "rb") as file:
        assert pygame.font.Font(file, 20).render("a", True, "red").get_width() > 2
    with open("resources/images/p.png", "rb") as file:
        music = io.BytesIO(file.read())
        file.seek(1)
        with pytest.raises(pygame.error):  # it is read from there on, as in the plain game
            pygame.image.load(file)
    assert tuple(picture.get_at((0, 0))) == tuple(pygame.image.load(music).get_at((0, 0))) == BLUE
    assert sound.get_raw() == wav(2, 200)[44:]
    assert "1 pygame.image.load" in adopted.report()
    manager.mods.disable("winter")
    manager.update()
    assert (tuple(picture.get_at((0, 0))), picture.get_size()) == (RED, (8, 6))
    assert sound.get_raw() == wav(1, 100)[44:]
    with open(spell("resources/images/p.png"), "rb") as file:
        assert tuple(pygame.image.load(file).get_at((0, 0))) == RED
        assert file.closed
    manager.mods.enable("winter")
    manager.update()
    assert tuple(picture.get_at((0, 0))) == BLUE


def test_a_file_that_is_deleted_while_it_is_open_is_loaded(adopted: Adopted) -> None:
    shutil.copy("resources/images/p.png", "resources/images/gone.png")
    with open("resources/images/gone.png", "rb") as file:
        os.remove("resources/images/gone.png")
        assert pygame.image.load(file).get_size() == (6, 6)  # the copy is of what the mod has


def test_files_in_archives_are_not_taken_for_files_of_the_disk(adopted: Adopted) -> None:
    with tarfile.open("a.tar", "w") as tar:
        tar.add("resources/own.txt", "resources/images/p.png")
    with tarfile.open("a.tar") as tar, pytest.raises(pygame.error):
        pygame.image.load(tar.extractfile("resources/images/p.png"))  # type: ignore[arg-type]


def test_svg_pictures_are_drawn_at_a_size(game: Path) -> None:
    for folder, colour in (("resources", "red"), ("mods/more", "blue")):
        Path(folder).mkdir(exist_ok=True)
        rect = f'<rect width="4" height="4" fill="{colour}"/>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4">{rect}</svg>'
        Path(folder, "r.svg").write_text(svg)
    Path("mods/more/mod.toml").write_text('id = "more"\nname = "More"\nversion = "1"\n')
    with adopt("resources", mods="mods", watch=False):
        picture = pygame.image.load_sized_svg("resources/r.svg", (12, 10))
        assert picture.get_size() == (10, 10)  # it keeps its shape, as in the plain game
        assert tuple(picture.get_at((5, 5))) == (0, 0, 255, 255)
        assert pygame.image.load_sized_svg("resources/r.svg", size=(3, 3)).get_size() == (3, 3)


def test_music_is_loaded_and_queued_under_every_name(adopted: Adopted) -> None:
    music = pygame.mixer.music
    for load in (
        lambda: music.load("resources/s.wav"), lambda: music.load(filename="resources/s.wav"),
        lambda: music.load(b"resources/s.wav", "wav"), lambda: music.load(Path("resources/s.wav"), namehint="wav"),
        lambda: music.queue("resources/s.wav"), lambda: music.queue(filename="resources/s.wav", loops=2),
    ):  # fmt: skip
        load()
    report = adopted.report()
    assert "4 pygame.mixer.music.load" in report
    assert "2 pygame.mixer.music.queue" in report


def test_fonts_and_sounds_are_made_by_every_name(adopted: Adopted) -> None:
    for font in (
        pygame.font.Font("resources/f.ttf"), pygame.Font("resources/f.ttf", size=30),
        pygame.font.Font(filename="resources/f.ttf", size=30), pygame.font.Font(size=12),
    ):  # fmt: skip
        assert font.render("a", True, "red").get_width() > 2
        assert isinstance(font, pygame.font.Font)
    assert pygame.freetype.get_init() or pygame.freetype.init() is None
    assert pygame.freetype.Font("resources/f.ttf", 20).get_rect("a").width > 2
    assert pygame.freetype.Font(file="resources/f.ttf", size=20).get_rect("a").width > 2
    assert isinstance(pygame.font.SysFont(None, 20), pygame.font.Font)
    assert pygame.Sound("resources/s.wav").get_raw() == wav(2, 200)[44:]
    assert pygame.mixer.Sound is pygame.Sound is pygame.mixer.SoundType
    assert "4 pygame.font.Font" not in adopted.report()
    assert "3 pygame.font.Font" in adopted.report()
    assert "2 pygame.freetype.Font" in adopted.report()


def test_our_classes_cannot_be_told_from_pygames(game: Path) -> None:
    plain = {"Sound": pygame.mixer.Sound, "Font": pygame.font.Font, "FileIO": io.FileIO}
    with adopt("resources", mods="mods", watch=False):
        made = plain["Sound"](buffer=bytes(8))
        assert isinstance(made, pygame.mixer.Sound)
        assert issubclass(plain["Sound"], pygame.mixer.Sound)
        for name, ours in (("Sound", pygame.mixer.Sound), ("Font", pygame.font.Font), ("FileIO", io.FileIO)):
            assert (ours.__name__, ours.__module__, ours.__qualname__) == (
                plain[name].__name__, plain[name].__module__, plain[name].__qualname__)  # fmt: skip

        class Own(pygame.mixer.Sound):
            pass

        assert isinstance(Own("resources/s.wav"), Own)
        assert not isinstance(made, Own)
        with open("resources/own.txt", "rb", buffering=0) as raw:
            assert isinstance(raw, io.FileIO)
        clock = pygame.time.Clock()
        assert isinstance(clock, pygame.Clock)
        assert clock.tick() >= 0
        assert repr(clock).startswith("<Clock")


def test_files_that_the_game_writes_are_there_at_once(adopted: Adopted, game: Path) -> None:
    with open("resources/save.json", "w") as file:
        file.write("[1]")
    assert text("resources/save.json") == b"[1]"
    assert os.path.exists("resources/save.json")
    assert "save.json" in os.listdir("resources")
    os.mkdir("resources/slots")
    Path("resources/slots/a").write_text("a")
    assert os.listdir("resources/slots") == ["a"]
    os.remove("resources/own.txt")
    assert not os.path.exists("resources/own.txt")
    assert "own.txt" not in os.listdir("resources")
    with pytest.raises(FileNotFoundError, match=r"'resources/own\.txt'"):
        text("resources/own.txt")


def test_a_game_that_replaces_open_keeps_its_own(game: Path) -> None:
    plain, opened = builtins.open, []
    with adopt("resources", mods="mods", watch=False):
        ours = builtins.open

        def own(file: Any, *args: Any, **options: Any) -> Any:
            opened.append(file)
            return ours(file, *args, **options)

        builtins.open = own
        assert text("resources/lang/en.txt") == b"modded"
    try:
        assert builtins.open is own
        assert text("resources/lang/en.txt") == b"base"
    finally:
        builtins.open = plain
    assert opened.count("resources/lang/en.txt") == 2


def test_random_numbers_are_those_of_the_plain_game(game: Path) -> None:
    random.seed(7)
    plain = random.random()
    random.seed(7)
    with adopt("resources", mods="mods", watch=False):
        pygame.image.load("resources/images/p.png")
        text("resources/data/items.json")
        pygame.display.flip()
        assert random.random() == plain


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_links_of_the_games_own_folder_are_followed_anywhere(game: Path) -> None:
    (game / "system").mkdir()
    (game / "system" / "font.ttf").write_bytes(FONT)
    (game / "system" / "p.png").write_bytes(png(BLUE, (3, 3)))
    os.symlink(game / "system" / "font.ttf", "resources/linked.ttf")
    os.symlink(game / "system", "resources/more", target_is_directory=True)
    os.symlink(game / "system", "mods/stolen", target_is_directory=True)
    with adopt("resources", mods="mods", watch=False):
        assert pygame.font.Font("resources/linked.ttf", 20).size("a")[0] > 2
        assert pygame.image.load("resources/more/p.png").get_size() == (3, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_a_link_to_the_folder_that_was_looked_at_first(game: Path) -> None:
    """The link itself is beside the folder, where nothing else is the game's."""
    os.symlink(game / "resources" / "data", "linked", target_is_directory=True)
    linked = os.path.abspath("linked")
    with adopt("resources", mods="mods", watch=False):
        assert os.path.isdir(linked)
        served = text("resources/data/items.json")
        assert text(f"{linked}/items.json") == served
        named = [[names for _, _, names, _ in os.fwalk(folder)] for folder in ("linked", "resources/data")]
        assert named[0] == named[1]


SPAWNING = """
import multiprocessing, os, sys

def read(name):
    with open(os.path.join("resources", name)) as file:
        return file.read()

if __name__ == "__main__":
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(method, pool.apply(read, ("lang/en.txt",)), pool.apply(read, ("lang/fi.txt",)))
"""


def test_processes_that_the_game_starts_are_adopted(tmp_path: Path) -> None:
    make_game(tmp_path)
    (tmp_path / "main.py").write_text(SPAWNING)
    words = ("-m", "vfsloader.pygame", "adopt", "--assets", "resources", "--mods", "mods", "main.py")
    done = run_python(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines
    assert all(line.endswith(" modded added") for line in lines), done.stdout


def test_what_is_pickled_for_a_process_adopts_only_there() -> None:
    from vfsloader.adopting.adopted_processes import _AdoptAgain

    function, arguments = _AdoptAgain("vfsloader.pygame", (["resources"], "mods", {"watch": False})).__reduce__()
    assert function is exec
    assert b"resources" in pickle.dumps(arguments)
