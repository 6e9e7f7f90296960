"""Data that mods change: patches, who wrote what, and who overwrote whom."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader import ResourceManager, Store
from vfsloader.mods.merge import Conflict, Refusal, Step, merge, merge_patch
from vfsloader.mods.patching import GuardError, PatchError, apply_patch


@pytest.mark.parametrize(
    ("data", "operations", "result"),
    [  # after the examples of RFC 6902, appendix A
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
        ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
        ({"a": {"b": 1}, "c": {}}, [{"op": "move", "from": "/a/b", "path": "/c/d"}], {"a": {}, "c": {"d": 1}}),
        ({"foo": ["all", "grass"]}, [{"op": "move", "from": "/foo/1", "path": "/foo/0"}], {"foo": ["grass", "all"]}),
        ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
        ({"foo": 1}, [{"op": "add", "path": "/child", "value": {"x": {}}, "xyz": 1}], {"foo": 1, "child": {"x": {}}}),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
        ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
        ({"a": None}, [{"op": "test", "path": "/a", "value": None}], {"a": None}),
        ({"i": [{"id": "x"}, {"id": "y"}]}, [{"op": "remove", "path": "/i/[id=x]"}], {"i": [{"id": "y"}]}),
        ({"i": [{"n": 1}]}, [{"op": "add", "path": "/i/[n=1]/z", "value": 2}], {"i": [{"n": 1, "z": 2}]}),
    ],
)  # fmt: skip
def test_operations(data: Any, operations: list[Any], result: Any) -> None:
    before = copy.deepcopy(data)
    assert apply_patch(data, operations) == result
    assert data == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "remove", "path": "/nope"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "/nope", "value": 1},
        {"op": "add", "path": "/list/9", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/list/[id=none]", "value": 1},
        {"op": "add", "path": "no-slash", "value": 1},
        {"op": "add", "path": "/x"},
        {"op": "move", "from": "/list", "path": "/list/0"},
        {"op": "fly", "path": "/a"},
        {"path": "/a"},
        {"op": "test", "path": "/one", "value": True},
        "add",
    ],
)
def test_what_does_not_fit_is_refused_whole(operation: Any) -> None:
    data = {"a": "text", "list": [1, 2], "one": 1}
    before = copy.deepcopy(data)
    with pytest.raises(PatchError):
        apply_patch(data, [{"op": "add", "path": "/list/-", "value": 3}, operation])
    assert data == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_replacing_the_whole_and_testing_it(one: Any, other: Any) -> None:
    assert (
        apply_patch(one, [{"op": "replace", "path": "", "value": other}, {"op": "test", "path": "", "value": other}])
        == other
    )


@given(JSON, JSON)
def test_a_merge_is_what_it_says_and_twice_is_once(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


def test_who_wrote_what_and_who_overwrote_whom() -> None:
    found = merge(
        [
            Step("base", "whole", {"sword": {"damage": 3, "price": 10}, "bow": [1, 2]}),
            Step("one", "merge", {"sword": {"damage": 4}, "axe": {"damage": 1}}),
            Step("two", "patch", [{"op": "replace", "path": "/sword/damage", "value": 5}]),
            Step("three", "merge", {"axe": {"damage": 1}}),
        ]
    )
    assert found.data == {"sword": {"damage": 5, "price": 10}, "bow": [1, 2], "axe": {"damage": 1}}
    assert found.sources == {
        "/axe/damage": "one", "/bow/0": "base", "/bow/1": "base", "/sword/damage": "two", "/sword/price": "base",
    }  # fmt: skip
    assert found.conflicts == (Conflict("/sword/damage", ("one", "two")),)
    assert found.refusals == ()


def test_each_list_is_applied_or_not_and_the_others_still_are() -> None:
    guarded = [{"op": "test", "path": "/version", "value": 2}, {"op": "add", "path": "/new", "value": 1}]
    plain = [{"op": "add", "path": "/other", "value": 1}]
    found = merge([Step("base", "whole", {"version": 1}), Step("mod", "patch", [guarded, plain])])
    assert found.data == {"version": 1, "other": 1}
    assert found.refusals == (Refusal("mod", "/version is not 2"),)
    assert issubclass(GuardError, PatchError)
    assert merge([Step("base", "whole", {}), Step("mod", "patch", {"op": "add"})]).refusals[0].layer == "mod"


def test_a_game_reads_all_of_it() -> None:
    layers = [Store(name=name) for name in ("base", "low", "mid", "top")]
    for layer, files in zip(
        layers,
        (
            {"/d.json": '{"a": 1}', "/t.toml": "x = 1"},
            {"/d.json.merge": '{"lost": true}'},
            {"/d.json": '{"a": 2, "list": [{"id": "x"}]}', "/d.json.merge": '{"b": 3}', "/t.toml.merge": "y = 2"},
            {"/d.json.patch": '[{"op": "add", "path": "/list/[id=x]/n", "value": 1}]',
             "/t.toml.patch": '[{"op": "remove", "path": "/x"}]'},
        ),
        strict=True,
    ):  # fmt: skip
        for path, text in files.items():
            layer.write(path, text.encode())
    with ResourceManager(layers[0], dlc=layers[1:], watch=False) as game:
        report = game.merge_report("/d.json")
        assert report.data == game.read_merged("/d.json") == {"a": 2, "list": [{"id": "x", "n": 1}], "b": 3}
        assert report.shadowed == ("low",)
        assert report.sources["/list/0/n"] == "top"
        assert game.read_merged("/t.toml") == {"y": 2}
        layers[3].write("/d.json.patch", b'[{"op": "remove", "path": "/list"}]')
        assert [change.path for change in game.update()] == ["/d.json"]
        assert game.read_merged("/d.json") == {"a": 2, "b": 3}
