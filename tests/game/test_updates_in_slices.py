"""Looking and decoding in slices leaves every resource as an update at once does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Asset, Loader, ResourceManager, Store, VFSError
from vfsloader.game import updater

PATHS = [f"/p{number}" for number in range(6)]
STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS), st.integers(0, 3)),
    st.tuples(st.just("remove"), st.sampled_from(PATHS)),
    st.tuples(st.just("toggle"), st.sampled_from(["aa", "bb"])),
    st.tuples(st.just("load"), st.sampled_from(PATHS), st.sampled_from(["x", "y"])),
    st.tuples(st.just("read"), st.sampled_from(PATHS)),
    st.tuples(st.just("update")),
)


class Text(Loader[str]):
    """Decodes a file; in two parts, as pictures are."""

    def decode(self, asset: Asset, **options: Any) -> Any:
        return ("decoded", asset.data.decode(), options.get("mark"))

    def build(self, decoded: Any, **options: Any) -> str:
        return f"{decoded[1]} {decoded[2]}"

    def prepare_replacement(self, decoded: Any, **options: Any) -> Any:
        return ("prepared", *decoded[1:])


TEXT = Text()


@pytest.fixture(autouse=True, scope="module")
def short_slices() -> Iterator[None]:
    """Look at one path in each frame."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(updater, "LEAST_LOOKS", 1)
        yield


def mods_in(folder: Path) -> Path:
    for number, mod in enumerate(("aa", "bb")):
        (folder / "mods" / mod).mkdir(parents=True)
        (folder / "mods" / mod / "mod.toml").write_text(f'id = "{mod}"\nname = "{mod}"\nversion = "1"\n')
        for path in PATHS[number * 2 : number * 2 + 3]:
            (folder / "mods" / mod / path[1:]).write_text(mod)
    return folder / "mods"


@given(steps=st.lists(STEPS, max_size=30))
@settings(max_examples=60)
def test_all_resources_end_up_as_their_files_are(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("slices")
    base = Store()
    for path in PATHS:
        base.write(path, b"base")
    held: dict[tuple[str, str], Any] = {}
    with ResourceManager(base, mods=mods_in(folder), watch=False) as game:
        for step in steps:
            match step:
                case ("write", path, number):
                    base.write(path, b"%d" % number)
                case ("remove", path):
                    if base.find(path) is not None:
                        base.remove(path)
                case ("toggle", mod):
                    (game.mods.enable if game.mods.is_disabled(mod) else game.mods.disable)(mod)
                case ("load", path, mark):
                    try:
                        held[path, mark] = game.handle(path, TEXT, mark=mark)
                    except VFSError:
                        pass
                case ("read", path):
                    if game.exists(path):
                        game.read(path)
                case _:
                    game.update(budget_ms=0)
        for _ in range(100):
            game.update(budget_ms=0)
        for (path, mark), handle in held.items():
            if game.exists(path):
                assert handle.value == f"{game.read(path).decode()} {mark}", path
        assert game.update() == []


def test_nothing_changes_before_everything_does(tmp_path: Path) -> None:
    base = Store()
    for path in PATHS:
        base.write(path, b"base")
    with ResourceManager(base, mods=mods_in(tmp_path), watch=False, new_mods="disabled") as game:
        held = [game.handle(path, TEXT, mark="") for path in PATHS]
        game.mods.enable("aa")
        game.mods.enable("bb")
        frames = [tuple(handle.value for handle in held)]
        reported: list[str] = []
        while not reported:
            reported = [change.path for change in game.update(budget_ms=0)]
            frames.append(tuple(handle.value for handle in held))
    assert len(frames) > len(PATHS)  # one look in each frame at least
    assert len(set(frames[:-1])) == 1
    assert frames[-1] != frames[0]
    assert reported == PATHS[:5]


def test_a_change_in_the_middle_of_a_comparison_is_not_missed(tmp_path: Path) -> None:
    base = Store()
    for path in PATHS:
        base.write(path, b"base")
    with ResourceManager(base, mods=mods_in(tmp_path), watch=False, new_mods="disabled") as game:
        held = [game.handle(path, TEXT, mark="") for path in PATHS]
        game.mods.enable("bb")
        game.update(budget_ms=0)  # one path was looked at
        assert game.read(PATHS[3]) == b"bb"  # and now another one, whose resource is as before
        game.mods.enable("aa")
        while not game.update(budget_ms=0):
            pass
        assert [handle.value for handle in held] == ["aa ", "aa ", "bb ", "bb ", "bb ", "base "]


def test_a_file_that_was_read_again_before_the_update_is_not_missed() -> None:
    base = Store()
    base.write("/p", b"1")
    with ResourceManager(base) as game:
        first = game.handle("/p", TEXT, mark="x")
        base.write("/p", b"2")
        assert game.handle("/p", TEXT, mark="y").value == "2 y"
        assert [change.path for change in game.update()] == ["/p"]
        assert first.value == "2 x"
        assert game.update() == []
