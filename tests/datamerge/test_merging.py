"""Data that mods change: patches, who wrote what, and who overwrote whom."""

from __future__ import annotations

import copy
import errno
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader import ResourceManager, Store
from vfsloader.datamerge import formats
from vfsloader.datamerge.formats import DataKind, merge_patch, register_data_kind, table_kind
from vfsloader.datamerge.gather import read_all, read_parts
from vfsloader.datamerge.json_patch import GuardError, PatchError, apply_patch
from vfsloader.datamerge.merge import Conflict, Merged, Refusal, Role, Step, merge
from vfsloader.errors import AccessDeniedError, PathNotFoundError
from vfsloader.layers.protocol import Entry
from vfsloader.layers.union import Mount, Union


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
def test_a_list_that_does_not_fit_is_refused_whole(operation: Any) -> None:
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
def test_replacing_the_whole_and_testing_it(data: Any, other: Any) -> None:
    assert (
        apply_patch(data, [{"op": "replace", "path": "", "value": other}, {"op": "test", "path": "", "value": other}])
        == other
    )


@given(JSON, JSON)
def test_merging_twice_is_merging_once(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


def test_who_wrote_what_and_who_overwrote_whom() -> None:
    merged = merge(
        [
            Step("base", "whole", {"sword": {"damage": 3, "price": 10}, "bow": [1, 2]}),
            Step("one", "merge", {"sword": {"damage": 4}, "axe": {"damage": 1}}),
            Step("two", "patch", [{"op": "replace", "path": "/sword/damage", "value": 5}]),
            Step("three", "merge", {"axe": {"damage": 1}}),
        ]
    )
    assert merged.data == {"sword": {"damage": 5, "price": 10}, "bow": [1, 2], "axe": {"damage": 1}}
    assert merged.sources == {
        "/axe/damage": "one", "/bow/0": "base", "/bow/1": "base", "/sword/damage": "two", "/sword/price": "base",
    }  # fmt: skip
    assert merged.conflicts == (Conflict("/sword/damage", ("one", "two")),)
    assert merged.refusals == ()


def test_each_list_of_operations_is_all_or_nothing() -> None:
    guarded = [{"op": "test", "path": "/version", "value": 2}, {"op": "add", "path": "/new", "value": 1}]
    plain = [{"op": "add", "path": "/other", "value": 1}]
    merged = merge([Step("base", "whole", {"version": 1}), Step("mod", "patch", [guarded, plain])])
    assert merged.data == {"version": 1, "other": 1}
    assert merged.refusals == (Refusal("mod", "/version is not 2"),)
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


def test_tables_are_merged_by_their_key() -> None:
    kind = table_kind("/**/*.csv")
    items = kind.parse(b'\xef\xbb\xbfid,name,price\nsword,Sword,10\n-5,Minus five,1\nbow,"Bow, long",8\n')
    change = kind.parse(b"id,price,range\nbow,9,\naxe,4,1\n-sword,,\n-5,2,\n-gone,,\n")
    merged = merge([Step("base", "whole", items), Step("mod", "merge", change)], kind)
    assert kind.result(merged.data) == [
        {"id": "-5", "name": "Minus five", "price": "2", "range": ""},
        {"id": "bow", "name": "Bow, long", "price": "9", "range": ""},
        {"id": "axe", "name": "", "price": "4", "range": "1"},
    ]
    assert {pointer: by for pointer, by in merged.sources.items() if pointer.startswith("/bow")} == {
        "/bow/id": "base", "/bow/name": "base", "/bow/price": "mod",
    }  # fmt: skip
    for wrong, reason in (
        (b"", "no header line"),
        (b"id,a\nx\n", "line 2 has 1 cells, not 2"),
        (b"id\nx\nx\n", "line 3: a second row has the key 'x'"),
        (b'id\n"x\n', "line 2: "),
        (b"id\n\xff\n", "utf-8"),
    ):
        with pytest.raises(ValueError, match=reason):
            kind.parse(wrong)
    with pytest.raises(ValueError, match="no column 'key'"):
        table_kind("/**/*.csv", key="key").parse(b"id\nx\n")
    assert table_kind("/*", key="b").parse(b"a,b\n1,x\n") == {"x": {"a": "1", "b": "x"}}


def test_a_game_reads_tables_lists_of_lines_and_what_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    base, mod = Store(name="base"), Store(name="mod")
    for layer, files in (
        (base, {"/items.csv": "id,price\nsword,3\n", "/names.txt": "Ann\nBob\n\n-x\n", "/best.json": "3"}),
        (mod, {"/items.csv.merge": "id,price\nsword,5\n", "/names.txt.merge": "-Bob\nCid\n+-y\n-nobody\n",
               "/best.json.merge": "2"}),
    ):  # fmt: skip
        for path, text in files.items():
            layer.write(path, text.encode())
    monkeypatch.setattr(formats, "DATA_KINDS", list(formats.DATA_KINDS))
    register_data_kind(DataKind("/best.json", json.loads, max))
    with ResourceManager(base, dlc=[mod], watch=False) as game:
        assert game.read_merged("/items.csv") == [{"id": "sword", "price": "5"}]
        assert game.merge_report("/items.csv").sources == {"/sword/id": "base", "/sword/price": "mod"}
        assert game.read_merged("/names.txt") == ["Ann", "-x", "Cid", "-y"]
        assert game.read_merged("/best.json") == 3


def test_a_mods_broken_file_affects_itself_only() -> None:
    base, low, high = (Store(name=name) for name in ("base", "low", "high"))
    base.write("/d.json", b'{"a": 1}')
    low.write("/d.json", b"{broken")
    low.write("/d.json.merge", b'{"b": 2}')
    high.write("/d.json.merge", b"[" * 100_000)
    high.write("/d.json.patch", b'{"op": "add"}')
    with ResourceManager(base, dlc=[low, high], watch=False) as game:
        report = game.merge_report("/d.json")
        assert report.data == {"a": 1, "b": 2}
        assert [refusal.layer for refusal in report.refusals] == ["high", "low", "high"]
        assert game.update() == []
        base.write("/d.json", b"")
        low.write("/d.json", b"")
        assert [(change.kind, change.path) for change in game.update()] == [("failed", "/d.json")]
        assert game.update() == []
        base.write("/d.json", b"{}")
        change = game.update()[0]
        assert change.kind == "changed"
        assert change.error is not None
        assert "/d.json.merge in high cannot be read" in change.error
        assert game.read_merged("/d.json") == {"b": 2}


@pytest.mark.parametrize("role", ["merge", "patch"])
def test_a_change_that_is_nested_too_deeply_affects_itself_only(role: Role) -> None:
    data: Any = 1
    for _ in range(5_000):
        data = {"a": data}
    change = data if role == "merge" else [{"op": "add", "path": "/a", "value": data}]
    merged = merge([Step("base", "whole", {"b": 1}), Step("mod", role, change), Step("other", "merge", {"c": 1})])
    assert merged.data == {"b": 1, "c": 1}
    assert [refusal.layer for refusal in merged.refusals] == ["mod"]


def test_a_whole_file_may_be_nested_more_deeply_than_the_stack() -> None:
    data: Any = 1
    for _ in range(5_000):
        data = [data]
    assert merge([Step("base", "whole", data)]).sources == {"/0" * 5_000: "base"}


class VanishingStore(Store):
    """A store some of whose files are removed between being merged and being read."""

    def __init__(self, name: str, *vanishing: str) -> None:
        super().__init__(name=name)
        self.vanishing = set(vanishing)

    def read(self, entry: Entry) -> bytes:
        if entry.path in self.vanishing:
            self.vanishing.remove(entry.path)
            self.remove(entry.path)
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", f"/home/player/mods{entry.path}")
        return super().read(entry)


@pytest.mark.parametrize(
    ("vanishing", "expected"),
    [
        (["/d.json"], {"base": 1, "merge": 1, "patch": 1}),
        (["/d.json.merge"], {"mod": 1, "patch": 1}),
        (["/d.json.patch"], {"mod": 1, "merge": 1}),
        (["/d.json", "/d.json.merge", "/d.json.patch"], {"base": 1}),
    ],
)
@pytest.mark.parametrize(
    "read", [lambda union: read_parts(union, "/d.json")[0], lambda union: read_all(union, "/d.json")]
)
def test_a_file_that_vanishes_is_answered_from_what_is_there(
    read: Callable[[Union], Merged], vanishing: list[str], expected: dict[str, int]
) -> None:
    base, mod = Store(name="base"), VanishingStore("mod", *vanishing)
    base.write("/d.json", b'{"base": 1}')
    mod.write("/d.json", b'{"mod": 1}')
    mod.write("/d.json.merge", b'{"merge": 1}')
    mod.write("/d.json.patch", b'[{"op": "add", "path": "/patch", "value": 1}]')
    merged = read(Union([Mount("mod", mod), Mount("base", base)]))
    assert merged.data == expected
    assert merged.refusals == ()


def test_the_last_whole_file_that_vanishes_is_missing_by_its_virtual_path() -> None:
    mod = VanishingStore("mod", "/d.json")
    mod.write("/d.json", b"{}")
    with pytest.raises(PathNotFoundError) as caught:
        read_parts(Union([Mount("mod", mod)]), "/d.json")
    assert caught.value.filename == "/d.json"
    assert "/home/player" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named_by_its_virtual_path() -> None:
    class Forbidding(Store):
        def read(self, entry: Entry) -> bytes:
            raise PermissionError(errno.EACCES, "Permission denied", "/home/player/d.json")

    mod = Forbidding(name="mod")
    mod.write("/d.json", b"{}")
    with pytest.raises(AccessDeniedError) as caught:
        read_parts(Union([Mount("mod", mod)]), "/d.json")
    assert caught.value.filename == "/d.json"


def test_a_whole_file_that_reverts_changes_is_a_conflict() -> None:
    steps = [
        Step("base", "whole", {"sword": 3, "bow": 2}),
        Step("one", "merge", {"sword": 4}),
        Step("two", "whole", {"sword": 3, "bow": 9}),
    ]
    merged = merge(steps)
    assert merged.data == {"sword": 3, "bow": 9}
    assert merged.sources == {"/bow": "two", "/sword": "two"}
    assert merged.conflicts == (Conflict("/sword", ("one", "two")),)
    assert merged.wholes == ("base", "two")


def test_lines_of_a_text_that_repeat_are_kept() -> None:
    """A level whose rows are lines has many that are the same."""
    level = b"tiles\nWWW\n\nW W\nW W\nW W (2)\nWWW\n"
    base, low, high = Store(name="base"), Store(name="low"), Store(name="high")
    base.write("/level.txt", level)
    low.write("/level.txt.merge", b"end\nend\nWWW\n")
    high.write(
        "/level.txt.patch",
        b'[{"op": "replace", "path": "/W W", "value": "W.W"}, {"op": "replace", "path": "/W W (3)", "value": "W:W"},'
        b' {"op": "remove", "path": "/WWW (2)"}]',
    )
    with ResourceManager(base, dlc=[low, high], watch=False) as game:
        assert game.read_merged("/level.txt") == ["tiles", "WWW", "W.W", "W:W", "W W (2)", "end"]
        assert not game.merge_report("/level.txt").refusals
    high.write("/level.txt.patch", b"[]")
    high.write("/level.txt.merge", b"-W W\n")
    with ResourceManager(base, dlc=[low, high], watch=False) as game:
        assert game.read_merged("/level.txt") == ["tiles", "WWW", "W W (2)", "WWW", "end"]
