"""Schemas of a game, and data of strangers that is compared with them."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import msgspec
import pydantic
import pytest

from vfsloader.datamerge.schemas import SchemaError, schema_of
from vfsloader.errors import BudgetError, ConfigError
from vfsloader.runtime.budget import Budget, Limits


@dataclasses.dataclass
class Drop:
    item: str
    count: int = 1


@dataclasses.dataclass
class Item:
    id: str
    drops: list[Drop] = dataclasses.field(default_factory=list)


class Named(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern="^(a+)+b$")]


class Priced(pydantic.BaseModel):
    price: int
    tags: list[int] = []


def faults(model: Any, data: Any, limits: Limits | None = None) -> list[tuple[str, str]]:
    with pytest.raises(SchemaError) as caught:
        schema_of(model).build(data, Budget("it", limits or Limits()))
    return [tuple(fault) for fault in caught.value.faults]


def test_each_kind_of_model_makes_its_own_objects() -> None:
    assert schema_of(Item).build({"id": "a", "drops": [{"item": "b"}]}, Budget("it")) == Item("a", [Drop("b")])
    assert schema_of(Named).build({"id": "aab"}, Budget("it")) == Named("aab")
    assert schema_of(Priced).build({"price": 3}, Budget("it")) == Priced(price=3)
    assert schema_of(lambda data: data["n"] + 1).build({"n": 1}, Budget("it")) == 2
    assert schema_of(None).build([1], Budget("it")) == [1]


def test_each_kind_of_model_says_where_the_fault_is() -> None:
    assert faults(Item, {"id": "a", "drops": [{"item": 3}]}) == [("/drops/0/item", "Expected `str`, got `int`")]
    assert faults(Priced, {"price": 1, "tags": [1, "x"]})[0][0] == "/tags/1"
    assert faults({"properties": {"a~/b": {"type": "integer"}}}, {"a~/b": "x"})[0][0] == "/a~0~1b"
    assert faults(lambda data: data["n"], {}) == [("", "'n'")]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strin"},
        {"pattern": "(?=a)"},
        {"patternProperties": {"(": {}}},
        {"properties": {"a": {"minimum": "x"}}},
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_when_it_is_declared(schema: Any) -> None:
    with pytest.raises(ConfigError):
        schema_of(schema)


def test_nothing_is_fetched() -> None:
    with pytest.raises(ConfigError, match="refers to"):
        schema_of({"$ref": "http://localhost:1/schema.json"}).build({}, Budget("it"))


def test_unique_items_compares_as_json_does() -> None:
    unique = {"uniqueItems": True}
    assert schema_of(unique).build([1, True, "1", {"a": 1}, {"a": 2}], Budget("it"))
    assert faults(unique, [1, 1.0])
    assert faults(unique, [{"a": 1, "b": 2}, {"b": 2, "a": 1}])


def test_a_long_list_of_unique_items_costs_about_as_many_steps_as_it_has_members() -> None:
    budget = Budget("it")
    schema_of({"uniqueItems": True}).build([{"a": number} for number in range(20_000)], budget)
    assert Limits().steps - budget.left("steps") < 60_000  # pair by pair it would be 200,000,000


def test_a_pattern_does_not_backtrack() -> None:
    assert faults({"pattern": "^(a+)+b$"}, "a" * 5000)
    assert faults(Named, {"id": "a" * 5000})[0][0] == "/id"
    assert faults({"additionalProperties": False, "patternProperties": {"^(a+)+b$": {}}}, {"a" * 5000: 1})


def test_data_for_which_a_schema_branches_again_and_again_uses_up_its_budget() -> None:
    again = {"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}}, "required": ["z"]}
    schema = {"$defs": {"t": {"anyOf": [again, {**again, "required": ["y"]}]}}, "$ref": "#/$defs/t"}
    data: dict[str, Any] = {}
    for _ in range(60):
        data = {"a": data}
    with pytest.raises(BudgetError, match=r"budget\.steps"):
        schema_of(schema).build(data, Budget("it", Limits(steps=100_000)))


def test_deep_data_is_a_fault_and_no_crash() -> None:
    data: list[Any] = []
    for _ in range(900):
        data = [data]
    assert faults({"type": "array", "items": {"$ref": "#"}}, data) == [
        ("", "this is nested more deeply than can be checked")
    ]
