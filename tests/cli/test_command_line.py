"""The command line as a whole: help, JSON, colours, pipes, interruptions, completion, and commands for mods."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vfsloader
from tests.cli.game import make_game
from vfsloader import packs
from vfsloader.cli import main
from vfsloader.cli.commands import build_app

ESCAPE = "\x1b["
COMMAND = [sys.executable, "-m", "vfsloader"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(vfsloader.__file__).parents[1])}
ENVIRONMENT.pop("NO_COLOR", None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a game."""
    monkeypatch.chdir(make_game(tmp_path))
    return Path.cwd()


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell would."""
    environment = {**ENVIRONMENT, **variables}
    return subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False)


def answer(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(words) == status, capsys.readouterr().err
    return capsys.readouterr().out


def answer_json(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    return json.loads(answer(capsys, *words, "--json", status=status))


def every_command() -> Iterator[list[str]]:
    """Yield the words of each command, without its arguments."""

    def below(app: Any, words: list[str]) -> Iterator[list[str]]:
        names = [name for name in app if not name.startswith("-")]
        for name in names:
            yield from below(app[name], [*words, name])
        if not names:
            yield words

    yield from below(build_app(), [])


# --- help and version ----------------------------------------------------------------------------------


def test_no_command_prints_the_help() -> None:
    bare, module = run(), subprocess.run([*COMMAND[:2], "vfsloader.cli"], env=ENVIRONMENT, capture_output=True)
    assert bare.returncode == module.returncode == 2
    assert bare.stdout.lower().startswith("usage: vfsloader")
    assert bare.stderr == ""
    for group in ("mods", "pack", "which"):
        assert group in bare.stdout


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([flag])
    assert caught.value.code == 0
    assert re.fullmatch(r"vfsloader \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_each_command_has_help_and_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words, "-h"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: vfsloader {' '.join(words)}")
    assert "--json" in out


def test_without_its_library_the_command_line_says_what_to_install() -> None:
    for missing in ("cyclopts", "rich"):
        program = f"import sys; sys.modules[{missing!r}] = None; from vfsloader.cli import main; sys.exit(main(['ls']))"
        done = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert 'pip install "vfsloader[cli]"' in done.stderr


# --- where the answer goes -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_encoding_with_few_characters(encoding: str, folder: Path) -> None:
    (folder / "assets" / "雪.txt").write_text("x")
    for words in (["ls"], ["--help"], ["pack", "tree", "assets"], ["which", "/雪.tx"], ["mods", "info", "winter"]):
        done = run(*words, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert "Traceback" not in done.stderr
        assert done.stdout or done.stderr
    assert "\\u96ea.txt" in run("ls", PYTHONIOENCODING=encoding).stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
@pytest.mark.parametrize("words", [["--help"], ["ls"], ["cat", "/items.json"], ["completion", "bash"]])
def test_a_closed_pipe(words: list[str], folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([*COMMAND, *words], env=ENVIRONMENT, stdout=write, stderr=subprocess.PIPE)
    finally:
        os.close(write)
    assert done.stderr == b""
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "ls"], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def in_terminal(*words: str, typed: str = "", **variables: str) -> tuple[int, str]:
    """Run a command in a terminal of its own; type a text when it asks, which is when it prints a colon or ``?``."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # programs in the background begin without it
        os.environ.update({**ENVIRONMENT, "TERM": "xterm-256color", **variables})
        os.execv(sys.executable, [*COMMAND, *words])
    printed = b""
    while True:
        try:
            printed += os.read(terminal, 65536)
        except OSError:  # the end, on Linux
            break
        if typed and re.search(rb"(:|\[y/N\])\r?\n$", printed):
            line, _, typed = typed.partition("|")
            os.write(terminal, line.encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), printed.decode()


terminal_only = pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal that ends as Linux's do")


