"""The choice of versions against trying every choice, for generated worlds."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Mapping

import pytest
from packaging.version import Version

from tests.mods.making import mod
from vfsloader.distribution.choosing import Candidate, Choosing
from vfsloader.errors import BudgetError, ModOrderError
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.order import load_order
from vfsloader.mods.solve.versions import fits
from vfsloader.runtime.budget import Limits

WORLDS = int(os.environ.get("VFSLOADER_WORLDS", "800"))
IDS = ("aa", "bb", "cc", "dd", "ee")
GAME = Version("1")
CONSTRAINTS = ("*", ">=2", "<2", "==3", "!=1", ">=9")


def make_world(chance: random.Random) -> tuple[dict[str, list[Candidate]], list[str]]:
    """Return what can be chosen from, and what is wanted."""
    world: dict[str, list[Candidate]] = {}
    for name in IDS[: chance.randint(2, len(IDS))]:
        installed = chance.randint(0, 4)
        for number in range(1, chance.randint(1, 3) + 1):
            tables: dict[str, dict[str, str]] = {"requires": {}, "incompatible": {}, "provides": {}}
            for other in IDS:
                dice = chance.random()
                if other != name and dice < 0.22:
                    tables["requires"][other] = chance.choice(CONSTRAINTS)
                elif other != name and dice < 0.32:
                    tables["incompatible"][other] = chance.choice(CONSTRAINTS)
                elif other != name and dice < 0.36:
                    tables["provides"][other] = str(chance.randint(1, 3))
            game = {"game_version": ">=2"} if chance.random() < 0.1 else {}
            manifest = mod(name, str(number), **{key: table for key, table in tables.items() if table}, **game)
            world.setdefault(name, []).append(Candidate(manifest, number == installed))
    ids = list(world)
    return world, chance.sample(ids, chance.randint(1, len(ids)))


def is_satisfied(one: Manifest, live: Mapping[str, Manifest]) -> bool:
    def has(required: str, versions: object) -> bool:
        return any(
            (other.id == required and fits(versions, other.version))  # type: ignore[arg-type]
            or (required in other.provides and fits(versions, other.provides[required]))  # type: ignore[arg-type]
            for other in live.values()
        )

    excluded = any(other in live and fits(which, live[other].version) for other, which in one.incompatible.items())
    return not excluded and all(has(required, versions) for required, versions in one.requires.items())


def is_right(chosen: Mapping[str, Candidate], wanted: list[str]) -> bool:
    live = {name: one.manifest for name, one in chosen.items()}
    return (
        all(name in live for name in wanted)
        and all(one.is_installed or fits(one.manifest.game_version, GAME) for one in chosen.values())
        and all(is_satisfied(one, live) for one in live.values())
        and not any(problem.kind == "cycle" for problem in load_order(live).problems)
    )


def has_answer(world: Mapping[str, list[Candidate]], wanted: list[str]) -> bool:
    choices = [[*world[name], *([] if name in wanted else [None])] for name in world]
    for picked in itertools.product(*choices):
        if is_right({one.manifest.id: one for one in picked if one is not None}, wanted):
            return True
    return False


@pytest.mark.parametrize("part", range(4))
def test_the_choice_is_right_and_there_is_one_if_there_can_be(part: int) -> None:
    chance = random.Random(part)
    found = 0
    for _ in range(WORLDS // 4):
        world, wanted = make_world(chance)
        try:
            chosen = Choosing(world, wanted, newest=wanted[:1], game_version=GAME).run()
        except ModOrderError as error:
            assert not has_answer(world, wanted), (world, wanted)
            assert str(error)
        else:
            assert is_right(chosen, wanted), (world, wanted, chosen)
            found += 1
    assert 0.1 < found / (WORLDS // 4) < 0.9  # both kinds are tried


def test_a_tangle_ends_within_its_budget() -> None:
    """30 ids with 6 versions that exclude equal versions, and pigeons that do not fit into their holes."""
    names = [f"mod{number}" for number in range(30)]
    world = {
        name: [
            Candidate(mod(name, str(number), incompatible={o: f"=={number}" for o in names if o != name}), False)
            for number in range(1, 7)
        ]
        for name in names
    }
    with pytest.raises((ModOrderError, BudgetError)):
        Choosing(world, names, limits=Limits(steps=200_000)).run()


def test_the_mods_that_do_not_fit_are_found_with_few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = Choosing._solve
    monkeypatch.setattr(Choosing, "_solve", lambda self, wanted: asked.append(1) or real(self, wanted))  # type: ignore[func-returns-value]
    names = [f"mod{number}" for number in range(200)]
    world = {name: [Candidate(mod(name, "1"), True)] for name in names}
    world["lib"] = [Candidate(mod("lib", version), False) for version in ("1", "2")]
    world["mod150"] = [Candidate(mod("mod150", "1", requires={"lib": "<2"}), True)]
    world["winter"] = [Candidate(mod("winter", "1", requires={"lib": ">=2"}), False)]
    choosing = Choosing(world, ["winter", *names])
    with pytest.raises(ModOrderError, match="winter cannot be installed together with mod150;"):
        choosing.run()
    assert choosing.core == ["winter", "mod150"]
    assert len(asked) < 30
