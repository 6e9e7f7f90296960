"""A save from the internet refers to other files: only stores in its own folder are opened, and nothing is created."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from vfsloader import VirtualFileSystem
from vfsloader.collections import PersistentDict, PersistentList
from vfsloader.collections.references import is_relative
from vfsloader.errors import PathError, VFSError


def plant(scores: PersistentDict, reference: Any) -> None:
    """Write a reference into a save as an attacker would."""
    text = json.dumps({"$ref": reference})
    with scores.location.catalog.transaction():
        scores["trap"] = 0
        scores._rows._database.change(
            "UPDATE item SET value = ? WHERE collection = ? AND key = 'trap'", (text, scores.number)
        )


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Files of the user, and the folder of the saves beside them."""
    (tmp_path / "saves" / "below").mkdir(parents=True)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "notes.txt").write_text("private")
    (tmp_path / "saves" / "empty.txt").touch()
    (tmp_path / "saves" / "notes.txt").write_text("not a store")
    with PersistentDict(tmp_path / "other.db", name="dict") as other:
        other["secret"] = 1
    os.symlink(tmp_path / "other.db", tmp_path / "saves" / "link.db")
    os.symlink(tmp_path, tmp_path / "saves" / "up")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "saves" / "pipe")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "saves/up" not in str(path))
    return {str(path): path.read_bytes() for path in files if "save.db" not in path.name}


REFERENCES: list[Any] = [
    {"file": "{outside}/other.db", "name": "dict"},
    {"file": "{outside}/empty.txt", "name": "dict"},
    {"file": "/etc/passwd", "name": "dict"},
    {"file": "../other.db", "name": "dict"},
    {"file": "../empty.txt", "name": "dict"},
    {"file": "below/../../other.db", "name": "dict"},
    {"file": "link.db", "name": "dict"},
    {"file": "up/other.db", "name": "dict"},
    {"file": "up/empty.txt", "name": "dict"},
    {"file": "empty.txt", "name": "dict"},
    {"file": "notes.txt", "name": "dict"},
    {"file": "missing.db", "name": "dict"},
    {"file": "below", "name": "dict"},
    {"file": "pipe", "name": "dict"},
    {"file": "", "name": "dict"},
    *(
        {"file": file, "name": "dict"}
        for file in (
            "C:\\x.db",
            "C:x.db",
            "\\\\server\\share\\x.db",
            "//server/share/x.db",
            "\\\\?\\C:\\x.db",
            "\\\\.\\pipe\\x",
            "NUL",
            "nul.db",
            "COM1",
            "save.db:stream",
            "save.db.",
            "save.db ",
            "SAVE.DB",
            "\u017fave.db",
            "file:save.db",
            "file:///etc/passwd",
            "http://127.0.0.1:1/x",
            "https://x/y",
            "s3://b/p",
            "memory:",
            ":memory:",
            "save.db?mode=memory",
            "save.db#x",
            "~",
            "~root/x",
            "$HOME/x",
            "%TEMP%",
            "/dev/stdin",
            "/proc/self/fd/0",
            "save.db-wal",
            "save.db-shm",
            "save.db-journal",
            "x\x1b[31m\nx",
            "\ud800.db",
        )
    ),
    {"file": ".", "name": "dict"},
    {"file": "a\0b", "name": "dict"},
    {"file": "x" * 100_000, "name": "dict"},
    {"file": ["x"], "name": "dict"},
    {"file": "save.db", "name": {"a": 1}},
    {"file": "save.db", "name": "missing"},
    {"file": "save.db"},
    {},
    [1],
    "1",
    1.5,
    None,
    True,
    -1,
    0,
    1 << 70,
    999,
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda value: str(value)[:40])
def test_a_reference_opens_nothing_outside_and_creates_nothing(outside: Path, reference: Any) -> None:
    if isinstance(reference, dict) and isinstance(reference.get("file"), str):
        reference = {**reference, "file": reference["file"].replace("{outside}", str(outside))}
    scores = PersistentDict(outside / "saves" / "save.db", name="s")
    plant(scores, reference)
    before = contents(outside)
    with pytest.raises((VFSError, ValueError)) as error:
        scores["trap"]
    assert str(error.value).isprintable()
    with pytest.raises((VFSError, ValueError)):
        list(scores.values())
    assert contents(outside) == before
    scores.close()


@pytest.mark.parametrize("where", [":memory:", "vfs"])
def test_a_save_that_is_not_a_file_refers_to_no_file(
    outside: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(outside)
    scores = PersistentDict(VirtualFileSystem() if where == "vfs" else where, name="s")
    for file in ("other.db", "empty.txt", str(outside / "other.db")):
        plant(scores, {"file": file, "name": "dict"})
        with pytest.raises(PathError, match="is not a file itself"):
            scores["trap"]
    assert (outside / "empty.txt").stat().st_size == 0


def test_a_file_in_the_same_folder_is_found(outside: Path) -> None:
    saves = outside / "saves"
    with (
        PersistentDict(saves / "save.db", name="s") as scores,
        PersistentList(saves / "below" / "list.db", name="l") as log,
        PersistentDict(outside / "other.db", name="dict") as other,
    ):
        log.append("entry")
        scores["log"] = log
        assert scores["log"][0] == "entry"
        with pytest.raises(TypeError, match="must be in the folder"):
            scores["other"] = other
    with PersistentDict(saves / "save.db", name="s") as scores:
        assert list(scores["log"]) == ["entry"]


def test_a_collection_of_an_unknown_kind(outside: Path) -> None:
    scores = PersistentDict(outside / "saves" / "save.db", name="s")
    inner = PersistentList(scores)
    scores["a"] = inner
    number = inner.number
    inner.close()
    del inner
    scores._rows._database.change("UPDATE collection SET kind = 77 WHERE id = ?", (number,))
    with pytest.raises(VFSError, match="unknown kind"):
        scores["a"]


@pytest.mark.parametrize(
    "file",
    [
        "C:\\x.db", "C:x.db", "\\x.db", "/x.db", "\\\\server\\share\\x.db", "//server/share/x.db", "\\\\?\\C:\\x.db",
        "\\\\.\\pipe\\x", "NUL", "nul.db", "sub/com1", "sub\\COM1.db", "save.db:stream", "save.db.", "save.db ",
        "..\\x.db", "../x.db", "sub/../../x.db", "a?b", "x\n",
    ],
)  # fmt: skip
def test_windows_is_not_even_asked_about_shares_devices_and_drives(file: str) -> None:
    assert not is_relative(file, windows=True)


def test_windows_paths_that_are_good(outside: Path) -> None:
    for file in ("save.db", "below/list.db", "below\\list.db", "\u96ea.db", "a b.db", ".hidden.db"):
        assert is_relative(file, windows=True)


def test_the_same_file_by_another_name_is_not_opened_twice(outside: Path) -> None:
    """As where case does not matter; SQLite would write two logs for one file."""
    with PersistentDict(outside / "saves" / "save.db", name="s") as scores:
        os.link(outside / "saves" / "save.db", outside / "saves" / "SAVE2.DB")
        plant(scores, {"file": "SAVE2.DB", "name": "s"})
        assert scores["trap"].location is scores.location
        assert scores["trap"]["trap"]["trap"] == scores
        assert not (outside / "saves" / "SAVE2.DB-wal").exists()
