"""If nothing fits, the error names the nearest thing that would."""

from __future__ import annotations

import pytest

from tests.distribution.world import World
from tests.mods.making import add, mod
from vfsloader.distribution.choosing import Candidate
from vfsloader.distribution.nearest import Question, nearest
from vfsloader.distribution.world import World as Choices
from vfsloader.errors import ModOrderError
from vfsloader.runtime.budget import Limits


def test_another_version_of_what_was_asked_for(world: World) -> None:
    world.release("winter", "1.0")
    world.release("winter", "1.5")
    world.release("winter", "2.0", requires={"lib": ">=3"})
    with pytest.raises(ModOrderError, match=r"winter 2\.0 requires lib >=3: .*; winter 1\.5 would fit"):
        world.game().mods.install("winter==2.0")


def test_a_file_gives_way_to_what_a_source_has(world: World) -> None:
    world.release("winter", "1.0")
    mine = add(world.folder / "downloads", "winter", version="9", requires={"nothing": "*"})
    with pytest.raises(ModOrderError, match=r"no source has nothing; winter 1\.0 would fit"):
        world.game().mods.install(mine)


def test_a_mod_that_is_in_the_way(world: World) -> None:
    world.release("hud", "1.0", incompatible={"winter": "<3"})
    world.release("other", "1.0")
    world.release("winter", "2.0")
    game = world.game()
    game.mods.install(["hud", "other"])
    end = r"without hud, winter 2\.0 would fit \(vfsloader mods disable hud\)$"
    with pytest.raises(ModOrderError, match=f"winter cannot be installed together with hud.*; {end}"):
        game.mods.install("winter")
    game.mods.disable("hud")
    game.mods.install("winter")  # as the error says
    assert {one.id for one in game.mods.enabled} == {"winter", "other"}


def test_one_of_several_that_were_asked_for(world: World) -> None:
    world.release("hud", "1.0", requires={"nothing": "*"})
    world.release("winter", "2.0")
    with pytest.raises(ModOrderError, match=r"; without hud, winter 2\.0 would fit$"):
        world.game().mods.install(["hud", "winter"])


def test_another_version_of_the_game(world: World) -> None:
    world.release("winter", "2.0", requires={"lib": "*"})
    world.release("lib", "1.0", game_version=">=2")
    end = r"in version >=2 of the game, lib 1\.0 would fit$"
    with pytest.raises(ModOrderError, match=end):
        world.game(game_version="1.0").mods.install("winter")


def test_a_rule_that_two_requirements_meet_in(world: World) -> None:
    world.release("lib", "1.0")
    world.release("lib", "2.0")
    world.release("one", "1.0", requires={"lib": "<2"})
    world.release("two", "1.0", requires={"lib": ">=2"})
    world.release("winter", "1.0", requires={"one": "*", "two": "*"})
    with pytest.raises(ModOrderError, match=r"without the rule that two 1\.0 requires lib >=2, it would fit"):
        world.game().mods.install("winter")


def test_nothing_is_promised_that_does_not_fit(world: World) -> None:
    world.release("winter", "1.0", requires={"nothing": "*"})
    with pytest.raises(ModOrderError, match=r"no source has nothing$"):
        world.game().mods.install("winter")


def test_the_search_ends_with_its_steps() -> None:
    names = [f"mod{number}" for number in range(12)]
    tangle = {
        name: [
            Candidate(mod(name, str(number), incompatible={o: f"=={number}" for o in names if o != name}), False)
            for number in range(1, 4)
        ]
        for name in names
    }
    question = Question(tangle, names, (), (), None, {}, Limits(steps=3000))
    first = question.choosing()
    first.core = names
    assert nearest(question, Choices(candidates=tangle), first) == ""
