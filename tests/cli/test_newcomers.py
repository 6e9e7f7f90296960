"""What a newcomer does wrong on the first day, and what the answer must name.

Each mistake is made for real. The tests ask for the kind of the error and for what the sentence names, not for its
wording: the thing that was asked for, what is there instead, and what to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import vfsloader
from tests.cli.game import make_game
from vfsloader.cli import main
from vfsloader.errors import (
    ConfigError,
    InvalidPathError,
    MissingExtraError,
    NotInitializedError,
    PathNotFoundError,
    UnknownFormatError,
    UnknownModError,
    VFSError,
)

WRONG, USAGE = 1, 2

#: What is typed, the exit status, and what the answer must name; {here} is the full path of the game's folder.
TYPED: dict[str, tuple[list[str], int, list[str]]] = {
    "a misspelt command": (["lss"], USAGE, ["'lss'", "'ls'"]),
    "a misspelt command of a group": (["mods", "lst"], USAGE, ["'mods lst'", "'mods list'"]),
    "a command without its group": (["enable", "winter"], USAGE, ["'enable'", "'mods enable'"]),
    "a command of a group in that group": (["mods", "import", "x"], USAGE, ["'mods profile import'"]),
    "a misspelt option": (["mods", "list", "--jsno"], USAGE, ["--jsno", "--json"]),
    "no argument": (["which"], USAGE, ["PATH", "vfsloader which --help"]),
    "one argument of two": (["pack", "build", "assets"], USAGE, ["OUT", "vfsloader pack build --help"]),
    "an argument too many": (["which", "/a", "/b"], USAGE, ["'/b'"]),
    "neither before nor after": (["mods", "move", "winter"], USAGE, ["--before", "--after"]),
    "both before and after": (
        ["mods", "move", "winter", "--before", "lib", "--after", "lib"], USAGE, ["--before", "--after"],
    ),
    "no such level": (["pack", "build", "-c", "99", "assets", "x.pack"], USAGE, ["99", "22"]),
    "a value that is not a number": (["pack", "gc", "s3://b/p", "--hours", "soon"], USAGE, ["--hours", "soon"]),
    "an unknown shell": (["completion", "nush"], USAGE, ["nush", "fish"]),
    "a misspelt mod": (["mods", "enable", "wintre"], WRONG, ["'wintre'", "winter?"]),
    "a misspelt mod to look at": (["mods", "info", "Winter"], WRONG, ["'Winter'", "winter?"]),
    "a mod moved after itself": (["mods", "move", "winter", "--after", "winter"], WRONG, ["winter"]),
    "a move that a rule forbids": (["mods", "move", "winter", "--before", "lib"], WRONG, ["winter", "lib", "requires"]),
    "a misspelt path": (["cat", "/sprites/plyer.txt"], WRONG, ["/sprites/plyer.txt", "/sprites/player.txt"]),
    "a folder where a file is meant": (["cat", "/sprites"], WRONG, ["/sprites"]),
    "a path of Windows": (["cat", "\\sprites\\player.txt"], WRONG, ["backslash"]),
    "a misspelt pack": (["pack", "list", "bse.pack"], WRONG, ["bse.pack", "base.pack?", "{here}"]),
    "a misspelt folder to pack": (["pack", "build", "asets", "x.pack"], WRONG, ["asets", "assets?", "{here}"]),
    "a pack that is there": (["pack", "build", "assets", "base.pack"], WRONG, ["base.pack"]),
    "something that is not a pack": (["pack", "list", "game.toml"], WRONG, ["game.toml"]),
    "a misspelt profile": (["mods", "profile", "delete", "defualt"], WRONG, ["'defualt'", "default"]),
    "an id with capitals and a space": (["mods", "new", "My Mod"], WRONG, ["'My Mod'", "lowercase"]),
    "a mod that is there": (["mods", "new", "winter"], WRONG, ["winter", "exists"]),
    "no id, and nobody to ask": (["mods", "new"], USAGE, ["ID"]),
    "a folder without a game": (["ls", "-g", "elsewhere"], WRONG, ["elsewhere", "{here}", "game.toml"]),
    "a misspelt folder of the game": (["ls", "-g", "elsewere"], WRONG, ["elsewere", "game.toml"]),
    "a mod without a manifest": (["mods", "package", "elsewhere"], WRONG, ["elsewhere", "mod.toml"]),
    "a mod that is not there": (["mods", "check", "nope"], WRONG, ["nope"]),
    "a text file as a save": (["check", "game.toml"], WRONG, ["game.toml"]),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a game."""
    monkeypatch.chdir(make_game(tmp_path))
    return Path.cwd()


