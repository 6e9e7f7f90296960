"""The JSON Schema of manifests gives the verdicts of our parser, as far as a schema can express them."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validators

from vfsloader.errors import ManifestError
from vfsloader.mods.metadata.manifest import parse_manifest
from vfsloader.mods.metadata.manifest_schema import manifest_schema, options_schema
from vfsloader.mods.options import parse_options

VERSIONS = ["1", "1.2.0", "2.0rc1", "1.0.0-beta.2"]
RANGES = ["*", ">=1", ">=1.0,<2", "==1.2.0"]
GOOD_IDS, BAD_IDS = ["ab", "winter", "a-b_c9", "x" * 64], ["", "a", "A", "9a", "ä", "x" * 65, "a b", "ab\n"]
BAD = [None, 3, -1, 2.5, True, "", "x", [], {}, [1], {"a": 1}, ["x", 1]]
SCALARS = ["winter", 3, 2.5, True, False, ""]


def ecma_pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Match as JSON Schema says, where ``$`` is the end; Python's also matches before a last line break."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError("does not match")


CHECKER = validators.extend(Draft202012Validator, {"pattern": ecma_pattern})(manifest_schema())


class Maker:
    """Makes manifests, right and wrong; versions are always right, as no schema can say which are."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def maybe_bad(self, value: Any, bad: list[Any] | None = None, share: float = 0.04) -> Any:
        return self.random.choice(BAD if bad is None else bad) if self.random.random() < share else value

    def some(self, keys: dict[str, Any], share: float = 0.4) -> dict[str, Any]:
        return {key: made for key, make in keys.items() if self.random.random() < share for made in [make()]}

    def text(self, most: int) -> Any:
        return self.maybe_bad("x" * self.random.choice([0, 1, 5, most]), [3, None, [], "x" * (most + 1)])

    def manifest(self) -> dict[str, Any]:
        choice = self.random.choice

        def rules(values: list[str], first: str) -> Callable[[], Any]:
            bad = [3, [], "x", {"A": "*"}, {"": "*"}, {"x" * 65: "*"}, {str(number): "*" for number in range(1001)}]
            return lambda: self.maybe_bad(
                {f"{first}{i}": self.maybe_bad(choice(values), [3, None, []]) for i in range(choice([0, 1, 3]))}, bad
            )

        def ids(first: str) -> Callable[[], Any]:
            bad = [3, ["A"], [3], ["a" * 65], {}, [""]]
            return lambda: self.maybe_bad([f"{first}{i}" for i in range(choice([0, 2]))], bad)

        made: dict[str, Any] = {
            "id": self.maybe_bad(choice(GOOD_IDS), [*BAD_IDS, 3, None]),
            "name": self.text(200),
            "version": self.maybe_bad(choice(VERSIONS), [3, None, []]),
        }
        for key in ("id", "name", "version"):
            if self.random.random() < 0.01:
                del made[key]
        made |= self.some(
            {
                "schema": lambda: self.maybe_bad(choice([1, 0, -3]), [2, "1", True, None, 99]),
                "kind": lambda: self.maybe_bad(choice(["base", "dlc", "mod", "language"])),
                "description": lambda: self.text(10_000),
                "authors": lambda: self.maybe_bad([self.text(200)] * choice([0, 2]), [3, "x", [3], ["x"] * 1001]),
                "game_version": lambda: self.maybe_bad(choice(RANGES), [3, None, {}]),
                "provides": rules(VERSIONS, "p"),
                "requires": rules(RANGES, "r"),
                "recommends": rules(RANGES, "c"),
                "incompatible": rules(RANGES, "i"),
                "icon": lambda: self.maybe_bad("icon.png", [3, None, "x" * 501]),
                "order": lambda: self.maybe_bad(
                    self.some({"after": ids("f"), "before": ids("b"), "group": lambda: self.maybe_bad("late")}),
                    [3, [], {"aftr": []}],
                ),
                "files": lambda: self.maybe_bad(
                    self.some(
                        {
                            "root": lambda: self.maybe_bad("assets", [3, None, []]),
                            "mount": lambda: self.maybe_bad("/", [3, None, []]),
                            "remove": lambda: self.maybe_bad(["/a/*"], [["a"], [3], "x", ["/"] * 501, ["/" * 501]]),
                        }
                    ),
                    [3, [], {"roots": "x"}],
                ),
                "custom": lambda: self.maybe_bad({"anything": [1, {}]}, [3, [], "x", None]),
                "language": lambda: self.maybe_bad(choice(["en", "pt-BR"]), ["e", "english!", 3, "", "en\n"]),
                "website": lambda: self.text(200),
                "license": lambda: self.text(200),
                "tags": lambda: self.maybe_bad([self.text(50)], [["x"] * 51, "x", [3]]),
                "options": lambda: self.maybe_bad(self.options(), [3, [], {"9": {"type": "bool"}}, {"a": 3}]),
                "part": lambda: self.maybe_bad([self.part() for _ in range(choice([0, 1, 2]))], [3, {}, [3]]),
                "saves": lambda: self.maybe_bad({"needs": True}, [3, [], {"need": True}, {"needs": 1}]),
                "sharing": lambda: self.maybe_bad(
                    self.some({"binding": lambda: self.maybe_bad("cosmetic"), "redistribute": lambda: self.flag()}),
                    [3, {"bind": "x"}],
                ),
            },
            0.25,
        )
        if self.random.random() < 0.01:
            made["nmae"] = "x"
        return made

    def flag(self) -> Any:
        return self.maybe_bad(True, ["x", 1, None])

    def part(self) -> dict[str, Any]:
        keys = {
            "mount": lambda: self.maybe_bad("/x", [3, None]),
            "name": lambda: self.maybe_bad("Snow", [3]),
            "when": self.condition,
        }
        made = {"root": self.maybe_bad("deep", [3, "", None]), **self.some(keys)}
        return made if self.random.random() > 0.02 else {"when": {}}

    def condition(self) -> Any:
        choice = self.random.choice

        def scalars() -> Any:
            return self.maybe_bad(
                choice([choice(SCALARS), [choice(SCALARS)]]), [None, {}, [], [None], [[]], ["x"] * 201]
            )

        keys = {
            "game_version": lambda: self.maybe_bad(choice(RANGES), [3, None]),
            "mods": lambda: self.maybe_bad({"snow": choice(RANGES)}, [3, {"snow": 3}, []]),
            "option": lambda: self.maybe_bad({"depth": scalars()}, [3, []]),
            "language": scalars,
            "season": scalars,
        }
        return self.maybe_bad(self.some(keys), [3, [], "x", {str(number): 1 for number in range(51)}])

    def options(self) -> dict[str, Any]:
        choice = self.random.choice
        return {name: self.option(choice(["bool", "int", "float", "choice", "text", "color", "key"])) for name in "ab"}

    def option(self, kind: str) -> dict[str, Any]:
        number = {
            "default": lambda: self.maybe_bad(self.random.choice([3, 4.0]), ["x", True, [], 2**53 + 2]),
            "min": lambda: self.maybe_bad(1, ["x", True, [], -(2**53) - 2]),
            "max": lambda: self.maybe_bad(9.5, ["x", True, []]),
            "step": lambda: self.maybe_bad(1, ["x", 0, -1, True]),
        }
        if kind == "float":
            number["default"] = lambda: self.maybe_bad(3.5, ["x", True, []])
        choices = self.maybe_bad(["a", 3, True], [[], 3, "x", [[]], [None], ["x"] * 201])
        if self.random.random() < 0.3:
            choices = self.maybe_bad({"a": "First", "b": "Second"}, [{}, {"a": 3}, {"a": "x" * 201}])
        by_kind: dict[str, dict[str, Any]] = {
            "bool": {"default": lambda: self.maybe_bad(False, ["x", 0, []])},
            "int": number,
            "float": number,
            "choice": {},
            "text": {
                "default": lambda: self.maybe_bad("x", [3, [], "x" * 10_001]),
                "max_length": lambda: self.maybe_bad(20, [0, -1, 2.5, True, "x", 10_001]),
            },
            "color": {"default": lambda: self.maybe_bad("#ffcc00", ["red", "#fff", 3, "#ffcc00\n"])},
            "key": {"default": lambda: self.maybe_bad("Ctrl+S", ["", "a b c d", 3])},
        }
        made = self.some(by_kind[kind], 0.5)
        made |= self.some(
            {
                "label": lambda: self.text(200),
                "help": lambda: self.text(2000),
                "group": lambda: self.text(200),
            },
            0.3,
        )
        made["type"] = self.maybe_bad(kind, ["boolean", 3, None], 0.02)
        if kind == "choice" and self.random.random() < 0.97:
            made["choices"] = choices
        if self.random.random() < 0.02:
            made[self.random.choice(["mim", "choices", "max_length", "step"])] = 1
        return made


