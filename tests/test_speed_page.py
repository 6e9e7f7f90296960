"""The picture in docs/speed.md shows the rows that are printed there."""

from __future__ import annotations

from benchmarks import plot


def test_the_picture_is_drawn_out_of_the_rows_of_the_page() -> None:
    drawn = plot.draw(plot.printed_rows(plot.PAGE.read_text(encoding="utf-8")))
    assert plot.PICTURE.read_text(encoding="utf-8") == drawn, "run: python -m benchmarks plot"
