"""Finished games are started as Python itself would start them, and their folders of assets are found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from vfsloader.pygame import adopt

from tests.adapters.adopted_game import ROOT, make_game, run_python
from tests.adapters.pygame_files import BLUE, RED, png
from vfsloader.adopting.asset_finder import asset_folders
from vfsloader.adopting.command_line import make_parsers, plain_options
from vfsloader.cli.main import main as vfsloader_command

SAY = """
import os, sys
print(sys.argv, __name__, __package__, __spec__ and __spec__.name, sys.path[0] and os.path.basename(sys.path[0]))
print(os.path.isabs(__file__), os.path.basename(__file__), sys.modules["__main__"].__dict__ is globals(), __doc__)
print(open(os.path.join("resources", "lang", "en.txt")).read())
"""


def adopted(
    cwd: Path, *words: str | Path, assets: tuple[str, ...] = ("resources",)
) -> subprocess.CompletedProcess[str]:
    named = [word for folder in assets for word in ("--assets", folder)]
    return run_python("-m", "vfsloader.pygame", "adopt", *named, "--mods", "mods", *words, cwd=cwd)


def check_same(cwd: Path, *words: str | Path) -> None:
    plain, modded = run_python(*words, cwd=cwd), adopted(cwd, *words)
    assert plain.returncode == 0, plain.stderr
    assert modded.returncode == 0, modded.stderr
    assert plain.stdout.splitlines()[-1:] == ["base"]
    assert modded.stdout.splitlines()[:-1] == plain.stdout.splitlines()[:-1]
    assert modded.stdout.splitlines()[-1] == "modded"
    assert modded.stderr == plain.stderr


@pytest.fixture
def game(tmp_path: Path) -> Path:
    make_game(tmp_path)
    (tmp_path / "main.py").write_text(SAY)
    return tmp_path


def test_a_script_starts_as_always(game: Path) -> None:
    check_same(game, "main.py", "--full", "-m")
    check_same(game, game / "main.py")
    (game / "src").mkdir()
    (game / "src" / "other.py").write_text("from neighbour import NAME\n" + SAY)
    (game / "src" / "neighbour.py").write_text("NAME = 1")
    check_same(game, "src/other.py")


def test_a_module_starts_as_always(game: Path) -> None:
    (game / "mygame").mkdir()
    (game / "mygame" / "__init__.py").touch()
    (game / "mygame" / "__main__.py").write_text("from . import names\n" + SAY)
    (game / "mygame" / "names.py").touch()
    (game / "mygame" / "levels.py").write_text(SAY)
    check_same(game, "-m", "mygame", "--full", "x")
    check_same(game, "-m", "mygame.levels")
    wrong = adopted(game, "-m", "nogame")
    assert wrong.returncode == 2
    assert "no module nogame" in wrong.stderr


def test_a_folder_and_a_zip_start_as_always(game: Path) -> None:
    (game / "app").mkdir()
    (game / "app" / "__main__.py").write_text("import neighbour\n" + SAY)
    (game / "app" / "neighbour.py").touch()
    with zipfile.ZipFile(game / "app.pyz", "w") as out:
        out.write(game / "app" / "__main__.py", "__main__.py")
        out.writestr("neighbour.py", "")
    check_same(game, "app", "x")
    check_same(game, "app.pyz", "x")
    assert "without a __main__.py" in adopted(game, "resources").stderr


@pytest.mark.skipif(os.name == "nt", reason="commands are other files on Windows")
def test_an_installed_command_starts(game: Path) -> None:
    site, scripts = game / "site", game / "bin"
    (site / "cool_game-1.dist-info").mkdir(parents=True)
    (site / "cool_game-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: cool-game\nVersion: 1\n")
    (site / "cool_game-1.dist-info" / "entry_points.txt").write_text("[console_scripts]\ncool = cool_game:run\n")
    body = SAY.replace("__file__", "'/' + __name__").replace(" is globals()", " is None")
    (site / "cool_game.py").write_text(
        "def run():\n" + "\n".join("    " + line for line in body.splitlines()) + "\n    return 5\n"
    )
    scripts.mkdir()
    (scripts / "plain").write_text(f"#!{sys.executable}\n{SAY}")
    (scripts / "plain").chmod(0o755)
    (scripts / "shell").write_text("#!/bin/sh\nexec python3 main.py\n")
    (scripts / "shell").chmod(0o755)
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    words = ["-m", "vfsloader.pygame", "adopt", "--assets", "resources", "--mods", "mods"]
    places = os.pathsep.join([str(ROOT), str(site)])
    for name, status in (("cool", 5), ("plain", 0)):
        done = run_python(*words, name, "--full", cwd=game, PATH=path, PYTHONPATH=places)
        assert done.returncode == status, done.stderr
        assert done.stdout.splitlines()[-1] == "modded"
        assert "'--full'" in done.stdout
    done = run_python(*words, "shell", cwd=game, PATH=path)
    assert done.returncode == 2
    assert "not a Python program" in done.stderr


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(3)", "sys.exit('bye')", "raise SystemExit", "1 / 0", "os._exit(4)", "import nothing_of_that_name"],
)
def test_the_end_of_a_game_is_as_always(game: Path, ending: str) -> None:
    (game / "main.py").write_text(
        f"import atexit, os, sys\nopen('resources/own.txt').close()\natexit.register(print, 'at the end')\n{ending}\n"
    )
    plain, modded = run_python("main.py", cwd=game), adopted(game, "main.py")
    assert (modded.returncode, modded.stdout, modded.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_a_game_with_a_wrong_line_ends_as_always(game: Path) -> None:
    (game / "main.py").write_text("def f(:\n")
    plain, modded = run_python("main.py", cwd=game), adopted(game, "main.py")
    assert modded.returncode == plain.returncode
    assert modded.stderr.startswith(plain.stderr)
    assert modded.stderr.count("\n") == plain.stderr.count("\n") + 1  # that nothing was served


def test_threads_that_outlive_the_main_file_are_served_to_the_end(game: Path) -> None:
    (game / "main.py").write_text(
        "import atexit, threading, time\n"
        "main = threading.main_thread()\n"
        "def read():\n"
        "    print(open('resources/lang/fi.txt').read())\n"
        "def wait():\n"
        "    main.join()\n"
        "    read()\n"
        "threading.Thread(target=wait).start()\n"
        "atexit.register(read)\n"
    )
    done = adopted(game, "main.py")
    assert done.stdout.split() == ["added", "added"], done.stderr


SEVERAL = """
import os
print(open("resources/lang/en.txt").read(), open("sounds/s.txt").read(), open("code/c.txt").read())
print(sorted(os.listdir(".")), sorted(os.listdir("sounds")))
"""


def test_several_folders_are_adopted(game: Path) -> None:
    for name, word in (("sounds/s.txt", "base"), ("code/c.txt", "base"), ("mods/loud/sounds/s.txt", "loud"),
                       ("mods/loud/sounds/new.txt", "new"), ("mods/loud/code/c.txt", "bad"),
                       ("mods/loud/resources/lang/en.txt", "loud")):  # fmt: skip
        (game / name).parent.mkdir(parents=True, exist_ok=True)
        (game / name).write_text(word)
    (game / "mods/loud/mod.toml").write_text('id = "loud"\nname = "Loud"\nversion = "1"\n')
    (game / "main.py").write_text(SEVERAL)
    here = ["code", "main.py", "mods", "resources", "sounds"]
    done = adopted(game, "main.py", assets=("resources", "sounds"))
    assert done.stdout.splitlines() == ["loud loud base", f"{here} ['new.txt', 's.txt']"], done.stderr
    done = adopted(game, "main.py", assets=(".",))
    assert done.stdout.splitlines()[0] == "loud loud bad", done.stderr
    assert done.stdout.splitlines()[1].endswith("['new.txt', 's.txt']")


def test_the_mods_folder_inside_the_adopted_folder_is_not_an_asset(game: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(game)
    with adopt(".", mods="mods", watch=False) as adopted:
        assert adopted.manager.vfs.exists("/resources/own.txt")
        assert not adopted.manager.vfs.exists("/mods")
        assert Path("mods/winter/lang/en.txt").read_bytes() == b"modded"
        assert os.listdir("mods") == ["winter"]


def test_a_run_in_which_nothing_was_served_ends_with_a_warning(game: Path) -> None:
    (game / "elsewhere").mkdir()
    done = adopted(game, "main.py", assets=("elsewhere",))
    assert done.stdout.splitlines()[-1] == "base"
    assert done.returncode == 0
    assert "0 calls were served" in done.stderr
    done = adopted(game, "--report", "main.py", assets=("elsewhere",))
    assert "0 calls were served" in done.stderr


def test_what_is_not_served_is_printed_on_request(game: Path) -> None:
    (game / "main.py").write_text("for i in range(3):\n    open('resources/log.txt', 'w').close()\n")
    done = adopted(game, "--log", "main.py")
    assert done.stderr.count("open of /log.txt was not served: it is opened for writing") == 1, done.stderr
    assert "was not served" not in adopted(game, "main.py").stderr


FRAMES = """
import sys
import pygame

