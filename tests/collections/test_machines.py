"""Each collection beside its builtin, step by step, with reopening, compaction and rolled back transactions between."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import apsw
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vfsloader import VirtualFileSystem
from vfsloader.collections import Persistent, PersistentDict, PersistentList, PersistentSet
from vfsloader.store.records.care import faults

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers()
    | st.sampled_from([1 << 200, -(10**30)])
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "a\nb", "\0", "é", '{"$ref":1}'])
    | st.builds(lambda: "x" * 4000)
    | st.binary(max_size=5)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.timedeltas()
)
KEYS = SCALARS | st.tuples(SCALARS, SCALARS) | st.frozensets(st.integers(0, 3) | st.text(max_size=1), max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.tuples(inside, inside)
        | st.dictionaries(st.text(max_size=3) | st.just("$bytes") | st.integers(), inside, max_size=3)
    ),
    max_leaves=5,
)
#: Few of them, so that they meet.
SOME_KEYS = st.sampled_from(["a", "b", "c", 1, 1.0, True, 0, False, (1, 2), b"a", None]) | KEYS
INDICES = st.integers(-8, 8) | st.integers(-200, 200)
BOUNDS = st.none() | INDICES
SLICES = st.builds(slice, BOUNDS, BOUNDS, st.sampled_from([None, 1, 1, 2, 3, -1, -2, -7]))
MANY = st.lists(VALUES, max_size=6) | st.builds(lambda n: list(range(n)), st.integers(0, 150))


def same(actual: Any, expected: Any) -> bool:
    """Return whether two values are equal and of one type, at every level."""
    if type(actual) is not type(expected) or actual != expected:
        return False
    if isinstance(actual, (list, tuple)):
        return all(map(same, actual, expected))
    if isinstance(actual, dict):
        return all(map(same, actual.items(), expected.items()))
    return True


class Machine(RuleBasedStateMachine):
    kind: type[Persistent]
    builtin: type

    @initialize(place=st.sampled_from(["file", "memory", "save", "memory save", "temporary"]))
    def start(self, place: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.where = place
        self.vfs: VirtualFileSystem | None = None
        if "save" in place:
            self.vfs = VirtualFileSystem(":memory:" if place == "memory save" else self.folder / "save.db")
        self.ours: Any = self.opened()
        self.model: Any = self.builtin()

    def opened(self) -> Persistent:
        places = {"file": self.folder / "c.db", "memory": ":memory:", "temporary": None}
        return self.kind(places.get(self.where, self.vfs))

    def both(self, action: Any) -> None:
        """Do the same to both, and compare what they return or raise."""
        outcomes = []
        for collection in (self.ours, self.model):
            try:
                outcomes.append(("returned", action(collection)))
            except Exception as error:
                outcomes.append((type(error).__name__, str(error)))
        (outcome, actual), (expected_outcome, expected) = outcomes
        assert outcome == expected_outcome, outcomes
        if outcome == "returned":
            actual = self.model if actual is self.ours else actual
            assert same(actual, expected), outcomes
        elif outcome != "KeyError":  # whose message is the key, and 1 is as good a name for True
            assert actual == expected, outcomes

    @rule()
    def reopen(self) -> None:
        if self.where in ("file", "save"):
            self.ours.close()
            if self.vfs is not None:
                self.vfs.close()
                self.vfs = VirtualFileSystem(self.folder / "save.db")
            self.ours = self.opened()

    @rule()
    def another_object(self) -> None:
        if self.where != "temporary":
            self.ours = self.kind(self.ours)

    @rule()
    def compact(self) -> None:
        self.ours.compact()

    @rule()
    def roll_back(self) -> None:
        with contextlib.suppress(ZeroDivisionError), self.ours.transaction():
            self.disturb()
            with contextlib.suppress(KeyError), self.ours.transaction():
                self.disturb()
                raise KeyError
            self.disturb()
            raise ZeroDivisionError

    def disturb(self) -> None:
        raise NotImplementedError

    @invariant()
    def they_are_equal(self) -> None:
        if hasattr(self, "ours"):
            content = list(self.ours)
            assert len(self.ours) == len(content) == len(self.model)
            self.compare_content(content)
            assert self.ours == self.model
            assert self.model == self.ours
            assert bool(self.ours) == bool(self.model)

    def compare_content(self, content: list[Any]) -> None:
        """Compare what iterating gives with the model."""
        assert same(content, list(self.model))

    def teardown(self) -> None:
        if hasattr(self, "ours"):
            if self.where in ("file", "save"):
                self.ours.sync()
                file = self.folder / ("c.db" if self.where == "file" else "save.db")
                connection = apsw.Connection(str(file))
                assert list(faults(connection)) == []
                assert connection.pragma("integrity_check") == "ok"
                connection.close()
            self.ours.close()
            if self.vfs is not None:
                self.vfs.close()
            shutil.rmtree(self.folder)


class Dicts(Machine):
    kind, builtin = PersistentDict, dict

    def disturb(self) -> None:
        self.ours["disturbed"] = 1
        self.ours.pop("a", None)
        self.ours[1] = "other"

    @rule(key=SOME_KEYS, value=VALUES)
    def set(self, key: Any, value: Any) -> None:
        self.both(lambda collection: collection.__setitem__(key, value))

    @rule(key=SOME_KEYS)
    def look(self, key: Any) -> None:
        self.both(lambda collection: collection[key])
        self.both(lambda collection: collection.get(key, 7))
        self.both(lambda collection: key in collection)

    @rule(key=SOME_KEYS)
    def delete(self, key: Any) -> None:
        self.both(lambda collection: collection.__delitem__(key))

    @rule(key=SOME_KEYS, default=st.lists(VALUES, max_size=1))
    def pop(self, key: Any, default: list[Any]) -> None:
        self.both(lambda collection: collection.pop(key, *default))

    @rule(key=SOME_KEYS, value=VALUES)
    def setdefault(self, key: Any, value: Any) -> None:
        self.both(lambda collection: collection.setdefault(key, value))

    @rule()
    def popitem(self) -> None:
        self.both(lambda collection: collection.popitem())

    @rule(pairs=st.lists(st.tuples(SOME_KEYS, VALUES), max_size=5), more=st.dictionaries(st.sampled_from("ab"), VALUES))
    def update(self, pairs: list[Any], more: dict[str, Any]) -> None:
        self.both(lambda collection: collection.update(pairs, **more))
        self.both(lambda collection: collection.update(dict(pairs)))

    @rule(wrong=st.sampled_from([[1], ["abc"], [(1, 2), (3,)], 5, [[[], 1]]]))
    def update_wrongly(self, wrong: Any) -> None:
        before = dict(self.model)
        with contextlib.suppress(Exception):
            self.model.update(wrong)
        try:
            self.ours.update(wrong)
        except (TypeError, ValueError):
            self.model = before  # ours is all or nothing
        assert dict(self.ours) == self.model

    @rule(other=st.dictionaries(SOME_KEYS, VALUES, max_size=3))
    def merge(self, other: dict[Any, Any]) -> None:
        self.both(lambda collection: collection | other)
        self.both(lambda collection: other | collection)
        self.both(lambda collection: collection.keys() & other.keys())
        self.both(lambda collection: collection == other)

    @rule()
    def look_at_all(self) -> None:
        self.both(lambda collection: list(collection.keys()))
        self.both(lambda collection: list(collection.values()))
        self.both(lambda collection: list(collection.items()))
        self.both(lambda collection: list(reversed(collection)))
        self.both(lambda collection: list(reversed(collection.items())))
        if "frozenset" not in repr(self.model):  # which has no order
            self.both(lambda collection: repr(collection))
            self.both(lambda collection: repr(collection.keys()))
        self.both(lambda collection: collection.copy())

    @rule(key=st.sampled_from([[], {}, {1}, ([],)]))
    def unhashable(self, key: Any) -> None:
        self.both(lambda collection: collection.__setitem__(key, 1))
        self.both(lambda collection: collection[key])
        self.both(lambda collection: key in collection)

    @rule()
    def clear(self) -> None:
        self.both(lambda collection: collection.clear())

    @rule(number=st.integers(0, 1100))
    def fill(self, number: int) -> None:
        self.both(lambda collection: collection.update((f"k{index}", index) for index in range(number)))


class Lists(Machine):
    kind, builtin = PersistentList, list

    def disturb(self) -> None:
        self.ours.append("disturbed")
        self.ours.insert(1, "too")
        del self.ours[0]
        self.ours.extend(range(100))

    @rule(value=VALUES)
    def append(self, value: Any) -> None:
        self.both(lambda collection: collection.append(value))

    @rule(values=MANY)
    def extend(self, values: list[Any]) -> None:
        self.both(lambda collection: collection.extend(values))
        self.both(lambda collection: collection.__iadd__(values[:1]))

    @rule(index=INDICES, value=VALUES)
    def insert(self, index: int, value: Any) -> None:
        self.both(lambda collection: collection.insert(index, value))

    @rule(index=INDICES, value=VALUES)
    def set(self, index: int, value: Any) -> None:
        self.both(lambda collection: collection.__setitem__(index, value))

    @rule(index=INDICES | st.sampled_from(["a", 1.0, None]))
    def look(self, index: Any) -> None:
        self.both(lambda collection: collection[index])

    @rule(index=INDICES)
    def delete(self, index: int) -> None:
        self.both(lambda collection: collection.__delitem__(index))

    @rule(index=st.lists(INDICES, max_size=1))
    def pop(self, index: list[int]) -> None:
        self.both(lambda collection: collection.pop(*index))

    @rule(where=SLICES)
    def look_at_slice(self, where: slice) -> None:
        self.both(lambda collection: collection[where])

    @rule(where=SLICES, values=MANY | st.sampled_from([5, "ab", None]))
    def set_slice(self, where: slice, values: Any) -> None:
        if isinstance(values, list) and where.step not in (None, 1) and len(values) > 2:
            values = (values * 100)[: len(range(*where.indices(len(self.model))))]
        self.both(lambda collection: collection.__setitem__(where, values))

    @rule(where=SLICES)
    def delete_slice(self, where: slice) -> None:
        self.both(lambda collection: collection.__delitem__(where))

    @rule(value=VALUES | INDICES, start=INDICES, stop=INDICES)
    def find(self, value: Any, start: int, stop: int) -> None:
        self.both(lambda collection: collection.count(value))
        self.both(lambda collection: value in collection)
        self.both(lambda collection: collection.index(value))
        self.both(lambda collection: collection.index(value, start, stop))

    @rule(value=VALUES | INDICES)
    def remove(self, value: Any) -> None:
        self.both(lambda collection: collection.remove(value))

    @rule(backwards=st.booleans(), by_key=st.booleans())
    def sort(self, backwards: bool, by_key: bool) -> None:
        before = list(self.model)
        self.both(lambda collection: collection.sort(reverse=backwards, key=repr if by_key else None))
        if self.ours != self.model:  # a list that cannot be sorted is half sorted; ours is as it was
            assert self.ours == before
            self.model = before

    @rule()
    def reverse(self) -> None:
        self.both(lambda collection: collection.reverse())

    @rule(other=st.lists(VALUES, max_size=3), times=st.integers(-1, 3))
    def calculate(self, other: list[Any], times: int) -> None:
        self.both(lambda collection: collection + other)
        self.both(lambda collection: other + collection)
        self.both(lambda collection: collection * times)
        self.both(lambda collection: collection == other)
        self.both(lambda collection: list(reversed(collection)))
        self.both(lambda collection: repr(collection))
        self.both(lambda collection: collection.copy())

    @rule(times=st.integers(-1, 2))
    def multiply(self, times: int) -> None:
        if len(self.model) < 500:
            self.both(lambda collection: collection.__imul__(times))

    @rule()
    def clear(self) -> None:
        self.both(lambda collection: collection.clear())


class Sets(Machine):
    kind, builtin = PersistentSet, set

    def compare_content(self, content: list[Any]) -> None:
        assert set(content) == self.model  # a builtin set has no order

    def disturb(self) -> None:
        self.ours.add("disturbed")
        self.ours.discard(1)

    @rule(value=SOME_KEYS)
    def add(self, value: Any) -> None:
        self.both(lambda collection: collection.add(value))

    @rule(value=SOME_KEYS)
    def remove(self, value: Any) -> None:
        self.both(lambda collection: value in collection)
        self.both(lambda collection: collection.remove(value))

    @rule(value=SOME_KEYS)
    def discard(self, value: Any) -> None:
        self.both(lambda collection: collection.discard(value))

    @rule()
    def pop(self) -> None:
        if self.model:
            value = self.ours.pop()
            assert value in self.model
            self.model.discard(value)
        else:
            self.both(lambda collection: collection.pop())

    @rule(other=st.sets(SOME_KEYS, max_size=5))
    def calculate(self, other: set[Any]) -> None:
        for action in (
            lambda collection: collection | other,
            lambda collection: collection & other,
            lambda collection: collection - other,
            lambda collection: collection ^ other,
            lambda collection: other | collection,
            lambda collection: other - collection,
            lambda collection: collection <= other,
            lambda collection: collection < other,
            lambda collection: collection >= other,
            lambda collection: collection > other,
            lambda collection: collection == other,
            lambda collection: collection.isdisjoint(other),
            lambda collection: collection.issubset(other),
            lambda collection: collection.issuperset(other),
            lambda collection: collection.union(other, [1]),
            lambda collection: collection.intersection(other),
            lambda collection: collection.difference(other),
            lambda collection: collection.symmetric_difference(other),
            lambda collection: collection.copy(),
        ):
            self.both(action)

    @rule(other=st.sets(SOME_KEYS, max_size=5), how=st.sampled_from(["ior", "iand", "isub", "ixor"]))
    def change(self, other: set[Any], how: str) -> None:
        self.both(lambda collection: getattr(collection, f"__{how}__")(other))

    @rule(how=st.sampled_from(["ior", "iand", "isub", "ixor"]))
    def change_by_itself(self, how: str) -> None:
        self.both(lambda collection: getattr(collection, f"__{how}__")(collection))

    @rule(other=st.lists(SOME_KEYS, max_size=5),
          how=st.sampled_from(["", "intersection_", "difference_", "symmetric_difference_"]))  # fmt: skip
    def change_by_call(self, other: list[Any], how: str) -> None:
        self.both(lambda collection: getattr(collection, f"{how}update")(other))

    @rule(value=st.sampled_from([[], {}, {1}]))
    def unhashable(self, value: Any) -> None:
        self.both(lambda collection: collection.add(value))

    @rule()
    def clear(self) -> None:
        self.both(lambda collection: collection.clear())


#: 10,000 steps of all three together in CI; `make soak` asks for many more.
EXAMPLES = int(os.environ.get("VFSLOADER_EXAMPLES", "70"))
for machine in (Dicts, Lists, Sets):
    machine.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=50,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )

TestDicts = Dicts.TestCase
TestLists = Lists.TestCase
TestSets = Sets.TestCase


def test_dates_with_zones_come_back() -> None:
    moment = datetime.datetime(2026, 11, 21, 17, tzinfo=datetime.UTC)
    kept = PersistentDict(":memory:")
    kept["now"] = moment
    assert kept["now"] == moment
    assert kept["now"].utcoffset() == datetime.timedelta(0)
