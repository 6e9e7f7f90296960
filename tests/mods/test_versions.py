"""Versions in SemVer's form, and ranges in the styles of others."""

from __future__ import annotations

import copy
import itertools
import pickle
import random
import re
from pathlib import Path

import pytest

from tests.mods.making import add, decide, mod
from vfsloader import ModManager
from vfsloader.mods.solve.versions import fits, parse_constraint, read_version

#: In the order of the specification, with the identifiers of tools in use.
ORDER = [
    "0.9", "1.0.0-0.3.7", "1.0.0-1a", "1.0.0-SNAPSHOT", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.1.2",
    "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-alpha.beta", "1.0.0-alphax", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-beta.x.7.z.92", "1.0.0-nightly.20240501", "1.0.0-rc.1", "1.0.0-rc.1.3", "1.0.0-rc.2", "1.0.0-x-y-z.4",
    "1.0.0", "1.0.1-SNAPSHOT", "1.0.1",
]  # fmt: skip


def test_the_order_is_that_of_semver() -> None:
    versions = [read_version(text) for text in ORDER]
    for one, other in itertools.combinations(range(len(ORDER)), 2):
        assert versions[one] < versions[other], (ORDER[one], ORDER[other])
        assert versions[other] > versions[one]
        assert versions[one] != versions[other]
    shuffled = random.Random(1).sample(versions, len(versions))
    assert sorted(shuffled) == versions


@pytest.mark.parametrize(
    "text", ["1.0-SNAPSHOT", "1.2.3-alpha.1+build", "1.0.0+21AF26D3---117B344092BD", "1.0.0-x+y-z"]
)
def test_a_version_is_kept_and_shown_as_it_was_written(text: str) -> None:
    version = read_version(text)
    assert str(version).lower().startswith(text[:3])
    assert len(str(version)) <= len(text)
    for same in (pickle.loads(pickle.dumps(version)), copy.deepcopy(version), read_version(str(version))):
        assert (same == version, hash(same) == hash(version), str(same)) == (True, True, str(version))


@pytest.mark.parametrize(
    ("constraint", "version", "does"),
    [
        (">=1.0-SNAPSHOT,<2", "1.0-SNAPSHOT", True),
        (">=1.0-SNAPSHOT,<2", "1.0", True),
        (">=1.0-SNAPSHOT", "0.9", False),
        (">=1.0", "1.0-SNAPSHOT", False),
        ("<1.0.0-alpha.beta", "1.0.0-alpha.1", True),
        ("==1.0-SNAPSHOT", "1.0-SNAPSHOT", True),
        ("==1.0-SNAPSHOT", "1.0-OTHER", False),
        ("*", "1.0-SNAPSHOT", True),
        (">=1.2.3-alpha.1", "1.2.3-alpha.1+build", True),
    ],
)
def test_constraints_count_such_versions(constraint: str, version: str, does: bool) -> None:
    assert fits(parse_constraint(constraint), read_version(version)) is does
    assert "dev" not in str(parse_constraint(constraint))


def test_mods_with_such_versions_are_chosen_and_named(tmp_path: Path) -> None:
    assert decide(mod("lib", "1.0-SNAPSHOT"), mod("uses", requires={"lib": ">=1.0-SNAPSHOT"})).order == ("lib", "uses")
    add(tmp_path, "lib", version="1.0-SNAPSHOT")
    add(tmp_path, "uses", requires={"lib": ">=1.0"})
    manager = ModManager(tmp_path)
    (problem,) = manager.problems
    assert (problem.kind, "1.0-SNAPSHOT" in problem.why) == ("version", True)
    manager.export_profile(tmp_path / "p.json")
    assert [(found.mod, found.kind) for found in manager.import_profile(tmp_path / "p.json")] == [("uses", "extra")]


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^1.2.x", ">=1.2,<2"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~> 1.2", ">=1.2,<1.3"),
        ("1.x", ">=1,<2"),
        ("1.2.*", ">=1.2,<1.3"),
        (">=1.2 <2", ">=1.2,<2"),
        (">= 1.2.0 < 2.0.0", ">=1.2.0,<2.0.0"),
        (">=1.2.0- <1.3.0-", ">=1.2.0,<1.3.0"),
        ("=1.2.3", "==1.2.3"),
        ("1.2.3 - 2.3.4", ">=1.2.3,<=2.3.4"),
        ("1.2 - 2.3", ">=1.2,<2.4"),
        ("^1.2.3-beta.2", ">=1.2.3-beta.2,<2"),
        ("[1.0,2.0)", ">=1.0,<2.0"),
        ("(,2.0]", "<=2.0"),
        ("[1.5]", "==1.5"),
    ],
)
def test_a_range_in_another_style_is_answered_with_ours(text: str, ours: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'"{ours}"')):
        parse_constraint(text)
    parse_constraint(ours)


def test_alternatives_are_answered_with_each() -> None:
    with pytest.raises(ValueError, match=r'">=1,<2" or ">=3,<4"'):
        parse_constraint("1.x || 3.x")


@pytest.mark.parametrize("text", ["^", "~x", "1.2 beta", ">>1", "||", "^1.2.3 nonsense", "[1.0,2.0", "new"])
def test_what_is_not_a_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="version constraint"):
        parse_constraint(text)


def test_long_text_costs_little() -> None:
    for text in ("1-" + "a." * 99, "^" * 199, "1." * 99 + "x", "1.0-" + "9" * 150, " " * 199, "1 - " * 49):
        for parse in (read_version, parse_constraint):
            try:
                parse(text)  # type: ignore[operator]
            except ValueError as error:
                assert len(str(error)) < 500