how = sys.argv[1]
pygame.init()
picture = pygame.image.load("resources/images/p.png")
print(tuple(picture.get_at((0, 0))))
from vfsloader import current
current().mods.disable("winter")
clock = pygame.time.Clock()
if how == "Window":
    window = pygame.Window(size=(20, 20))
    window.get_surface()
else:
    screen = pygame.display.set_mode((20, 20))
for frame in range(1000):
    if how == "flip":
        pygame.display.flip()
    elif how == "update":
        pygame.display.update([pygame.Rect(0, 0, 5, 5)])
    elif how == "Window":
        window.flip()
    elif how == "wait":
        pygame.event.post(pygame.event.Event(pygame.USEREVENT))
        pygame.event.wait()
    elif how == "tick":
        clock.tick(1000)
    if tuple(picture.get_at((0, 0)))[0] == 255:
        break
print(tuple(picture.get_at((0, 0))), [pygame.event.event_name(event.type) for event in pygame.event.get()
                                     if event.type > pygame.USEREVENT])
"""


@pytest.mark.parametrize("how", ["flip", "update", "Window", "wait", "tick"])
def test_every_kind_of_frame_brings_everything_up_to_date(game: Path, how: str) -> None:
    (game / "main.py").write_text(FRAMES)
    done = adopted(game, "main.py", how)
    assert done.stdout.splitlines() == [str(BLUE), f"{RED} []"], done.stderr


FOUND = """
import os, sqlite3
import pygame
pygame.init()
pygame.display.set_mode((20, 20))
font = pygame.font.Font(None, 20)
picture = pygame.image.load(os.path.join("art", "images", "p.png"))
sound = open("sfx/s.txt").read()
with open("settings.json", "w") as file:
    file.write("{}")