@pytest.mark.parametrize("mistake", TYPED)
def test_a_command_line_that_is_wrong(mistake: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, expected, named = TYPED[mistake]
    before = sorted(folder.rglob("*"))
    try:
        status = main(words)
    except SystemExit as exit_:
        status = int(str(exit_.code))
    answer = capsys.readouterr()
    assert status == expected
    assert answer.err.startswith("vfsloader: ")
    assert len(answer.err.splitlines()) == 1, "one sentence, and no traceback"
    for name in named:
        assert name.format(here=folder) in answer.err, answer.err
    assert answer.out == ""
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('bsae = "assets"', ["bsae", "'base'"]),
        ('base = "assets"\ndlc = "x.pack"', ["dlc", '["x.pack"]']),
        ('base = "assets"\nwatch = "yes"', ["watch", "'yes'", "true or false"]),
        ('mods = "mods"', ["base"]),
        ("base = assets", ["line 1"]),
        ('base = "asets"', ["asets", "assets?", "{here}"]),
    ],
)
def test_a_game_toml_that_is_wrong(
    text: str, named: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "game.toml").write_text(text)
    assert main(["ls"]) == WRONG
    (sentence,) = capsys.readouterr().err.splitlines()
    for name in named:
        assert name.format(here=folder) in sentence


def test_a_game_toml_of_a_windows_editor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "game.toml").write_bytes(b'\xef\xbb\xbfbase = "assets"\r\n')
    assert main(["ls"]) == 0
    assert "items.json" in capsys.readouterr().out


def test_a_command_in_a_folder_of_the_game_names_its_game_toml(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder / "assets" / "sprites")
    assert main(["ls"]) == WRONG
    assert str(folder / "game.toml") in capsys.readouterr().err


def test_a_misspelt_mods_folder_is_a_warning_of_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "game.toml").write_text('base = "assets"\nmods = "mosd"\n')
    assert main(["mods", "list"]) == WRONG
    (sentence,) = capsys.readouterr().err.splitlines()
    assert str(folder / "mosd") in sentence
    assert str(folder / "mods") in sentence


# --- in a program --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "kind", "named"),
    [
        (None, TypeError, ["base", "None"]),
        (["assets"], TypeError, ["base"]),
        (7, TypeError, ["base", "7"]),
        ("asets", PathNotFoundError, ["asets", "assets?", "{here}"]),
        ("Assets", PathNotFoundError, ["Assets", "assets?", "{here}"]),
        ("game.toml", ConfigError, ["game.toml", "from_config"]),
        ("elsewhere/notes.txt", UnknownFormatError, ["notes.txt", "folder", "pack"]),
    ],
)
def test_a_wrong_base(base: object, kind: type[Exception], named: list[str], folder: Path) -> None:
    if base == "Assets" and (folder / "Assets").exists():
        return  # this disk does not distinguish case
    with pytest.raises(kind) as caught:
        vfsloader.init(base, mods="mods")  # type: ignore[arg-type]
    assert isinstance(caught.value, VFSError)
    last_line = str(caught.value).splitlines()[-1]
    for name in named:
        assert name.format(here=folder) in last_line


@pytest.mark.parametrize("dlc", ["x.pack", Path("x.pack"), b"x.pack", None, 7])
def test_expansions_that_are_not_a_list(dlc: object, folder: Path) -> None:
    with pytest.raises(TypeError, match="dlc must be a list of expansions") as caught:
        vfsloader.init("assets", dlc=dlc)  # type: ignore[arg-type]
    assert isinstance(caught.value, VFSError)
    if isinstance(dlc, (str, Path)):
        assert "dlc=['x.pack']" in str(caught.value)


def test_an_expansion_that_is_not_there(folder: Path) -> None:
    with pytest.raises(PathNotFoundError, match=r"bse\.pack.*base\.pack\?") as caught:
        vfsloader.ResourceManager("assets", dlc=["bse.pack"])
    assert str(folder / "bse.pack") in str(caught.value)


@pytest.mark.parametrize(
    ("mods", "named"), [("mosd", "mods"), ("Mods", "mods"), ("mods/winter", "mods"), ("game.toml", "")]
)
def test_a_mods_folder_that_cannot_be_meant(mods: str, named: str, folder: Path) -> None:
    if mods == "Mods" and (folder / "Mods").exists():
        return  # this disk does not distinguish case
    with pytest.warns(UserWarning, match="mods") as caught, vfsloader.ResourceManager("assets", mods=mods) as game:
        assert all(mod.id not in ("winter", "lib") for mod in game.mods.enabled)
    (warning,) = [warning for warning in caught if warning.category is UserWarning]
    assert str(folder / mods) in str(warning.message)
    assert str(folder / named) in str(warning.message)
    assert warning.filename == __file__, "it points to the line of the game"


