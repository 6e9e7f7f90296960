"""Names that a stranger chose reach a terminal, a pipe and a log only shortened and escaped."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import vfsloader
from vfsloader import errors, packs
from vfsloader.cli import main, output
from vfsloader.cli.output import complain, print_table, say
from vfsloader.quoting import MAX_MESSAGE, message, plain
from vfsloader.runtime.logs import logger

EVIL = "a\x1b[31m[bold]x[red]\x07\u202e\u2066b"
LONG = "n" * 4000
#: A path of the greatest length, with its escapes, and a few words.
LONGEST_LINE = 10_000
#: What a file of a mod may be called.
NAMES = [f"{EVIL}.png", "[red]q[bold].txt", "line\nbreak.json", "x" * 250, "\x9b2J.txt", "tab\there.json.merge"]


def assert_safe(text: str) -> None:
    for line in text.split("\n"):
        assert len(line) <= LONGEST_LINE
        assert plain(line, LONGEST_LINE) == line


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "game"
    for part in ("base", "mods/evil", "mods/two", "mods/worse", f"mods/{EVIL}"):
        (folder / part).mkdir(parents=True)
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\n')
    for part in ("base", "mods/evil", "mods/two", f"mods/{EVIL}"):
        for name in NAMES:
            (folder / part / name).write_text(f"{part} \x1b[31m\n")
    name = json.dumps(EVIL + LONG)
    (folder / "mods/evil/mod.toml").write_text(
        f'id = "evil"\nname = {json.dumps(EVIL)}\nversion = "1"\n[requires]\n{json.dumps("z" * 60)} = "*"\n'
    )
    (folder / "mods/two/mod.toml").write_text(f'id = "two"\nname = "[bold]Two[/bold]"\nversion = "1"\n{name} = 1\n')
    (folder / "mods/worse/mod.json").write_text('{"id": "worse", "name": "a\\ud800b", "version": ' + name + "}")
    (folder / os.fsdecode(b"mods/\xff\x1b[2J.zip")).write_bytes(b"PK\x03\x04 \x1b[31m")
    with zipfile.ZipFile(folder / "mods" / f"{EVIL}.zip", "w") as archive:
        for each in (*NAMES, f"{EVIL}/../../x", "d/" * 1000 + "deep"):
            archive.writestr(each, EVIL)
    monkeypatch.chdir(folder)
    return folder


def commands(game: Path) -> Iterator[list[str]]:
    pack, archive = str(game / "out.pack"), str(game / "mods" / f"{EVIL}.zip")
    yield ["ls"]
    yield ["ls", "-l"]
    yield ["ls", f"/{EVIL}{LONG}"]
    for command in ("which", "why", "cat"):
        yield [command, f"/no{EVIL}\udcff"]
        yield [command, f"/{LONG}"]
    for name in NAMES:
        yield ["which", f"/{name}"]
        yield ["why", "--diff", f"/{name}"]
    for mods in (["list"], ["check"], ["check", archive], ["overrides"], ["overrides", "two"], ["enable", EVIL]):
        yield ["mods", *mods]
    yield ["mods", "enable", "evil"]
    yield ["mods", "disable", LONG]
    yield ["mods", "move", "two", "--after", EVIL]
    yield ["mods", "rules", "evil", "--use", EVIL]
    yield ["mods", "new", EVIL]
    for words in (["use", EVIL], ["list"], ["delete", LONG], ["export", f"{EVIL}.json"], ["import", "game.toml"]):
        yield ["mods", "profile", *words]
    yield ["pack", "build", str(game / "mods" / EVIL), pack]
    for source in (pack, archive, str(game / "mods" / EVIL), EVIL, LONG):
        for command in ("list", "tree", "info", "verify"):
            yield ["pack", command, source]
    yield ["pack", "extract", pack, str(game / EVIL)]
    yield ["pack", "extract", archive, str(game / LONG)]
    yield ["pack", "convert", archive, pack]
    yield ["pack", "sign", pack, "-k", EVIL]
    yield ["pack", "apply", archive, pack]
    yield ["pack", "list", f"https://user:secret@127.0.0.1:1/{EVIL}?sig=secret"]
    yield ["check", EVIL]
    yield ["check", pack]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow such names")
def test_every_command_shows_hostile_names_escaped(
    game: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "vfsloader")
    shown = 0
    for command in commands(game):
        status = main(command)
        answer = capsys.readouterr()
        assert status in (0, 1), command
        if command[0] != "cat":
            assert_safe(answer.out)
        assert_safe(answer.err)
        assert "secret" not in answer.out + answer.err
        shown += len(answer.out)
    assert shown > 1000
    for record in caplog.records:
        assert_safe(caplog.handler.format(record))


def test_markup_in_a_name_is_not_read_as_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr(output, "_is_unicode", lambda stream: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(("[red]head[/red]", "B"), [("[bold]x[/bold]", "y")])
    out = capsys.readouterr().out
    assert "[bold]x[/bold]" in out
    assert "[red]head[/red]" in out


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_terminal_with_few_characters(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", out)
    say("雪 ├── \ud800")
    complain("雪 \udcff")
    print_table(("雪",), [("ス",)])
    out.flush()
    assert len(out.buffer.getvalue().splitlines()) == 4  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name == "nt", reason="pipes work differently on Windows")
def test_a_closed_pipe_is_no_error(game: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([sys.executable, "-m", "vfsloader.cli", "ls"], stdout=write, stderr=subprocess.PIPE)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PathError)]


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if not issubclass(kind, errors.QuotaExceededError)])
@pytest.mark.parametrize("name", [EVIL, "\ud800\0", LONG * 10, "\x1b" * 4000])
def test_an_error_is_one_safe_line_that_ends_with_the_advice(kind: type[errors.PathError], name: str) -> None:
    error = kind.at(name, f"cannot read {name}: do this")
    assert_safe(str(error))
    assert len(str(error)) <= MAX_MESSAGE
    assert str(error).endswith(": do this")


def test_other_errors_are_safe() -> None:
    for error in (errors.UnknownModError(EVIL), errors.ModOrderError(EVIL, EVIL), errors.NotInitializedError(EVIL)):
        assert_safe(str(error))


def test_a_log_line_and_its_traceback_are_escaped(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        logger("vfsloader.assets").exception("%s failed", EVIL)
    assert_safe(caplog.handler.format(caplog.records[0]))
    assert "ValueError" in caplog.text


def test_no_module_prints_or_logs_past_the_helpers() -> None:
    root = Path(vfsloader.__file__).parent
    for file in root.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.name != "logs.py":
            assert "logging.getLogger(" not in text.replace(":func:`logging.getLogger`", ""), file
        if file.parent.name == "cli" and file.name != "progress.py":
            assert not any(line.lstrip().startswith("print(") for line in text.splitlines()), file


def test_a_message_keeps_what_is_plain() -> None:
    assert message("there is no /a.png; did you mean /b.png?") == "there is no /a.png; did you mean /b.png?"


@pytest.mark.skipif(os.name == "nt", reason="creating links needs privileges on this system")
def test_links_of_a_folder_that_is_packed_are_followed(tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "p.png").write_bytes(b"pixels")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "sprites").symlink_to(tmp_path / "art")
    assert main(["pack", "build", str(tmp_path / "assets"), str(tmp_path / "a.pack")]) == 0
    with vfsloader.open_layer(tmp_path / "a.pack") as pack:
        assert pack.find("/sprites/p.png") is not None
    assert packs.verify(tmp_path / "a.pack").ok
