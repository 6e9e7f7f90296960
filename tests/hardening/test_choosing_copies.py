"""Choosing among copies of mods: right where it can be checked by trying everything, and bounded where it cannot."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from tests.mods.making import mod
from vfsloader.errors import BudgetError
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.candidates import choose
from vfsloader.mods.solve.resolve import resolve
from vfsloader.mods.solve.solver import Solver
from vfsloader.runtime.budget import Budget, Limits

COUNT = 6
CLAUSES = st.lists(
    st.lists(
        st.integers(1, COUNT).flatmap(lambda number: st.sampled_from([number, -number, -number])),
        min_size=1,
        max_size=4,
    ),
    max_size=25,
)


def holds(clause: list[int], chosen: set[int]) -> bool:
    return any((abs(literal) in chosen) == (literal > 0) for literal in clause)


def best(clauses: list[list[int]], assumed: list[int]) -> list[int] | None:
    """Try everything, the preferred choice first."""
    for values in itertools.product([True, False], repeat=COUNT):
        chosen = {number for number, is_chosen in enumerate(values, 1) if is_chosen}
        if all(holds(clause, chosen) for clause in (*clauses, *([literal] for literal in assumed))):
            return sorted(chosen)
    return None


@given(CLAUSES, CLAUSES, st.lists(st.lists(st.integers(1, COUNT), max_size=3, unique=True), max_size=4))
def test_the_solver_finds_what_trying_everything_finds(
    clauses: list[list[int]], later: list[list[int]], questions: list[list[int]]
) -> None:
    solver = Solver(COUNT, COUNT, Budget("a test"))
    known: list[list[int]] = []
    for batch in (clauses, later):
        for clause in batch:
            solver.add(clause)
        known += batch
        for assumed in questions:
            assert solver.solve(assumed) == best(known, assumed)


def test_the_solver_stops_when_its_budget_ends() -> None:
    holes = 9  # ten pigeons do not fit into nine holes, which takes any such solver very long to find out
    solver = Solver(10 * holes, 10 * holes, Budget("a test", Limits(steps=20_000)))
    with pytest.raises(BudgetError):
        for pigeon in range(10):
            solver.add([pigeon * holes + hole + 1 for hole in range(holes)])
        for hole in range(holes):
            for one, other in itertools.combinations(range(10), 2):
                solver.add([-(one * holes + hole + 1), -(other * holes + hole + 1)])
        solver.solve([])


def excluding(ids: int, copies: int) -> dict[str, list[Manifest]]:
    """Make mods whose copies of one version exclude each other."""
    names = [f"m{n}" for n in range(ids)]
    return {
        name: [
            mod(name, str(version), incompatible={other: f"=={version}" for other in names if other != name})
            for version in range(copies, 0, -1)
        ]
        for name in names
    }


_RESOLVE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from tests.hardening.test_choosing_copies import SETS
from vfsloader.mods.solve.resolve import resolve
print(len(resolve(SETS[sys.argv[1]]()).order))
"""
SETS = {
    "30 ids with 6 copies that exclude one another": lambda: excluding(30, 6),
    "9 ids with 8 copies": lambda: excluding(9, 8),
    "40 ids with 20 copies": lambda: excluding(40, 20),
    "a chain with copies": lambda: {
        f"m{n}": [mod(f"m{n}", str(v), requires={f"m{n + 1}": f"!={v}"}) for v in (3, 2, 1)] for n in range(150)
    },
    "a mod with 300 copies": lambda: {
        "many": [mod("many", str(v)) for v in range(300, 0, -1)], "user": [mod("user", requires={"many": "<2"})]
    },
    "circles of all copies": lambda: {
        f"m{n}": [mod(f"m{n}", str(v), requires={f"m{(n + 1) % 8}": "*"}) for v in (4, 3, 2, 1)] for n in range(8)
    },
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot limit the CPU time of a process")
@pytest.mark.parametrize("case", SETS)
def test_choosing_ends(case: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _RESOLVE, case], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().isdigit()


def test_when_the_budget_ends_the_newest_that_fits_the_game_is_used() -> None:
    copies = {
        "lib": [mod("lib", "3", game_version=">=2"), mod("lib", "2"), mod("lib", "1")],
        "hud": [mod("hud", requires={"lib": "<2"})],
    }
    assert choose(copies, copies, game_version=Version("1")).copy_index == {"lib": 2, "hud": 0}
    choice = choose(copies, copies, game_version=Version("1"), limits=Limits(steps=3))
    assert choice.copy_index == {"lib": 1, "hud": 0}
    assert choice.untried == ("lib",)


def test_a_player_learns_that_not_everything_was_tried() -> None:
    copies = excluding(30, 6)
    resolution = resolve(copies)
    assert (len(resolution.order), {problem.kind for problem in resolution.problems}) == (6, {"copies"})
    resolution = resolve(copies, limits=Limits(steps=100_000))
    assert resolution.order == ("m0",)
    (untried,) = [problem for problem in resolution.problems if problem.kind == "untried"]
    assert untried.is_warning
    assert set(untried.chain) == set(copies)
