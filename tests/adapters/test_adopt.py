"""A finished game that knows nothing of layers, run unchanged: it sees the mods, and the rest of the disk as before."""

from __future__ import annotations

import glob
import importlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pygame.freetype
import pytest
from vfsloader.pygame import RESOURCE_CHANGED, Adopted, adopt

from tests.adapters.pygame_files import BLUE, FONT, RED, pixels, png, wav

OTHER_FONT = (Path(__file__).parents[2] / "demo_game" / "assets" / "fonts" / "moonmoth.ttf").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: object) -> Path:
    assets = tmp_path / "resources"
    for name, data in {
        "images/p.png": png(RED),
        "images/base.png": png(RED),
        "lang/en.json": b'{"hello": "Hello"}',
        "secret.txt": b"hidden by the mod",
        "s.wav": wav(1, 100),
        "f.ttf": FONT,
    }.items():
        (assets / name).parent.mkdir(parents=True, exist_ok=True)
        (assets / name).write_bytes(data)
    (tmp_path / "mods").mkdir()
    with zipfile.ZipFile(tmp_path / "mods" / "winter.zip", "w") as out:
        manifest = 'id = "winter"\nname = "W"\nversion = "1"\n[files]\nremove = ["/secret.txt"]\n'
        out.writestr("mod.toml", manifest)
        out.writestr("images/p.png", png(BLUE, (6, 6)))
        out.writestr("lang/en.json", '{"hello": "Brr"}')
        out.writestr("lang/fi.json", '{"hello": "Hei"}')
        out.writestr("only/mine.txt", "mine")
        out.writestr("s.wav", wav(2, 200))
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "resources2").mkdir()
    (tmp_path / "resources2" / "x.txt").write_text("another folder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def adopted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adopted]:
    # One frame brings everything up to date, however busy the machine is.
    monkeypatch.setattr(importlib.import_module("vfsloader.adopting.patched_calls"), "FRAME_BUDGET_MS", 60_000)
    with adopt("resources", mods="mods", watch=False) as adopted:
        yield adopted


def test_files_are_read_through_the_layers(adopted: Adopted, folder: Path) -> None:
    with open("resources/lang/en.json") as file:
        assert json.load(file)["hello"] == "Brr"
    assert (folder / "resources" / "lang" / "fi.json").read_text() == '{"hello": "Hei"}'
    with open(b"resources/lang/en.json") as file:
        assert "Brr" in file.read()
    with open(os.path.join(os.getcwd(), "resources", "..", "resources", "only", "mine.txt"), "rb") as file:
        assert file.read() == b"mine"
        assert file.fileno() > 0
    for missing in ("resources/secret.txt", "resources/nope.txt"):
        with pytest.raises(FileNotFoundError) as caught:
            open(missing)  # noqa: SIM115
        assert caught.value.errno == 2
        assert str(caught.value.filename) == missing
    with pytest.raises(IsADirectoryError):
        open("resources/lang")  # noqa: SIM115
    assert Path("outside.txt").read_text() == "outside"
    assert Path("resources2/x.txt").read_text() == "another folder"


def test_folders_are_listed_through_the_layers(folder: Path) -> None:
    plain = os.listdir("resources")
    with adopt("resources", mods="mods", watch=False):
        check_listings(folder, [name for name in plain if name != "secret.txt"])


def check_listings(folder: Path, plain: list[str]) -> None:
    assert os.listdir("resources") == [*plain, "only"]  # in the order of the disk
    assert sorted(os.listdir("resources/lang")) == ["en.json", "fi.json"]
    assert sorted(os.listdir(".")) == ["mods", "outside.txt", "resources", "resources2"]
    with os.scandir("resources") as entries:
        assert [(entry.name, entry.is_dir(), entry.is_file()) for entry in entries][-1] == ("only", True, False)
    walked = {top: (folders, files) for top, folders, files in os.walk("resources")}
    assert walked[os.path.join("resources", "only")] == ([], ["mine.txt"])
    assert walked["resources"][0][-1] == "only"
    assert sorted(walked["resources"][1]) == ["f.ttf", "s.wav"]
    assert sorted(glob.glob("resources/lang/*.json")) == ["resources/lang/en.json", "resources/lang/fi.json"]
    assert "resources/only/mine.txt" in glob.glob("resources/**/*.txt", recursive=True)
    assert sorted(path.name for path in (folder / "resources" / "lang").iterdir()) == ["en.json", "fi.json"]
    for path, exists, is_file, is_folder in (
        ("resources/only/mine.txt", True, True, False),
        ("resources/only", True, False, True),
        ("resources/secret.txt", False, False, False),
        ("resources/nope", False, False, False),
        ("outside.txt", True, True, False),
    ):
        assert os.path.exists(path) is exists
        assert os.path.isfile(path) is is_file
        assert os.path.isdir(path) is is_folder
        assert Path(path).exists() is exists
        assert Path(path).is_file() is is_file
        assert Path(path).is_dir() is is_folder
    assert os.path.getsize("resources/only/mine.txt") == os.stat("resources/only/mine.txt").st_size == 4


def test_folders_named_in_bytes_are_listed_in_bytes(adopted: Adopted) -> None:
    assert sorted(os.listdir(b"resources/lang")) == [b"en.json", b"fi.json"]
    assert sorted(name for *_, names in os.walk(b"resources/only") for name in names) == [b"mine.txt"]


def test_relative_paths_count_after_the_game_changed_its_folder(
    adopted: Adopted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("resources/lang")
    assert json.loads(Path("en.json").read_text())["hello"] == "Brr"
    assert sorted(os.listdir()) == ["en.json", "fi.json"]
    assert Path("../../outside.txt").read_text() == "outside"


def test_a_folder_adopted_by_a_link_is_served_by_its_real_path(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "resources", target_is_directory=True)
    with adopt("link", mods="mods", watch=False):
        for name in ("link", "resources"):
            assert json.loads((folder / name / "lang" / "en.json").read_text())["hello"] == "Brr"


def test_an_adopted_game_sees_no_event_of_ours(adopted: Adopted) -> None:
    picture = pygame.image.load("resources/images/p.png")
    pygame.event.clear()
    adopted.manager.mods.disable("winter")
    pygame.display.flip()
    assert tuple(picture.get_at((0, 0))) == RED
    assert RESOURCE_CHANGED not in [event.type for event in pygame.event.get()]


def test_our_events_have_an_id_that_games_do_not_count_up_to(screen: object) -> None:
    assert RESOURCE_CHANGED == pygame.NUMEVENTS - 1
    assert pygame.event.post(pygame.event.Event(RESOURCE_CHANGED))
    assert pygame.event.get(RESOURCE_CHANGED)


def test_a_window_that_is_flipped_brings_everything_up_to_date(adopted: Adopted) -> None:
    picture = pygame.image.load("resources/images/p.png")
    window = pygame.Window(size=(20, 20))
    window.get_surface()
    adopted.manager.mods.disable("winter")
    window.flip()
    assert tuple(picture.get_at((0, 0))) == RED
    window.destroy()


def test_each_call_makes_its_own_picture(adopted: Adopted) -> None:
    first, second = pygame.image.load("resources/images/p.png"), pygame.image.load(Path("resources/images/p.png"))
    first.fill(RED)
    assert tuple(second.get_at((0, 0))) == BLUE


def test_pictures_are_live_even_if_the_game_converts_them(adopted: Adopted) -> None:
    pictures = [
        pygame.image.load("resources/images/p.png"),
        pygame.image.load("resources/images/p.png").convert_alpha(),
        pygame.image.load("resources/images/p.png").convert_alpha().convert(),
    ]
    for act, refresh, colour, size in (
        (adopted.manager.mods.disable, pygame.display.flip, RED, (8, 6)),
        (adopted.manager.mods.enable, pygame.display.update, BLUE, (6, 6)),
    ):
        act("winter")
        refresh()
        assert [tuple(picture.get_at((0, 0))) for picture in pictures] == [colour] * 3
        assert [picture.get_size() for picture in pictures] == [size] * 3


def test_pictures_that_cannot_be_loaded_raise_pygames_own_errors(adopted: Adopted, folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"No file 'resources/images/nope\.png' found"):
        pygame.image.load("resources/images/nope.png")
    (folder / "resources" / "images" / "bad.png").write_bytes(b"text")
    with pytest.raises(pygame.error, match="Unsupported image format"):
        pygame.image.load("resources/images/bad.png")


def test_pictures_from_elsewhere_are_pygames_own(adopted: Adopted) -> None:
    assert type(pygame.image.load(io.BytesIO(png(RED)), "x.png")) is pygame.Surface


def test_sounds_are_live_and_each_has_its_own_volume(adopted: Adopted) -> None:
    first, second = pygame.mixer.Sound("resources/s.wav"), pygame.mixer.Sound(file="resources/s.wav")
    first.set_volume(0.5)
    assert first.get_raw() == second.get_raw() == wav(2, 200)[44:]
    adopted.manager.mods.disable("winter")
    pygame.display.flip()
    assert first.get_raw() == second.get_raw() == wav(1, 100)[44:]
    assert (first.get_volume(), second.get_volume()) == (0.5, 1.0)
    assert isinstance(first, pygame.mixer.Sound)


def test_sounds_from_elsewhere_are_pygames_own(adopted: Adopted) -> None:
    assert pygame.mixer.Sound(buffer=bytes(8)).get_raw() == bytes(8)
    with pytest.raises(FileNotFoundError, match="nope"):
        pygame.mixer.Sound("resources/nope.wav")


def test_fonts_are_live(adopted: Adopted, folder: Path) -> None:
    font = pygame.font.Font("resources/f.ttf", 20)
    assert pixels(font.render("moth", True, "red")) == pixels(
        pygame.font.Font(io.BytesIO(FONT), 20).render("moth", True, "red")
    )
    text = font.render("moth", True, "red")
    before = pixels(text)
    (folder / "mods" / "letters").mkdir()
    (folder / "mods" / "letters" / "f.ttf").write_bytes(OTHER_FONT)
    adopted.manager.mods.rescan()
    pygame.display.flip()
    assert pixels(text) == pixels(font.render("moth", True, "red")) != before
    default = pygame.font.Font(None, 20)
    assert default.render("moth", True, "red").get_width() > 10


def test_fonts_of_freetype_follow_and_keep_their_style(adopted: Adopted) -> None:
    font = pygame.freetype.Font("resources/f.ttf", 20)
    font.fgcolor, font.strong = pygame.Color("red"), True
    text = font.render("moth")[0]
    before = pixels(text)
    mod = Path("mods/moth")
    mod.mkdir()
    (mod / "mod.toml").write_text('id = "moth"\nname = "M"\nversion = "1"\n')
    (mod / "f.ttf").write_bytes(OTHER_FONT)
    adopted.manager.mods.rescan()
    pygame.display.flip()
    plain = pygame.freetype.Font(str(mod / "f.ttf"), 20)
    plain.fgcolor, plain.strong = pygame.Color("red"), True
    assert pixels(text) == pixels(font.render("moth")[0]) == pixels(plain.render("moth")[0]) != before
    adopted.manager.mods.disable("moth")
    pygame.display.flip()
    assert pixels(text) == pixels(font.render("moth")[0]) == before
    (mod / "f.ttf").write_bytes(OTHER_FONT[:500])  # not a font: the game's own letters stay
    adopted.manager.mods.enable("moth")
    adopted.manager.mods.rescan()
    pygame.display.flip()
    assert pixels(font.render("moth")[0]) == before


def test_music_that_is_playing_starts_again_with_the_new_file(
    adopted: Adopted, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted.manager.mods.disable("winter")
    pygame.display.flip()
    pygame.mixer.music.load("resources/s.wav")
    pygame.mixer.music.play(-1)
    started: list[Any] = []
    monkeypatch.setattr(pygame.mixer.music, "play", lambda *args: started.append(args))
    adopted.manager.mods.enable("winter")
    pygame.display.flip()
    assert started == [(-1, 0.0, 0)]
    pygame.mixer.music.stop()
    adopted.manager.mods.disable("winter")
    pygame.display.flip()
    assert len(started) == 1


def test_music_plays_from_the_winning_layer(adopted: Adopted) -> None:
    pygame.mixer.music.load("resources/s.wav")
    assert "pygame.mixer.music.load" in adopted.report()
    pygame.mixer.music.play()
    assert pygame.mixer.music.get_busy()


def test_it_is_undone(folder: Path) -> None:
    before = [os.stat, os.listdir, os.scandir, open, io.open, os.path.exists, pygame.image.load, pygame.mixer.Sound,
              pygame.font.Font, pygame.mixer.music.load, pygame.display.flip]  # fmt: skip
    with adopt("resources", mods="mods", watch=False):
        assert os.stat is not before[0]
        assert pygame.mixer.Sound is not before[7]
    after = [os.stat, os.listdir, os.scandir, open, io.open, os.path.exists, pygame.image.load, pygame.mixer.Sound,
             pygame.font.Font, pygame.mixer.music.load, pygame.display.flip]  # fmt: skip
    assert before == after
    assert "secret.txt" in os.listdir("resources")
    with pytest.raises(FileNotFoundError, match="no folder 'nope' to adopt"):
        adopt("nope")


def test_the_report_says_what_was_served_and_what_was_not(adopted: Adopted, folder: Path) -> None:
    pygame.image.load("resources/images/p.png")
    os.path.exists("resources/lang/en.json")
    with open("resources/log.txt", "w") as file:
        file.write("x")
    report = adopted.report()
    assert "1 pygame.image.load" in report
    assert "1 os.path.exists" in report
    assert "1 open of /log.txt was not served: it is opened for writing, which goes to the disk" in report
    assert (folder / "resources" / "log.txt").read_text() == "x"


GAME = """
import os, sys, json, glob
import pygame
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
RES = os.path.join(HERE, "resources")

class Sprite(pygame.sprite.Sprite):
    def __init__(self):
        super().__init__()
        self.image = pygame.image.load(os.path.join(RES, "images", "p.png")).convert_alpha()
        self.rect = self.image.get_rect()

def main():
    pygame.init()
    screen = pygame.display.set_mode((100, 100))
    with open(os.path.join(RES, "lang", sys.argv[1] + ".json")) as file:
        texts = json.load(file)
    sprites = pygame.sprite.Group(Sprite())
    names = sorted(Path(name).name for name in glob.glob(RES + "/lang/*.json"))
    for frame in range(3):
        screen.fill("black")
        sprites.draw(screen)
        pygame.display.flip()
    print(texts["hello"], names, tuple(screen.get_at((0, 0))), os.path.exists(os.path.join(RES, "secret.txt")))

main()
"""


def test_a_game_runs_without_a_changed_line(folder: Path) -> None:
    (folder / "game.py").write_text(GAME)
    plain = subprocess.run([sys.executable, "game.py", "en"], capture_output=True, text=True, check=True)
    assert plain.stdout.splitlines()[-1] == "Hello ['en.json'] (255, 0, 0, 255) True"
    words = ["-m", "vfsloader.pygame", "adopt", "--assets", "resources", "--mods", "mods", "--report", "game.py", "en"]
    modded = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    assert modded.stdout.splitlines()[-1] == "Brr ['en.json', 'fi.json'] (0, 0, 255, 255) False"
    assert "pygame.image.load" in modded.stderr
    wrong = subprocess.run([sys.executable, *words[:-2], "nope.py"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "nope.py" in wrong.stderr


#: Runs an example of pygame below adopt(), ends it after a few frames, and prints what it loaded.
RUN_EXAMPLE = """
import json, os, runpy, sys
import pygame
import vfsloader.pygame

example, data, mods = sys.argv[1:]
loaded, frames = {}, 0

def music_load(file, load=pygame.mixer.music.load, Sound=pygame.mixer.Sound):
    loaded["music"] = round(Sound(file).get_length(), 2)
    load(file)

pygame.mixer.music.load = music_load  # adopt() calls it with the real path
vfsloader.pygame.adopt(data, mods)

def image_load(file, *hint, load=pygame.image.load):
    picture = load(file, *hint)
    if not hint:  # else it is the adapter itself
        loaded[os.path.basename(file)] = tuple(picture.get_at((0, 0)))[:3]
    return picture

def sound(file, Sound=pygame.mixer.Sound):
    made = Sound(file)
    loaded[os.path.basename(file)] = round(made.get_length(), 2)
    return made

pygame.image.load, pygame.mixer.Sound = image_load, sound
for name in ("flip", "update"):
    def counted(*args, original=getattr(pygame.display, name)):
        global frames
        frames += 1
        if frames > 4:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        if frames > 400:
            os._exit(3)
        original(*args)
    setattr(pygame.display, name, counted)
sys.argv = [example]
try:
    runpy.run_module(f"pygame.examples.{example}", run_name="__main__")
finally:
    print(json.dumps(loaded))
"""


@pytest.fixture
def example_mod(tmp_path: Path, screen: object) -> Path:
    """A mod that repaints pictures of pygame's examples, and replaces their sounds by a twentieth of a second."""
    mod = tmp_path / "mods" / "blue"
    mod.mkdir(parents=True)
    for picture in ("chimp.webp", "alien1.gif", "player1.gif", "asprite.bmp"):
        (mod / picture).write_bytes(png(BLUE, (40, 40)))
    for file in ("secosmic_lo.wav", "boom.wav", "house_lo.ogg"):
        (mod / file).write_bytes(wav(1000, 2205))
    return mod


@pytest.mark.parametrize(
    ("example", "modded", "untouched"),
    [
        ("aliens", {"alien1.gif": BLUE[:3], "player1.gif": BLUE[:3], "boom.wav": 0.05}, "bomb.gif"),
        ("chimp", {"chimp.webp": BLUE[:3]}, "fist.webp"),
        ("moveit", {"player1.gif": BLUE[:3], "alien1.gif": BLUE[:3]}, "liquid.webp"),
        ("testsprite", {"asprite.bmp": BLUE[:3]}, "static.webp"),
        ("sound", {"secosmic_lo.wav": 0.05}, None),
        ("music_drop_fade", {"music": 0.05}, None),
    ],
)
def test_the_examples_of_pygame_run(
    example: str, modded: dict[str, object], untouched: str | None, example_mod: Path
) -> None:
    """The examples that pygame ships load the mod's files without a changed line."""
    data = Path(pygame.__file__).parent / "examples" / "data"
    command = [sys.executable, "-c", RUN_EXAMPLE, example, str(data), str(example_mod.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = {name: tuple(value) if isinstance(value, list) else value
              for name, value in json.loads(done.stdout.splitlines()[-1]).items()}  # fmt: skip
    assert {name: loaded[name] for name in modded} == modded
    if untouched is not None:
        assert loaded[untouched] != BLUE[:3]


TMX = """<?xml version="1.0"?>
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down" width="1" height="1"
 tilewidth="4" tileheight="4" infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" source="../tiles/t.tsx"/>
 <layer id="1" name="g" width="1" height="1"><data encoding="csv">1</data></layer>
</map>"""
TSX = """<?xml version="1.0"?>
<tileset version="1.10" tiledversion="1.10" name="t" tilewidth="4" tileheight="4" tilecount="1" columns="1">
 <image source="../images/p.png" width="4" height="4"/>
</tileset>"""


def test_libraries_that_read_files_by_themselves_read_from_the_layers(adopted: Adopted, folder: Path) -> None:
    import pygame_gui
    import pytmx.util_pygame

    for name, text in {"maps/a.tmx": TMX, "tiles/t.tsx": TSX, "theme.json": colours("#ff0000")}.items():
        (folder / "resources" / name).parent.mkdir(exist_ok=True)
        (folder / "resources" / name).write_text(text)
    (folder / "mods" / "theme").mkdir()
    (folder / "mods" / "theme" / "theme.json").write_text(colours("#0000ff"))
    adopted.manager.mods.rescan()
    adopted.manager.update()
    level = pytmx.util_pygame.load_pygame("resources/maps/a.tmx")
    assert tuple(level.get_tile_image(0, 0, 0).get_at((0, 0))) == BLUE
    theme = pygame_gui.UIManager((64, 64), "resources/theme.json").get_theme()
    assert tuple(theme.get_colour("normal_bg", combined_element_ids=["button"])) == BLUE


def colours(background: str) -> str:
    return json.dumps({"button": {"colours": {"normal_bg": background}}})
