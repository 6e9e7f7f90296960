"""The command line over a mod whose every name is meant to deceive a terminal: nothing reaches it raw."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vfsloader import packs
from vfsloader.cli.main import main
from vfsloader.errors import PathNotFoundError
from vfsloader.quoting import MAX_MESSAGE

#: A colour, a cursor movement, a direction override, rich's markup, and a carriage return.
NASTY = "[bold red]\x1b[2J\u202eevil\r\u0085"
LONG = "n" * 200
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

COMMANDS = [
    ["ls", "/", "-l"],
    ["ls", "/", "--json"],
    ["ls", f"/{NASTY}"],
    ["cat", f"/{NASTY}/none"],
    ["which", f"/{NASTY}.txt"],
    ["which", "/none"],
    ["why", f"/{NASTY}.txt"],
    ["why", "/data.json"],
    ["why", f"/{NASTY}"],
    ["mods", "list"],
    ["mods", "list", "--json"],
    ["mods", "disable", NASTY],
    ["mods", "enable", "nasty"],
    ["mods", "move", NASTY, "--before", "nasty"],
    ["mods", "rules", "nasty", "--use", NASTY],
    ["mods", "overrides"],
    ["mods", "overrides", "nasty"],
    ["mods", "check"],
    ["mods", "check", NASTY],
    ["mods", "profile", "list"],
    ["mods", "profile", "use", NASTY],
    ["pack", "build", "mods/nasty", "out.pack", "--force"],
    ["pack", "build", NASTY, "out.pack", "--force"],
    ["pack", "tree", "nasty.pack"],
    ["pack", "info", "nasty.pack"],
    ["pack", "verify", "nasty.pack"],
    ["pack", "verify", NASTY],
    ["pack", "tree", "mods/broken.zip"],
    ["pack", "extract", "mods/broken.zip", "extracted"],
    ["check", NASTY],
]


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A game with a mod, a zip and a pack whose names are unfit for a terminal."""
    base, mod = tmp_path / "base", tmp_path / "mods" / "nasty"
    base.mkdir()
    mod.mkdir(parents=True)
    (base / "data.json").write_text('{"a": 1}')
    for folder in (base, mod):
        (folder / f"{NASTY}.txt").write_text("x\n\x1b[31m")
        (folder / f"{LONG}.txt").write_text(folder.name)
    (mod / os.fsdecode(b"half\xed\xa0\x80.txt")).write_text("no Unicode")
    (mod / "data.json.merge").write_text(json.dumps({NASTY: {LONG: NASTY}}))
    (mod / "data.json.patch").write_text(
        json.dumps([{"op": "replace", "path": f"/{NASTY}", "value": 1}, {"op": NASTY}])
    )
    manifest = {
        "id": "nasty",
        "name": NASTY + LONG * 3,
        "version": "1",
        "description": NASTY,
        "requires": {"gone": "*"},
        NASTY: NASTY,
    }
    (mod / "mod.json").write_text(json.dumps(manifest))
    (tmp_path / "mods" / f"{NASTY}").mkdir()
    (tmp_path / "mods" / f"{NASTY}" / "mod.toml").write_text(f'id = "{LONG}"\nversion = "\\u001b[0m"\n')
    with zipfile.ZipFile(tmp_path / "mods" / "broken.zip", "w") as archive:
        archive.writestr(f"../{NASTY}", "x")
        archive.writestr(f"{NASTY}\n/f", "x")
    packs.build(base, tmp_path / "nasty.pack")
    (tmp_path / "game.toml").write_text('base = "base"\nmods = "mods"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_safe(text: str) -> None:
    found = UNSAFE.search(text)
    assert found is None, ascii(text[max(0, found.start() - 80) : found.end() + 20])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: ascii(" ".join(command))[1:40])
def test_no_name_reaches_a_terminal_raw(
    command: list[str], game: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        status = main(command)
    out, err = capsys.readouterr()
    assert status in (0, 1)
    assert_safe(out + err + caplog.text)
    assert all(len(line) <= MAX_MESSAGE + 20 for line in err.splitlines())
    if "--json" in command:
        json.loads(out)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("command", [["mods", "list"], ["pack", "tree", "nasty.pack"], ["ls", "/", "-l"]])
def test_a_terminal_with_few_characters_shows_the_rest_escaped(command: list[str], encoding: str, game: Path) -> None:
    (game / "base" / "snow \u2603.txt").write_text("x")
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "vfsloader.cli", *command], capture_output=True, env=environment, check=False, timeout=60
    )
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    assert_safe(done.stdout.decode(encoding) + done.stderr.decode(encoding))


def test_a_reader_that_stops_reading_is_no_error(game: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "vfsloader.cli", "ls", "/", "-l"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_message_of_an_error_is_one_line_whatever_it_names() -> None:
    error = PathNotFoundError.at("/x", f"there is no /{NASTY}\n{LONG * 100}; use another name")
    assert_safe(str(error))
    assert len(str(error)) <= MAX_MESSAGE
    assert str(error).endswith("; use another name")