for frame in range(5):
    pygame.display.flip()
"""


def test_folders_of_assets_are_found(
    game: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from vfsloader.adopting import asset_finder
    from vfsloader.adopting.game_starter import find_game

    for name, data in (("art/images/p.png", png(RED)), ("sfx/s.txt", b"s")):
        (game / name).parent.mkdir(parents=True, exist_ok=True)
        (game / name).write_bytes(data)
    (game / "main.py").write_text(FOUND)
    monkeypatch.chdir(game)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("SDL_VIDEODRIVER", "SDL_AUDIODRIVER"):
        monkeypatch.setenv(name, "dummy")
    assert asset_finder.find_assets("vfsloader.pygame", find_game("main.py"), 60) == 0
    shown = capfd.readouterr().out
    command = f"adopt --assets {os.path.join('art', 'images')} --assets sfx --mods mods main.py"
    assert command in shown
    assert 'base = "."' in shown
    (game / "main.py").write_text("print('hello')")
    assert asset_finder.find_assets("vfsloader.pygame", find_game("main.py"), 60) == 1
    assert "read no assets" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("read", "folders"),
    [
        (["img/a.png", "img/b/c.png", "snd/d.wav", "main.py"], ["img", "snd"]),
        (["data/img/a.png", "data/snd/d.wav"], ["data"]),
        (["a.png", "img/b.png"], [""]),
        (["data/a.png", "data/img/b.png", "lib/x.pyc"], ["data"]),
        (["one/two/a.png"], ["one/two"]),
    ],
)
def test_folders_are_proposed(tmp_path: Path, read: list[str], folders: list[str]) -> None:
    files = [str(tmp_path / name) for name in [*read, "../../../usr/share/fonts/x.ttf"]]
    home = str(tmp_path)
    assert asset_folders([os.path.normpath(file) for file in files[:-1]], home) == [
        os.path.normpath(tmp_path / folder) for folder in folders
    ]
    assert asset_folders(["/usr/share/fonts/x.ttf", "/proc/cpuinfo", os.__file__], home) == []


def test_a_frozen_game_is_adopted_by_a_hook_file(
    game: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(game)
    assert vfsloader_command(["adopt-build", "main.py", "--assets", "resources", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["assets"] == ["resources"]
    assert "--runtime-hook" in report["command"]
    assert vfsloader_command(["adopt-build", "main.py", "--assets", "resources"]) == 1
    assert "already exists" in capsys.readouterr().err
    assert vfsloader_command(["adopt-build", "main.py", "--assets", "resources", "-f"]) == 0
    assert f"resources{os.pathsep}resources" in capsys.readouterr().out
    assert vfsloader_command(["adopt-build", "main.py", "--assets", "nowhere", "-f"]) == 1
    out = ["--engine", "arcade", "--out", "arcade_hook.py"]
    assert vfsloader_command(["adopt-build", "main.py", "--assets", "resources", *out]) == 0
    assert "--hidden-import vfsloader.arcade" in capsys.readouterr().out
    assert "vfsloader.arcade.adopt(folders" in (game / "arcade_hook.py").read_text()
    # What the loader of a frozen program does, with the hook and then with the game.
    (game / "dist").mkdir()
    os.rename("mods", "dist/mods")
    start = (
        "import runpy, sys, os\n"
        "sys.frozen, sys._MEIPASS, sys.executable = True, os.getcwd(), os.path.abspath('dist/game')\n"
        "runpy.run_path('vfsloader_adopt.py')\n"
        "runpy.run_path('main.py', run_name='__main__')\n"
    )
    done = run_python("-c", start, cwd=game)
    assert done.stdout.splitlines()[-1] == "modded", done.stderr


def test_folders_that_do_not_exist_are_refused(game: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(game)
    with pytest.raises(FileNotFoundError, match="no folder 'nope' to adopt"):
        adopt(["resources", "nope"])
    with pytest.raises(ValueError, match="no folder to adopt was given"):
        adopt([])
    assert "nope" in adopted(game, "main.py", assets=("nope",)).stderr


@pytest.mark.parametrize(
    "line",
    [
        "adopt --assets data main.py",
        "adopt --mods mods --assets a --assets b --report --log -m mygame --level 3 --assets c",
        "adopt --assets a main.py --report",
        "adopt --assets a -m mygame",
    ],
)
def test_usual_command_lines_are_read_as_argparse_reads_them(line: str) -> None:
    plain = plain_options(line.split())
    assert plain is not None
    assert vars(plain) == vars(make_parsers("vfsloader.pygame")[0].parse_args(line.split()))


@pytest.mark.parametrize(
    "line",
    [
        "", "-h", "adopt", "adopt -h", "adopt --assets", "adopt --assets a", "adopt main.py", "adopt --find main.py",
        "adopt --assets=a main.py", "adopt --asset a main.py", "adopt --assets --mods main.py",
        "adopt --assets a main.py -- --level", "run --assets a main.py",
    ],
)  # fmt: skip
def test_other_command_lines_are_left_to_argparse(line: str) -> None:
    assert plain_options(line.split()) is None