def verdict(manifest: dict[str, Any]) -> str:
    try:
        parse_manifest(manifest, "mod.toml")
    except ManifestError as error:
        return str(error)
    return ""


def test_ten_thousand_manifests_get_the_same_verdict_from_the_schema_and_the_parser() -> None:
    seen: Counter[bool] = Counter()
    for seed in range(10_000):
        manifest = Maker(seed).manifest()
        why_not = verdict(manifest)
        faults = [error.json_path for error in CHECKER.iter_errors(manifest)]
        assert bool(faults) == bool(why_not), (seed, why_not, faults)
        seen[bool(faults)] += 1
    assert min(seen.values()) > 2500  # neither verdict is rare


@pytest.mark.parametrize(
    "manifest",
    [
        {"id": "winter", "name": "W", "version": "one"},
        {"id": "winter", "name": "W", "version": "1", "requires": {"snow": "1.0 or so"}},
        {"id": "winter", "name": "W", "version": "1", "requires": {"winter": "*"}},
        {"id": "winter", "name": "W", "version": "1", "requires": {"a": "*"}, "incompatible": {"a": "*"}},
        {"id": "winter", "name": "W", "version": "1", "options": {"a": {"type": "int", "min": 3, "max": 1}}},
        {"id": "winter", "name": "W", "version": "1", "options": {"a": {"type": "int", "default": 0, "min": 3}}},
        {"id": "winter", "name": "W", "version": "1", "files": {"root": "../../x"}},
        {"id": "winter", "name": "W", "version": "1", "part": [{"root": "/"}]},
    ],
)
def test_what_only_the_parser_can_know_is_listed_in_the_documentation(manifest: dict[str, Any]) -> None:
    assert verdict(manifest)
    assert CHECKER.is_valid(manifest)


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(manifest_schema())


def test_the_schema_of_options_takes_what_the_options_take() -> None:
    known = parse_options(
        {"snow": {"type": "bool"}, "depth": {"type": "int", "min": 1, "max": 9}, "tint": {"type": "color"}}
    )
    checker = Draft202012Validator(options_schema(known))
    assert checker.is_valid({"snow": True, "depth": 3, "tint": "#ffcc00"})
    for wrong in ({"snow": 1}, {"depth": 10}, {"tint": "red"}, {"snw": True}):
        assert not checker.is_valid(wrong)
