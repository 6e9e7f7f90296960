"""Reading ``.edit`` files: each wrong value costs its own edit, and the message names the key and the fix."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from vfsloader.assets.edits.frames import frame_in_grid, frame_in_rows, read_rows
from vfsloader.assets.edits.parse import MAX_BYTES, Edit, Fault, Grid, parse_edits
from vfsloader.runtime.budget import Budget

GOOD = '[[edit]]\nfrom = "hat.png"\n'


class Winter:
    options = {"hat": "red.png", "strength": 0.5, "color": "#00ff00", "x": 4}

    def holds(self, condition: object) -> bool:
        if not isinstance(condition, dict):
            raise ValueError("a condition must be a table")
        return condition == {"season": "winter"}


@pytest.mark.parametrize(
    ("text", "label", "words"),
    [
        ("[[edit]]", "edit 1", ["from", "missing", "hat.png"]),
        (GOOD + 'mode = "blend"', "edit 1", ["mode", "overlay", "blend"]),
        (GOOD + "area = [0, 0, 16]", "edit 1", ["area", "[0, 0, 16, 16]"]),
        (GOOD + "area = [0, 0, 0, 16]", "edit 1", ["area", "above 0"]),
        (GOOD + "area = [-1, 0, 1, 16]", "edit 1", ["area"]),
        (GOOD + "area = [true, 0, 1, 16]", "edit 1", ["area"]),
        (GOOD + "to = 5", "edit 1", ["to", "[48, 0]"]),
        (GOOD + "opacity = 2", "edit 1", ["opacity", "from 0 to 1"]),
        (GOOD + "opacity = nan", "edit 1", ["opacity"]),
        (GOOD + "opacity = true", "edit 1", ["opacity"]),
        (GOOD + "frame = 1.5", "edit 1", ["frame"]),
        (GOOD + "frame = -1", "edit 1", ["frame", "0"]),
        (GOOD + "grid = [8, 8]", "edit 1", ["grid", "frame ="]),
        (GOOD + 'grid = "8"\nframe = 1', "edit 1", ["grid", "[16, 16]"]),
        (GOOD + "grow = 1", "edit 1", ["grow", "true"]),
        (GOOD + 'grow = true\nframe = "a"', "edit 1", ["grow", "frame"]),
        (GOOD + 'color = "#ffffff"', "edit 1", ["color", "no meaning", "overlay"]),
        (GOOD + "hat = 1", "edit 1", ["hat", "no such key", "from"]),
        ("[[edit]]\nfrom = 5", "edit 1", ["from", "hat.png"]),
        ('[[edit]]\nmode = "tint"', "edit 1", ["color", "missing"]),
        ('[[edit]]\nmode = "tint"\ncolor = "red"', "edit 1", ["color", "#ff8800", "red"]),
        ('[[edit]]\nmode = "tint"\ncolor = "#ffffff"\nto = [1, 1]', "edit 1", ["to", "area"]),
        ('[[edit]]\nmode = "recolor"\ncolors = {}', "edit 1", ["colors"]),
        ('[[edit]]\nmode = "recolor"\ncolors = { "#fff" = "#000000" }', "edit 1", ["colors", "#fff"]),
        ('[[edit]]\nmode = "recolor"\ncolors = { "#ffffff" = 1 }', "edit 1", ["colors.#ffffff"]),
        ('[[edit]]\nmode = "recolor"\ncolors = { "#aaaaaa" = "#000000", "#AAAAAA" = "#000000" }', "edit 1", ["twice"]),
        (GOOD + "when = { season = 'winter' }", "edit 1", ["when", "mod"]),
        ('frames = "hat.png"', "frames", ["hat.png"]),
        ("frames = { hat = 5 }", "frames.hat", ["from"]),
        ("edit = 5", "edit", ["[[edit]]"]),
        ("edit = [5]", "edit 1", ["table"]),
        ("edits = 5", "", ["edits", "[[edit]]"]),
        ("edit = [", "", ["TOML"]),
        ("a = " + "[" * 2000, "", [""]),
        ("#" * (MAX_BYTES + 1), "", ["bytes"]),
        (GOOD * 1001, "", ["1,001", "1,000"]),
    ],
)
def test_a_wrong_value_is_named_with_its_fix(text: str, label: str, words: list[str]) -> None:
    faults = [edit for edit in parse_edits(text.encode(), None) if isinstance(edit, Fault)]
    assert [fault.label for fault in faults] == [label]
    for word in words:
        assert word in faults[0].reason, faults[0].reason


def test_a_wrong_edit_costs_no_other() -> None:
    kinds = [type(edit) for edit in parse_edits((GOOD + "to = 5\n" + GOOD).encode(), None)]
    assert kinds == [Fault, Edit]


def test_text_that_is_not_utf8() -> None:
    assert "UTF-8" in parse_edits(b"\xff\xfe", None)[0].reason  # type: ignore[union-attr]


def test_a_long_dotted_key_is_refused_before_it_takes_half_a_minute() -> None:
    (fault,) = parse_edits(b"a." * 32_000 + b"a = 1", None)
    assert isinstance(fault, Fault)
    assert "dots" in fault.reason


def test_options_and_conditions() -> None:
    text = """
        [[edit]]
        from = "${option.hat}"
        to = ["${option.x}", 0]
        opacity = "${option.strength}"
        when = { season = "winter" }
        [[edit]]
        mode = "recolor"
        colors = { "${option.color}" = "#000000" }
        [[edit]]
        from = "hat.png"
        when = { season = "summer" }
        [[edit]]
        from = "${option.shoe}"
        [[edit]]
        from = "hat.png"
        when = 5
    """
    hat, color, shoe, when = parse_edits(text.encode(), Winter())
    assert isinstance(hat, Edit)
    assert isinstance(color, Edit)
    assert (hat.source, hat.to, hat.opacity) == ("red.png", (4, 0), 128)
    assert color.colors == (((0, 255, 0, None), (0, 0, 0, None)),)
    assert isinstance(shoe, Fault)
    assert "shoe" in shoe.reason
    assert isinstance(when, Fault)
    assert when.reason.startswith("when: ")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (GOOD + text).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert all(isinstance(edit, (Edit, Fault)) for edit in parse_edits(data, Winter()))


ASEPRITE = b'{"frames": {"walk 0": {"frame": {"x": 1, "y": 2, "w": 3, "h": 4}}}}'
PACKER = b'{"frames": [{"filename": "walk 0", "rotated": true, "frame": {"x": 1, "y": 2, "w": 3, "h": 4}}]}'


def test_frames_by_name_and_number() -> None:
    rows = read_rows(ASEPRITE, Budget("sheet"))
    assert frame_in_rows(rows, "walk 0") == frame_in_rows(rows, 0) == (1, 2, 3, 4)
    with pytest.raises(ValueError, match="no frame 'run'; it has walk 0"):
        frame_in_rows(rows, "run")
    with pytest.raises(ValueError, match="no frame 1; it has 1"):
        frame_in_rows(rows, 1)


def test_a_rotated_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="rotated"):
        frame_in_rows(read_rows(PACKER, Budget("sheet")), "walk 0")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"frames": {"a": 5}}', b'{"frames": [{}]}', b"[" * 100_000])
def test_what_is_not_the_description_of_a_sheet(data: bytes) -> None:
    with pytest.raises(ValueError, match="JSON"):
        frame_in_rows(read_rows(data, Budget("sheet")), "a")


def test_a_grid() -> None:
    assert frame_in_grid(Grid(8, 4, 1, 2), 4, (30, 30)) == (11, 7, 8, 4)
    with pytest.raises(ValueError, match="no frame 3; it has 3"):
        frame_in_grid(Grid(10, 10), 3, (30, 10))
    with pytest.raises(ValueError, match="it has 0"):
        frame_in_grid(Grid(64, 64), 0, (30, 10))