@terminal_only
def test_colours_are_for_terminals_that_want_them(folder: Path) -> None:
    main(["mods", "disable", "winter"])
    for words in (["mods", "list"], ["mods", "enable", "nope"], ["why", "/items.json"], ["--help"]):
        assert ESCAPE in in_terminal(*words)[1]
        assert ESCAPE not in in_terminal(*words, NO_COLOR="1")[1]
        assert ESCAPE not in in_terminal(*words, TERM="dumb")[1]
        done = run(*words)
        assert ESCAPE not in done.stdout + done.stderr
    (on, off) = in_terminal("mods", "list")[1].splitlines()[1:3]
    assert "\x1b[32mon" in on
    assert "\x1b[2moff" in off
    assert "\x1b[1;31m" in in_terminal("mods", "enable", "nope")[1]


# --- interruptions -------------------------------------------------------------------------------------

INTERRUPTED_BUILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from vfsloader.cli import main
from vfsloader.opening import register_opener
from vfsloader.store.memory.store import MemoryStore

class Interrupting(MemoryStore):
    def open(self, entry):
        signal.raise_signal(signal.SIGINT)  # what Ctrl-C sends
        return super().open(entry)
    read = open

def opener(candidate):
    store = Interrupting("slow")
    store.write("/a.bin", b"a" * 100)
    return store

register_opener(opener, scheme="slow:")
sys.exit(main(["pack", "build", "slow:", "out.pack"]))
"""


def test_ctrl_c_while_a_pack_is_built(folder: Path) -> None:
    program = [sys.executable, "-c", INTERRUPTED_BUILD]
    done = subprocess.run(program, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "out.pack").exists()


@terminal_only
def test_ctrl_c_while_a_question_is_asked(folder: Path) -> None:
    status, printed = in_terminal("mods", "new", typed="\x03")
    assert status == 130
    assert "Traceback" not in printed
    assert in_terminal("mods", "new", typed="\x04")[0] == 130  # the end of input
    assert sorted(os.listdir("mods")) == ["lib", "winter"]


# --- completion ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_a_script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = answer(capsys, "completion", shell)
    for word in ("mods", "profile", "dry-run", "overrides"):
        assert word in script
    assert answer_json(capsys, "completion", shell) == {"shell": shell, "script": script}
    if program := shutil.which({"powershell": "pwsh"}.get(shell, shell)):
        (folder / "script").write_text(script, encoding="utf-8")
        if shell != "powershell":
            subprocess.run([program, "-n", str(folder / "script")], check=True)


COMPLETE = """
source ./script
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
function=$(complete -p vfsloader | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function vfsloader "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS ships bash 3, Windows none")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mo"], ["mods"]),
        (["mods", "en"], ["enable"]),
        (["mods", "enable", "w"], ["winter"]),
        (["mods", "move", "winter", "--after", "l"], ["lib"]),
        (["mods", "profile", "use", "d"], ["default"]),
        (["cat", "/spr"], ["/sprites/"]),
        (["cat", "/sprites/"], ["/sprites/player.txt"]),
        (["pack", "build", "--mer"], ["--merged"]),
        (["completion", "f"], ["fish"]),
    ],
)
def test_bash_completes(
    words: list[str], expected: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "script").write_text(answer(capsys, "completion", "bash"))
    (folder / "bin").mkdir()
    program = folder / "bin" / "vfsloader"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vfsloader "$@"\n')
    program.chmod(0o755)
    environment = {**ENVIRONMENT, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-c", COMPLETE, "bash", "vfsloader", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected, done.stderr


def test_completion_in_a_folder_without_a_game_suggests_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("__complete", "mods", "enable", "")
    assert (done.returncode, done.stderr) == (0, "")


# --- mods ----------------------------------------------------------------------------------------------


def test_cat_merged_is_what_the_game_gets(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    def cat(*words: str) -> bytes:
        assert main(["cat", *words]) == 0
        return capsysbinary.readouterr().out

    assert json.loads(cat("/items.json")) == {"sword": 3, "bow": 1}
    with vfsloader.ResourceManager.from_config(".") as game:
        assert json.loads(cat("--merged", "/items.json")) == game.read_merged("/items.json") == {"sword": 9, "bow": 1}
    (folder / "assets" / "raw").write_bytes(bytes(range(256)))
    assert cat("--merged", "/raw") == bytes(range(256))
    shown = json.loads(cat("--merged", "--json", "items.json"))
    assert (shown["path"], json.loads(shown["text"])["sword"]) == ("/items.json", 9)
    assert set(json.loads(cat("--json", "/raw"))) == {"path", "layer", "size", "base64"}


def test_cat_merged_names_what_does_not_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "lib" / "items.json.patch").write_text('[{"op": "remove", "path": "/axe"}]')
    assert main(["cat", "-m", "/items.json"]) == 0
    assert "lib" in capsys.readouterr().err


def test_a_new_mod_is_in_the_games_mods_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "game.toml").write_text('base = "assets"\nmods = "add-ons"\nnew_mods = "disabled"\n')
    path, *steps = answer(capsys, "mods", "new", "snow", "--author", "Me").splitlines()
    assert path == str(Path("add-ons", "snow"))
    assert "vfsloader mods enable snow" in " ".join(steps)
    assert "vfsloader mods package snow" in " ".join(steps)
    facts = answer_json(capsys, "mods", "info", "snow")
    assert (facts["name"], facts["authors"], facts["state"]) == ("Snow", ["Me"], "off")
    assert answer_json(capsys, "mods", "new", "rain")["path"] == str(Path("add-ons", "rain"))
    answer(capsys, "mods", "check", "rain")


