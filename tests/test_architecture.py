"""The picture of the packages in CONTRIBUTING.md shows the imports as they are."""

from __future__ import annotations

import pytest

from tools import architecture


def test_the_picture_in_the_repository_is_up_to_date() -> None:
    drawn = architecture.draw()
    assert architecture.PICTURE.read_text(encoding="utf-8") == drawn, "run: make picture"


def test_every_package_has_a_box_and_a_level() -> None:
    packages = {
        path.name.removesuffix(".py")
        for path in (architecture.ROOT / "vfsloader").iterdir()
        if path.name != "__main__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert packages | {"adapters", "demo_game"} == set(architecture.BOXES)
    assert sorted(architecture.BOXES) == sorted(name for row in architecture.levels() for name in row)


def test_an_arrow_is_left_out_where_others_imply_it() -> None:
    imports = {("game", "mods"), ("mods", "layers"), ("game", "layers"), ("game", "errors"), ("compat", "vfs")}
    assert architecture.arrows_to_draw(imports) == [("game", "mods"), ("mods", "layers")]


def test_an_import_of_a_higher_package_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="layers imports game, which is not below it"):
        architecture.route([("layers", "game")], architecture.levels())


def test_no_arrow_runs_through_a_box() -> None:
    rows = architecture.levels()
    level = {name: number for number, row in enumerate(rows) for name in row}
    for arrow in architecture.route(architecture.arrows_to_draw(architecture.imports()), rows):
        for row in rows[level[arrow.source] + 1 : level[arrow.target]]:
            for name in row:
                assert not architecture.BOXES[name].left <= arrow.lane <= architecture.BOXES[name].right