@pytest.mark.parametrize("mods", ["mods", "add-ons", None])
def test_a_mods_folder_that_does_not_exist_yet_is_fine(mods: str | None, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vfsloader.ResourceManager("assets", mods=mods).close()


def _run(program: Path | str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(["-c", program] if isinstance(program, str) else [str(program)])]
    environment = {**os.environ, "PYTHONPATH": str(Path(vfsloader.__file__).parents[1])}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_program_that_is_started_in_another_folder(folder: Path) -> None:
    program = folder / "main.py"
    program.write_text('import vfsloader\nvfsloader.init("assets")\n')
    last_line = _run(program, folder / "elsewhere").stderr.splitlines()[-1]
    assert "PathNotFoundError" in last_line
    assert str(folder / "elsewhere" / "assets") in last_line
    assert 'vfsloader.app_path("assets")' in last_line
    assert str(folder / "assets") in last_line
    program.write_text('import vfsloader\nvfsloader.init(vfsloader.app_path("assets"), mods="mods")\n')
    run = _run(program, folder / "elsewhere")
    assert run.returncode == 0
    assert "UserWarning" in run.stderr
    assert "main.py:2" in run.stderr
    assert str(folder / "mods") in run.stderr


@pytest.mark.parametrize(
    ("engine", "library"), [("pygame", "pygame-ce"), ("pyglet", "pyglet"), ("arcade", "arcade"), ("fsspec", "fsspec")]
)
@pytest.mark.parametrize("use", ["import vfsloader.{}", "import vfsloader; vfsloader.{}"])
def test_an_engine_that_is_not_installed(engine: str, library: str, use: str, tmp_path: Path) -> None:
    run = _run(f"import sys; sys.modules[{engine!r}] = None; {use.format(engine)}", tmp_path)
    last_line = run.stderr.splitlines()[-1]
    assert MissingExtraError.__name__ in last_line
    assert library in last_line
    assert f'pip install "vfsloader[{engine}]"' in last_line


def test_another_pygame_than_pygame_ce(tmp_path: Path) -> None:
    (tmp_path / "pygame.py").write_text("VERSION = 1\n")
    last_line = _run("import vfsloader.pygame", tmp_path).stderr.splitlines()[-1]
    assert "pygame-ce" in last_line
    assert str(tmp_path / "pygame.py") in last_line


def test_a_misspelt_name(tmp_path: Path) -> None:
    last_line = _run("import vfsloader; vfsloader.ini('assets')", tmp_path).stderr.splitlines()[-1]
    assert "AttributeError" in last_line
    assert "'init'" in last_line


def test_a_loader_before_init(tmp_path: Path) -> None:
    program = "import vfsloader.pygame; vfsloader.pygame.load_image('/p.png')"
    last_line = _run(program, tmp_path).stderr.splitlines()[-1]
    assert NotInitializedError.__name__ in last_line
    assert "vfsloader.init" in last_line


def test_a_misspelt_path_and_mod_in_a_program(folder: Path) -> None:
    with vfsloader.ResourceManager("assets", mods="mods") as game:
        with pytest.raises(PathNotFoundError, match=r"/sprites/player\.txt"):
            game.read("/sprites/plyer.txt")
        with pytest.raises(InvalidPathError, match="backslash"):
            game.read("\\sprites\\player.txt")
        with pytest.raises(UnknownModError, match=r"wintr'.*winter\?"):
            game.mods.enable("wintr")


def test_what_cannot_be_opened(folder: Path) -> None:
    with pytest.raises(TypeError, match=r"3\.5"):
        vfsloader.open_layer(3.5)  # type: ignore[arg-type]


def test_what_users_hold_says_what_it_is(folder: Path) -> None:
    game = vfsloader.ResourceManager("assets", mods="mods")
    assert repr(game) == (
        "ResourceManager(layers=['base', 'lib', 'winter', 'save'], "
        "mods=ModManager('mods', enabled=['lib', 'winter'], problems=0))"
    )
    asset = game.handle("/sprites/player.txt", lambda asset: asset.data.decode())
    assert repr(asset) == "Handle('/sprites/player.txt', '*')"
    game.close()
    assert "winter" in repr(game)
    assert repr(vfsloader.MemoryFileSystem(max_quota=100)) == "MemoryFileSystem(files=0, used=0, quota=100)"