def test_a_new_mod_outside_of_a_game(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["mods", "new", "snow"]) == 0
    assert "game.toml" in capsys.readouterr().err
    assert (tmp_path / "snow" / "mod.toml").is_file()
    assert main(["mods", "new", "rain", "-g", "nowhere"]) == 1
    (tmp_path / "game.toml").write_text('base = "."\n')
    assert main(["mods", "new", "rain"]) == 1
    assert 'mods = "mods"' in capsys.readouterr().err


@terminal_only
def test_a_new_mod_asks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _ = in_terminal("mods", "new", typed="snow\n|Let it snow\n|\n|White\n")
    assert status == 0
    facts = answer_json(capsys, "mods", "info", "snow")
    assert (facts["name"], facts["authors"], facts["description"]) == ("Let it snow", [], "White")


def test_info(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = answer_json(capsys, "mods", "info", "winter")
    assert (facts["requires"], facts["wins"], facts["state"]) == ({"lib": ""}, ["/sprites/player.txt"], "on")
    assert answer_json(capsys, "mods", "info", "lib")["required_by"] == ["winter"]
    out = answer(capsys, "mods", "info", "winter")
    for named in ("Winter", "1.0", "lib", "/sprites/player.txt"):
        assert named in out


def test_remove(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "lib" in answer(capsys, "mods", "remove", "lib", "--dry-run")
    assert (folder / "mods" / "lib").is_dir()
    assert answer_json(capsys, "mods", "remove", "lib")["required_by"] == ["winter"]
    assert os.listdir("mods") == ["winter"]
    (folder / "mods" / "broken").mkdir()
    (folder / "mods" / "broken" / "mod.toml").write_text("id = 1")
    answer(capsys, "mods", "remove", "broken")
    assert os.listdir("mods") == ["winter"]
    for wrong in ("nope", "../assets", "..", str(folder / "assets")):
        answer(capsys, "mods", "remove", wrong, status=1)
    assert (folder / "assets" / "items.json").is_file()


def test_remove_one_of_two_copies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree("mods/lib", "mods/lib-old")
    assert main(["mods", "remove", "lib"]) == 1
    assert str(folder / "mods" / "lib-old") in capsys.readouterr().err
    answer(capsys, "mods", "remove", "lib-old")
    assert sorted(os.listdir("mods")) == ["lib", "winter"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_remove_a_link_keeps_what_it_leads_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "lib").rename(folder / "my-lib")
    (folder / "mods" / "lib").symlink_to(folder / "my-lib")
    answer(capsys, "mods", "remove", "lib")
    assert not (folder / "mods" / "lib").is_symlink()
    assert (folder / "my-lib" / "mod.toml").is_file()


@terminal_only
def test_remove_asks(folder: Path) -> None:
    assert in_terminal("mods", "remove", "winter", typed="n\n")[0] == 1
    assert (folder / "mods" / "winter").is_dir()
    assert in_terminal("mods", "remove", "winter", typed="y\n")[0] == 0
    assert not (folder / "mods" / "winter").exists()


def test_package(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "winter" / ".git").mkdir()
    (folder / "mods" / "winter" / ".git" / "config").write_text("x")
    made = answer_json(capsys, "mods", "package", "winter")
    assert (made["path"], made["id"], made["version"]) == ("winter-1.0.zip", "winter", "1.0")
    with zipfile.ZipFile("winter-1.0.zip") as archive:
        files = [name for name in archive.namelist() if not name.endswith("/")]
        assert sorted(files) == ["items.json.merge", "mod.toml", "sprites/player.txt"]
    answer(capsys, "mods", "package", "winter", status=1)
    assert "ready to share" in answer(capsys, "mods", "package", "winter", "-f")
    answer(capsys, "mods", "package", str(folder / "mods" / "winter"), "--out", "w.pack")
    assert packs.verify("w.pack").ok
    shutil.rmtree("mods/winter")
    shutil.move("winter-1.0.zip", "mods")
    assert answer_json(capsys, "mods", "info", "winter")["state"] == "on"


def test_a_mod_that_should_be_fixed_is_not_packaged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "winter" / "p.png").write_text("not a picture")
    assert answer_json(capsys, "mods", "package", "winter", status=1)["findings"][0]["file"] == "/p.png"
    assert main(["mods", "package", "winter"]) == 1
    assert "/p.png" in capsys.readouterr().out
    assert not list(folder.glob("*.zip"))
    answer(capsys, "mods", "package", "winter", "--no-check")
    assert list(folder.glob("*.zip"))
    answer(capsys, "mods", "package", "winter", "-o", "mods/winter/inside.zip", "--no-check", status=1)
    answer(capsys, "mods", "package", "winter-1.0.zip", status=1)


def test_mods_list_says_by_its_status_whether_all_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "mods", "list")
    (folder / "mods" / "lib" / "mod.toml").write_text('id = "lib"\nname = "L"\nversion = "1"\n[recommends]\nui = "*"\n')
    answer(capsys, "mods", "list")  # a recommendation is not a fault
    shutil.rmtree("mods/lib")
    answer(capsys, "mods", "list", status=1)
    assert answer_json(capsys, "mods", "list", status=1)["problems"]


