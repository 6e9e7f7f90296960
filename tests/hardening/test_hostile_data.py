"""Data files of mods that try to stop the game or to fill its memory: each costs its own change only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfsloader import Store
from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.datamerge.formats import DataKind, kind_of, merge_patch, register_data_kind, table_kind
from vfsloader.datamerge.gather import read_all, read_parts
from vfsloader.datamerge.json_patch import PatchError, apply_patch, same
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.errors import BudgetError, ResourceError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.lint import content
from vfsloader.runtime.budget import Budget, Limits


def nested(depth: int) -> Any:
    data: Any = []
    for _ in range(depth):
        data = [data]
    return data


def adds_that_nest(count: int, depth: int) -> list[dict[str, Any]]:
    """Make operations that each hang a deep list into the last one."""
    inside = "/0" * depth
    first = [{"op": "add", "path": "/deep", "value": nested(depth)}]
    return first + [
        {"op": "add", "path": "/deep" + inside * (n + 1) + "/-", "value": nested(depth)} for n in range(count - 1)
    ]


def json_of(data: Any) -> bytes:
    return json.dumps(data).encode()


KEY = "k" * 1_000_000
#: The suffix of a mod's file, its bytes, and what the refusal must mention.
HOSTILE = {
    "copies of the whole": (
        ".patch", json_of([{"op": "copy", "from": "", "path": f"/k{n}"} for n in range(20)]), "nodes"
    ),
    "copies of a part": (".patch", json_of([{"op": "add", "path": "/a", "value": list(range(1000))}]
                         + [{"op": "copy", "from": "/a", "path": f"/b{n}"} for n in range(2000)]), "nodes"),
    "lists that nest": (".patch", json_of(adds_that_nest(6, 100)), "depth"),
    "moves that nest": (".patch", json_of([
        {"op": "add", "path": "/a", "value": nested(150)}, {"op": "add", "path": "/b", "value": nested(150)},
        {"op": "move", "from": "/a", "path": "/b" + "/0" * 150 + "/-"},
    ]), "depth"),
    "a deep value": (".patch", b'[{"op":"add","path":"/a","value":' + b"[" * 5000 + b"]" * 5000 + b"}]", "deeply"),
    "a guard": (".patch", json_of([{"op": "test", "path": "", "value": 1}]), "is not 1"),
    "more operations than allowed": (".patch", b"[" + b'{"op":"add","path":"/a","value":0},' * 100_001
                                     + b'{"op":"add","path":"/a","value":1}]', "operations"),
    "a search of a long list": (".patch", json_of([{"op": "add", "path": "/a", "value": [0] * 50_000},
                                {"op": "replace", "path": "/a/[id=x]/y", "value": 1}]), "there is no"),
    "insertions into a long list": (".patch", json_of([{"op": "add", "path": "/a", "value": [0] * 300_000}]
                                    + [{"op": "add", "path": "/a/0", "value": 0}] * 20_000), "steps"),
    "long pointers": (".merge", json_of({KEY: [0] * 100_000}), "nodes"),
    "long pointers in a patch": (
        ".patch", json_of([{"op": "add", "path": "/a", "value": {KEY: [0] * 100_000}}]), "nodes"
    ),
    "a deep merge": (".merge", b'{"a":' * 5000 + b"1" + b"}" * 5000, "deeply"),
    "many values": (".merge", b"[" + b"[]," * 1_000_001 + b"[]]", "nodes"),
    "a long number": (".merge", b'{"a": ' + b"9" * 100_000 + b"}", "digits"),
    "an operation that is a list": (".patch", b"[[[1]]]", "a list of 1"),
    "an escape in a path": (".patch", b'[{"op": "remove", "path": "/\\u001b[2J"}]', "\\x1b[2J"),
    "a whole file that is deep": ("", b"[" * 5000 + b"]" * 5000, "deeply"),
    "a whole file with long pointers": ("", json_of({KEY: [0] * 100_000}), "nodes"),
}  # fmt: skip
_READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from vfsloader import FolderLayer
from vfsloader.datamerge.gather import read_all, read_parts
from vfsloader.layers.union import Mount, Union
mounts = [Mount(name, FolderLayer(f"{sys.argv[1]}/{name}")) for name in ("good", "mod", "base")]
for report in (read_all(Union(mounts), "/a.json"), read_parts(Union(mounts), "/a.json")[0]):
    assert report.data == {"base": 1, "good": 2}, report.data
    (refusal,) = report.refusals
    assert refusal.layer == "mod"
print(refusal.reason)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot limit the CPU time of a process")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_data_file_costs_its_own_change_only(case: str, tmp_path: Path) -> None:
    suffix, data, part = HOSTILE[case]
    for name, file, text in (
        ("base", "a.json", b'{"base": 1}'),
        ("mod", f"a.json{suffix}", data),
        ("good", "a.json.merge", b'{"good": 2}'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_bytes(text)
    run = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path)], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert part in run.stdout
    assert run.stdout.rstrip("\n").isprintable()
    assert len(run.stdout) < 2000


JSON_DATA = st.recursive(
    st.one_of(st.integers(0, 2), st.sampled_from(["a", "", True, None, 1.0])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=8,
)


@given(JSON_DATA, JSON_DATA)
def test_equal_is_what_json_calls_equal(one: Any, other: Any) -> None:
    def text(data: Any) -> str:
        return json.dumps(data, sort_keys=True).replace("1.0", "1")

    assert same(one, other) is (text(one) == text(other))


POINTERS = st.lists(st.sampled_from(["a", "b", "0", "1", "-"]), max_size=3).map(
    lambda keys: "".join(f"/{k}" for k in keys)
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
            "path": POINTERS,
            "from": POINTERS,
            "value": JSON_DATA,
        }
    ),
    max_size=6,
)


@given(JSON_DATA, OPERATIONS)
def test_a_patch_changes_neither_the_data_nor_the_patch(data: Any, operations: list[dict[str, Any]]) -> None:
    before = json.dumps([data, operations])
    try:
        result = apply_patch(data, operations)
    except PatchError:
        result = None
    assert json.dumps([data, operations]) == before
    seen: set[int] = set()
    waiting = [result]
    while waiting:  # a game may change one of two copies
        node = waiting.pop()
        if isinstance(node, (dict, list)):
            assert id(node) not in seen
            seen.add(id(node))
            waiting += node.values() if isinstance(node, dict) else node


def test_what_a_patch_leaves_as_it_is_is_shared() -> None:
    data = {"big": list(range(1000)), "small": {"a": 1}}
    result = apply_patch(data, [{"op": "replace", "path": "/small/a", "value": 2}])
    assert result["big"] is data["big"]
    assert data["small"] == {"a": 1}


def test_the_limits_can_be_changed() -> None:
    operations = [{"op": "add", "path": f"/{n}", "value": n} for n in range(10)]
    assert len(apply_patch({}, operations, Budget("a", Limits(operations=10)))) == 10
    with pytest.raises(BudgetError, match=r"budget\.operations"):
        apply_patch({}, operations, Budget("a", Limits(operations=9)))
    base, mod = Store(), Store()
    base.write("/a.json", b"{}")
    mod.write("/a.json.merge", b'{"a": [[[]]]}')
    union = Union([Mount("mod", mod), Mount("base", base)])
    assert read_all(union, "/a.json").data == {"a": [[[]]]}
    (refusal,) = read_all(union, "/a.json", Limits(depth=3)).refusals
    assert "budget.depth" in refusal.reason


@pytest.mark.parametrize(
    "text",
    ['{"a": "[[[[{{{{"}', '["\\"[", "\\\\"]', '"' + "[" * 1000 + '"', '["' + "9" * 5000 + '"]', "[" * 200 + "]" * 200],
)
def test_brackets_and_digits_in_texts_do_not_count(text: str) -> None:
    assert parse_json(text.encode(), Budget("a")) == json.loads(text)
    assert parse_json(text.encode("utf-16")) == json.loads(text)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_brackets_and_dots_in_texts_of_toml_do_not_count(quote: str) -> None:
    inside = "[" * 300 + "." * 300 + "9" * 2000
    assert parse_toml(f"a = {quote}{inside}{quote} # {inside}".encode()) == {"a": inside}
    for text in ("a = 1.5\nb = [" + "0.5, " * 100 + "]", "a.b.c.d.e = 1", '"a.b".c = 1'):
        assert parse_toml(text.encode())


def test_rows_and_columns_do_not_multiply() -> None:
    table = table_kind("/**/*.csv")
    rows = table.parse(b"id,a\n" + b"".join(b"%d,1\n" % n for n in range(2000)))
    wide = table.parse(b"id," + b",".join(b"c%d" % n for n in range(2000)) + b"\nx" + b",1" * 2000)
    with pytest.raises(ValueError, match="cells"):
        table.merge(rows, wide)
    assert len(table.merge(rows, table.parse(b"id,b\n1,2\n"))) == 2000


def test_lines_end_where_editors_end_them() -> None:
    lines = kind_of("/a.txt")
    assert lines.result(lines.parse("a\u2028b\nc\x0cd\r\ne\x85f\rg".encode())) == ["a\u2028b", "c\x0cd", "e\x85f", "g"]
    table = kind_of("/a.csv")
    assert table.result(table.parse('id,t\n1,a\u2028b\r\n2,"c\nd"'.encode())) == [
        {"id": "1", "t": "a\u2028b"},
        {"id": "2", "t": "c\nd"},
    ]


def test_a_mods_data_of_the_wrong_type_is_refused_by_a_games_own_kind() -> None:
    base, mod = Store(), Store()
    base.write("/record.json", b"3")
    mod.write("/record.json.merge", b'"high"')
    register_data_kind(DataKind("/record.json", parse_json, max))
    try:
        report = read_parts(Union([Mount("mod", mod), Mount("base", base)]), "/record.json")[0]
    finally:
        kind_of("/record.json")
        from vfsloader.datamerge.formats import DATA_KINDS

        DATA_KINDS.pop(0)
    assert (report.data, [refusal.layer for refusal in report.refusals]) == (3, ["mod"])


def test_a_lone_surrogate_is_packed_as_json_can_say_it() -> None:
    base, mod, other = Store(), Store(), Store()
    base.write("/a.json", b"{}")
    mod.write("/a.json.merge", b'{"a": "\\ud800"}')
    mod.write("/b.json.merge", b'{"a": "\\ud800"}')
    other.write("/b.json.merge", b"not json")
    flat = FlattenedLayer([Mount("other", other), Mount("mod", mod), Mount("base", base)])
    for path in ("/a.json", "/b.json.merge"):
        entry = flat.find(path)
        assert entry is not None
        assert json.loads(flat.read(entry)) == {"a": "\ud800"}


def test_what_cannot_be_written_is_an_error_of_the_file() -> None:
    base, mod = Store(), Store()
    base.write("/a.toml", b"a = 1")
    mod.write("/a.toml.patch", b'[{"op": "add", "path": "/b", "value": null}]')
    pytest.importorskip("tomli_w")
    with pytest.raises(ResourceError, match=r"/a\.toml"):
        FlattenedLayer([Mount("mod", mod), Mount("base", base)])


@pytest.mark.parametrize("depth", [10, 50_000])
def test_a_merge_and_a_walk_do_not_recurse(depth: int) -> None:
    patch: Any = {"x": "/a.png"}
    for _ in range(depth):
        patch = {"a": patch}
    merged = merge_patch({}, patch)
    ((pointer, path),) = content.named_paths("/a.json", merged)
    assert path == "/a.png"
    assert len(pointer) < 600
    assert same(merged, patch)
