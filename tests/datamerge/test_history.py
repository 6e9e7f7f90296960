"""Who changed which value, also where the entries of lists move."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader.datamerge import Step
from vfsloader.datamerge.merge import ABSENT, merge

ITEMS = {"items": [{"id": "sword", "damage": 3}, {"id": "bow", "damage": 2}, {"id": "axe", "damage": 4}], "open": True}


def patch(layer: str, *operations: dict[str, Any]) -> Step:
    return Step(layer, "patch", list(operations))


def replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def changes(*steps: Step) -> list[tuple[str, str, Any, Any, bool]]:
    return [tuple(change) for change in merge([Step("base", "whole", copy.deepcopy(ITEMS)), *steps]).changes]  # type: ignore[misc]


def test_each_layer_has_its_changes_with_old_and_new_values() -> None:
    assert changes(
        patch("one", replace("/items/0/damage", 5), {"op": "remove", "path": "/open"}),
        Step("two", "merge", {"new": {"a": 1}}),
        patch("three", replace("/items/0/damage", 9)),
    ) == [
        ("one", "/items/0/damage", 3, 5, False),
        ("three", "/items/0/damage", 5, 9, True),
        ("two", "/new/a", ABSENT, 1, True),
        ("one", "/open", True, ABSENT, True),
    ]


def test_an_entry_that_is_added_before_others_changes_none_of_them() -> None:
    first = {"op": "add", "path": "/items/0", "value": {"id": "club", "damage": 1}}
    merged = merge(
        [
            Step("base", "whole", copy.deepcopy(ITEMS)),
            patch("one", replace("/items/[id=axe]/damage", 7)),
            patch("two", first),
            patch("three", {"op": "remove", "path": "/items/[id=sword]"}),
        ]
    )
    assert merged.conflicts == ()
    assert merged.sources["/items/2/damage"] == "one"
    assert merged.sources["/items/0/damage"] == "two"
    assert merged.sources["/items/1/damage"] == "base"
    assert {(change.layer, change.pointer) for change in merged.changes} == {
        ("one", "/items/2/damage"),
        ("two", "/items/0/id"),
        ("two", "/items/0/damage"),
        ("three", "/items/1/id"),
        ("three", "/items/1/damage"),
    }


def test_a_value_that_moved_is_still_the_same_value() -> None:
    merged = merge(
        [
            Step("base", "whole", copy.deepcopy(ITEMS)),
            patch("one", replace("/items/2/damage", 7)),
            patch("two", {"op": "move", "from": "/items/2", "path": "/items/0"}),
            patch("three", replace("/items/0/damage", 8)),
        ]
    )
    (conflict,) = merged.conflicts
    assert (conflict.pointer, conflict.layers, conflict.values) == ("/items/0/damage", ("one", "three"), (7, 8))


def test_a_whole_file_with_other_entries_is_compared_by_their_ids() -> None:
    longer = {**ITEMS, "items": [{"id": "club", "damage": 1}, *ITEMS["items"]]}  # type: ignore[misc]
    longer = copy.deepcopy(longer)
    longer["items"][2]["damage"] = 20  # type: ignore[index]
    assert changes(Step("mod", "whole", longer)) == [
        ("mod", "/items/0/damage", ABSENT, 1, True),
        ("mod", "/items/0/id", ABSENT, "club", True),
        ("mod", "/items/2/damage", 2, 20, True),
    ]


@pytest.mark.parametrize("end", [[], ["x"], ["b", "a"], ["a", "a", "b"], ["z", "a", "b", "c"], [1, "a", {"b": 2}]])
def test_lists_of_values(end: list[Any]) -> None:
    merged = merge([Step("base", "whole", {"l": ["a", "b"]}), Step("mod", "merge", {"l": end})])
    assert merged.data == {"l": end}
    gone = {change.before for change in merged.changes if change.after is ABSENT}
    assert gone <= {"a", "b"}


def test_two_that_add_to_an_empty_list_do_not_conflict() -> None:
    steps = [patch(layer, {"op": "add", "path": "/l/-", "value": layer}) for layer in ("one", "two")]
    merged = merge([Step("base", "whole", {"l": []}), *steps])
    assert merged.conflicts == ()
    assert [(change.layer, change.pointer) for change in merged.changes] == [("one", "/l/0"), ("two", "/l/1")]


def test_two_that_set_the_same_do_not_conflict() -> None:
    steps = [Step(layer, "merge", {"open": False}) for layer in ("one", "two")]
    assert merge([Step("base", "whole", ITEMS), *steps]).conflicts == ()


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "id"]), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(values, min_size=2, max_size=5))
def test_the_changes_lead_from_the_first_to_the_last(documents: list[Any]) -> None:
    from vfsloader.datamerge.json_pointer import leaves

    steps = [Step(f"layer{index}", "whole", document) for index, document in enumerate(documents)]
    merged = merge(steps)
    after = dict(leaves(merged.data))
    assert set(merged.sources) == set(after)
    for change in merged.changes:
        if change.is_used and change.after is not ABSENT and change.after not in ([], {}):
            assert after[change.pointer] == change.after
        assert change.layer != "layer0"
