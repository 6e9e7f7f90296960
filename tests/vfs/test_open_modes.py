"""The modes and options of ``open``, compared with the builtin's."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest

from vfsloader import VirtualFileSystem
from vfsloader.vfs.open_modes import OpenMode, parse_mode

MODES = ["".join(chars) for count in (1, 2, 3) for chars in itertools.permutations("rwaxbt+", count)]


def is_builtin(mode: str, tmp_path: Path) -> bool:
    try:
        open(tmp_path / "nowhere" / "file", mode).close()
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    raise AssertionError("there is no such folder")


def test_the_valid_modes_are_those_of_the_builtin(tmp_path: Path) -> None:
    valid = [mode for mode in MODES if is_builtin(mode, tmp_path)]
    assert valid
    for mode in valid:
        assert parse_mode(mode).base in mode


@pytest.mark.parametrize("mode", ["U", "rz", "rr", "bt", "rbt", "r++", "rwb", "", "+", "b", "t", "r b", "R"])
def test_the_builtin_refuses_the_same_modes(mode: str, tmp_path: Path) -> None:
    assert not is_builtin(mode, tmp_path)
    with pytest.raises(ValueError, match="invalid mode"):
        parse_mode(mode)


@pytest.mark.parametrize(
    ("mode", "reading", "writing", "binary"),
    [
        ("r", True, False, False),
        ("w", False, True, False),
        ("a", False, True, False),
        ("xb", False, True, True),
        ("r+", True, True, False),
        ("w+b", True, True, True),
        ("rt", True, False, False),
    ],
)
def test_what_a_mode_allows(mode: str, reading: bool, writing: bool, binary: bool) -> None:
    parsed = parse_mode(mode)
    assert (parsed.reading, parsed.writing, parsed.binary) == (reading, writing, binary)


def test_a_mode_is_taken_apart() -> None:
    assert parse_mode("+xb") == OpenMode("x", binary=True, update=True, text="+xb")


@pytest.fixture
def vfs() -> VirtualFileSystem:
    vfs = VirtualFileSystem()
    vfs.write_bytes("/f", b"line one\nline two\n")
    return vfs


@pytest.mark.parametrize("mode", ["rb", "wb", "r+b"])
@pytest.mark.parametrize("option", ["encoding", "errors", "newline"])
def test_a_binary_file_has_no_options_of_text(vfs: VirtualFileSystem, mode: str, option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} is an option of text"):
        vfs.open("/f", mode, **{option: ""})  # type: ignore[call-overload]
    assert vfs.read_bytes("/f") == b"line one\nline two\n"


@pytest.mark.parametrize("mode", ["r", "w", "r+", "a"])
def test_text_has_a_buffer(vfs: VirtualFileSystem, mode: str) -> None:
    with pytest.raises(ValueError, match="unbuffered text"):
        vfs.open("/f", mode, buffering=0)


def test_bytes_may_be_read_without_a_buffer(vfs: VirtualFileSystem) -> None:
    with vfs.open("/f", "rb", buffering=0) as file:
        assert file.read(4) == b"line"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("rb", io.BufferedIOBase), ("wb", io.BufferedWriter), ("r+b", io.BufferedRandom), ("r", io.TextIOWrapper)],
)
def test_files_are_of_the_builtins_kinds(vfs: VirtualFileSystem, mode: str, kind: type) -> None:
    with vfs.open("/f", mode) as file:
        assert isinstance(file, kind)


@pytest.mark.parametrize("mode", ["r", "w", "r+", "a+"])
def test_text_says_its_mode(vfs: VirtualFileSystem, mode: str) -> None:
    with vfs.open("/f", mode) as file:
        assert file.mode == mode


def test_text_is_utf_8_unless_asked(vfs: VirtualFileSystem) -> None:
    with vfs.open("/f", "w") as file:
        file.write("ä")
    assert vfs.read_bytes("/f") == "ä".encode()
    with vfs.open("/f", encoding="latin-1") as file:
        assert file.read() == "Ã¤"


@pytest.mark.parametrize(("errors", "text"), [("replace", "a�"), ("ignore", "a")])
def test_what_cannot_be_decoded(vfs: VirtualFileSystem, errors: str, text: str) -> None:
    vfs.write_bytes("/f", b"a\xff")
    with vfs.open("/f", errors=errors) as file:
        assert file.read() == text
    assert vfs.read_text("/f", errors=errors) == text
    with pytest.raises(UnicodeDecodeError):
        vfs.read_text("/f")


@pytest.mark.parametrize(("newline", "text"), [(None, "a\nb\n"), ("", "a\r\nb\r"), ("\n", "a\r\nb\r")])
def test_line_ends(vfs: VirtualFileSystem, newline: str | None, text: str) -> None:
    vfs.write_bytes("/f", b"a\r\nb\r")
    with vfs.open("/f", newline=newline) as file:
        assert file.read() == text


def test_line_ends_of_read_text(vfs: VirtualFileSystem) -> None:
    vfs.write_bytes("/f", b"a\r\nb\rc\n")
    assert vfs.read_text("/f") == "a\nb\nc\n"


def test_a_text_file_may_be_buffered_by_lines(vfs: VirtualFileSystem) -> None:
    with vfs.open("/f", "w", buffering=1) as file:
        assert file.line_buffering
    with vfs.open("/f", "w", buffering=2) as file:
        assert not file.line_buffering


# --- bytes that are reserved ---------------------------------------------------------------------------


def test_preallocated_bytes_are_zeros(vfs: VirtualFileSystem) -> None:
    with vfs.open("/new", "wb", preallocate=5) as file:
        file.write(b"ab")
    assert vfs.read_bytes("/new") == b"ab\0\0\0"


def test_a_longer_file_is_not_cut_by_preallocating(vfs: VirtualFileSystem) -> None:
    with vfs.open("/f", "r+b", preallocate=5) as file:
        assert file.tell() == 0
        file.write(b"LINE")
    assert vfs.read_bytes("/f") == b"LINE one\nline two\n"


def test_text_can_be_preallocated(vfs: VirtualFileSystem) -> None:
    with vfs.open("/new", "w", preallocate=3) as file:
        file.write("a")
    assert vfs.read_bytes("/new") == b"a\0\0"


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_only_a_file_that_is_written_is_preallocated(vfs: VirtualFileSystem, mode: str) -> None:
    with pytest.raises(ValueError, match="opened for writing"):
        vfs.open("/f", mode, preallocate=1)


def test_preallocating_more_than_the_quota_leaves_the_file_as_it_was() -> None:
    with VirtualFileSystem(quota=100) as vfs:
        vfs.write_bytes("/a", b"kept")
        with pytest.raises(OSError, match="quota"):
            vfs.open("/a", "r+b", preallocate=200)
        assert vfs.read_bytes("/a") == b"kept"
        vfs.write_bytes("/b", bytes(96))  # nothing is reserved any more


# --- where an exception ends a file ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["w", "wb", "r+", "r+b", "a", "ab", "w+b"])
@pytest.mark.parametrize("buffering", [-1, 20])
def test_a_file_whose_block_fails_is_closed_and_unchanged(vfs: VirtualFileSystem, mode: str, buffering: int) -> None:
    with pytest.raises(KeyError), vfs.open("/f", mode, buffering) as file:
        file.write(b"x" * 50 if "b" in mode else "x" * 50)
        raise KeyError
    assert file.closed
    assert vfs.read_bytes("/f") == b"line one\nline two\n"


@pytest.mark.parametrize("mode", ["w", "wb", "r+b"])
def test_a_file_may_be_closed_twice(vfs: VirtualFileSystem, mode: str) -> None:
    file = vfs.open("/f", mode)
    file.write(b"x" if "b" in mode else "x")
    file.close()
    file.close()
    assert vfs.read_bytes("/f")[:1] == b"x"


@pytest.mark.parametrize("mode", ["r", "w", "a", "r+"])
@pytest.mark.parametrize("place", ["memory", "folder"])
def test_options_that_the_builtin_refuses_leave_the_file_closed_and_as_it_was(
    mode: str, place: str, tmp_path: Path
) -> None:
    (tmp_path / "tree").mkdir()
    with VirtualFileSystem(":memory:" if place == "memory" else tmp_path / "tree") as vfs:
        vfs.write_bytes("/a", b"old")
        with pytest.raises(LookupError, match="unknown encoding"):
            vfs.open("/a", mode, encoding="klingon")
        with pytest.raises(ValueError, match="unbuffered"):
            vfs.open("/a", mode, 0)
        assert vfs.read_bytes("/a") == b"old"
        assert vfs.listdir("/") == ["a"]
    if place == "folder":
        assert [path.name for path in (tmp_path / "tree").iterdir()] == ["a"]