@pytest.mark.parametrize(
    "words",
    [
        ["mods", "disable", "winter"],
        ["mods", "enable", "winter"],
        ["mods", "move", "winter", "--after", "lib"],
        ["mods", "rules", "winter", "--any-game"],
        ["mods", "check", "winter"],
        ["mods", "check"],
        ["mods", "profile", "use", "spring"],
        ["mods", "profile", "copy", "spring"],
        ["mods", "profile", "export", "p.json"],
        ["mods", "remove", "winter"],
        ["mods", "package", "winter"],
        ["pack", "build", "assets", "x.pack"],
        ["pack", "verify", "base.pack"],
        ["pack", "extract", "base.pack", "out"],
        ["pack", "convert", "base.pack", "x.zip"],
    ],
)
def test_success_is_said_in_one_line_or_in_json(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(folder, folder / "copy")
    assert len(answer(capsys, *words).splitlines()) == 1
    os.chdir(copy)
    assert isinstance(answer_json(capsys, *words), dict)


@pytest.mark.parametrize(
    ("flags", "compressed"),
    [(["-c"], 1), (["-c", "19"], 1), (["-fc"], 1), (["--compress"], 1), (["--compress=3"], 1), ([], 0), (["-f"], 0)],
)
@pytest.mark.parametrize("last", [False, True])
def test_the_level_of_compression_may_be_left_out(
    flags: list[str], compressed: int, last: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "assets" / "text").write_text("again and " * 1000)
    words = ["assets", "x.pack", *flags] if last else [*flags, "assets", "x.pack"]
    assert answer_json(capsys, "pack", "build", *words)["compressed"] == compressed
