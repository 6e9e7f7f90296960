"""Text in every script: directions, fonts, and what fits."""

from __future__ import annotations

import shutil
from pathlib import Path

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vfsloader.pygame.menu import faces
from vfsloader.pygame.menu.bidi import visual_runs
from vfsloader.pygame.menu.text import TextWriter

import vfsloader

ROOT = Path(__file__).parents[3]


@pytest.fixture
def writer(screen: object, monkeypatch: pytest.MonkeyPatch) -> TextWriter:
    """A writer with no font but pygame's own."""
    monkeypatch.setattr(faces, "_font_files", lambda: ())
    return TextWriter(None)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 12 דהו", "והד 12 גבא"),
        ("v1.2 עברית", "v1.2 תירבע"),
        ("سلام!", "!مالس"),
        ("plain …", "plain …"),
    ],
)
def test_directions(text: str, drawn: str) -> None:
    assert "".join(run[::-1] if is_rtl else run for run, is_rtl in visual_runs(text)) == drawn


@given(st.text("ab אבש12 .()…雪", max_size=30))
def test_no_letter_is_lost(text: str) -> None:
    runs = visual_runs(text)
    assert sorted("".join(run for run, _ in runs)) == sorted(text)
    assert all(run for run, _ in runs)


def test_a_letter_that_the_games_font_lacks_comes_from_another(screen: object, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    shutil.copy2(ROOT / "demo_game" / "assets" / "fonts" / "moonmoth.ttf", base / "font.ttf")
    with vfsloader.init(base, watch=False):
        writer = TextWriter("/font.ttf")
        divided = writer.faces.divide("Winter Зима")
        assert [part for _, part in divided] == ["Winter ", "Зима"]
        assert divided[0][0] is writer.faces.first
        assert divided[1][0] not in (None, writer.faces.first)
        assert writer.faces.has_all("Winter Зима")


def test_what_no_font_has_is_written_as_code_points(writer: TextWriter) -> None:
    assert not writer.faces.has_all("snow 雪")
    line = writer.line("snow 雪国", 16)
    assert [piece.text for piece in line.pieces] == ["snow ", "[96EA 56FD]"]
    assert "".join(piece.text for piece in writer.line("雪" * 9, 16).pieces) == "[96EA 96EA 96EA …]"


def test_a_font_that_draws_boxes_for_a_letter_does_not_have_it(screen: object) -> None:
    face = faces.Face(None)
    font = face.font(20)
    assert face.covers("A")
    assert not face.covers("雪")
    box = pygame.image.tobytes(font.render("\U0010fffe", True, "white"), "RGBA")
    assert pygame.image.tobytes(font.render("雪", True, "white"), "RGBA") == box


@given(text=st.text(max_size=80), room=st.integers(1, 400))
def test_what_is_fitted_fits(text: str, room: int) -> None:
    pygame.font.init()
    writer = TextWriter(None)
    fitted = writer.fit(text, 14, room)
    assert writer.width(fitted, 14) <= room
    for line in writer.wrap(text, 14, max(room, 40)):
        assert writer.width(line, 14) <= max(room, 40) or len(line) <= 2


def test_a_long_name_is_measured_a_few_times(writer: TextWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    lay_out = TextWriter._lay_out

    def counting(self: TextWriter, text: str, pixels: int) -> object:
        measured.append(len(text))
        return lay_out(self, text, pixels)

    monkeypatch.setattr(TextWriter, "_lay_out", counting)
    for length in (10, 100, 130, 4000, 100_000):
        measured.clear()
        text = writer.fit("xi" * (length // 2), 14, 300)
        assert text.endswith("…") == (length > 60)
        assert len(measured) < 14
        assert max(measured) <= 301


def test_lines_break_between_words_and_between_ideographs(writer: TextWriter) -> None:
    lines = writer.wrap("one two three four five six seven eight nine ten", 16, 120)
    assert len(lines) > 2
    assert " ".join(lines) == "one two three four five six seven eight nine ten"
    assert "".join(writer.wrap("x" * 100, 16, 120)) == "x" * 100
    lines = writer.wrap("one\n\ntwo", 16, 120)
    assert lines == ("one", "", "two")
    short = writer.wrap("word " * 200, 16, 120, 3)
    assert len(short) == 3
    assert short[-1].endswith("…")
