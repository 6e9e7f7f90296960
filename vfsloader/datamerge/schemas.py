r"""What data must look like: JSON Schema, dataclasses, msgspec and pydantic models, and functions behind one interface.

The schema is the game's own. The data comes from mods, so checking it is bounded: each keyword that is applied costs a
step of a budget, ``uniqueItems`` compares members by their content and not pair by pair, patterns never backtrack
(:mod:`vfsloader.runtime.linear_regex`), and a ``$ref`` is never fetched.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from vfsloader.errors import BudgetError, ConfigError, MissingExtraError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.linear_regex import linear_pattern

#: More faults of one value are not listed.
MAX_FAULTS = 20
#: Applying a keyword takes about as long as so many steps of other work.
STEPS_A_KEYWORD = 100
_NO_LIBRARY = "validating data"


class SchemaFault(NamedTuple):
    """Something in a value that does not fit its schema."""

    pointer: str
    """Where it is in the value, as in RFC 6901."""
    reason: str


class SchemaError(ValueError):
    """A value does not fit its schema.

    Attributes
    ----------
    faults
        What does not fit.
    """

    def __init__(self, faults: list[SchemaFault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or 'the value'}: {fault.reason}" for fault in faults))


class Schema(Protocol):
    """What data must look like."""

    def build(self, data: Any, budget: Budget) -> Any:
        """Return what the game gets for a value: the value itself, or an object of the model.

        Raises
        ------
        SchemaError
            The value does not fit.
        BudgetError
            Checking it would take too long.
        """
        ...

    def json_schema(self) -> dict[str, Any]:
        """Return the schema as JSON Schema, for editors and guides; it accepts everything if it is not known."""
        ...


def schema_of(model: Any) -> Schema:
    """Return the schema that a game means.

    Parameters
    ----------
    model
        A JSON Schema as a table; a dataclass, a ``TypedDict``, a msgspec ``Struct`` or a pydantic model; a function
        that takes the data and returns what the game gets, or raises ValueError; None: any data will do.

    Raises
    ------
    ConfigError
        It is not a valid schema, or one of its patterns cannot be matched without backtracking.
    MissingExtraError
        The library that reads such schemas is not installed; the extra ``schemas`` has it.

    Examples
    --------
    >>> schema = schema_of({"type": "object", "properties": {"damage": {"type": "integer", "minimum": 0}}})
    >>> schema.build({"damage": 3}, Budget("an item"))
    {'damage': 3}
    >>> schema.build({"damage": -1}, Budget("an item"))
    Traceback (most recent call last):
    ...
    vfsloader.datamerge.schemas.SchemaError: /damage: -1 is less than the minimum of 0
    """
    if model is None:
        return _AnyData()
    if isinstance(model, (Mapping, bool)):
        return _JsonSchema(model)
    if hasattr(model, "model_validate"):
        return _PydanticModel(model)
    if isinstance(model, type) and (dataclasses.is_dataclass(model) or _has_fields(model)):
        return _TypedModel(model)
    if callable(model):
        return _Function(model)
    raise ConfigError.at(
        "schema",
        f"{quoted(model)} is not a schema: pass a JSON Schema as a table, a dataclass, a msgspec or pydantic model, or "
        "a function",
    )


def _has_fields(model: type) -> bool:
    return hasattr(model, "__struct_fields__") or hasattr(model, "__required_keys__") or hasattr(model, "_fields")


class _AnyData:
    def build(self, data: Any, budget: Budget) -> Any:
        return data

    def json_schema(self) -> dict[str, Any]:
        return {}


class _Function:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def build(self, data: Any, budget: Budget) -> Any:
        try:
            return self._function(data)
        except BudgetError:
            raise
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            raise SchemaError([SchemaFault("", plain(str(error), 300) or type(error).__name__)]) from None

    def json_schema(self) -> dict[str, Any]:
        return {}


class _JsonSchema:
    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        try:
            import jsonschema
            import referencing
        except ImportError as error:
            raise MissingExtraError.of(_NO_LIBRARY, "jsonschema", "schemas") from error
        self._schema = schema
        self._checker = _bounded_checker()
        try:
            self._checker.check_schema(schema)
            for pattern in _patterns(schema):
                linear_pattern(pattern)
        except (jsonschema.SchemaError, ValueError) as error:
            reason = error.message if isinstance(error, jsonschema.SchemaError) else str(error)
            raise ConfigError.at(
                "schema", f"this is not a JSON Schema that can be used: {plain(reason, 300)}"
            ) from None
        except RecursionError:
            raise ConfigError.at("schema", "this JSON Schema is nested too deeply") from None
        self._unresolvable = referencing.exceptions.Unresolvable
        self._registry: Any = referencing.Registry()  # which fetches nothing

    def build(self, data: Any, budget: Budget) -> Any:
        checker = self._checker(self._schema, registry=self._registry)
        checker.budget.append(budget)
        try:
            faults = [
                SchemaFault(_pointer(error.absolute_path), plain(_shortened(error), 300))
                for error, _ in zip(checker.iter_errors(data), range(MAX_FAULTS), strict=False)
            ]
        except RecursionError:
            faults = [SchemaFault("", "this is nested more deeply than can be checked")]
        except self._unresolvable as error:
            raise ConfigError.at("schema", f"the JSON Schema refers to {plain(str(error), 300)}") from None
        finally:
            checker.budget.pop()
        if faults:
            raise SchemaError(faults)
        return data

    def json_schema(self) -> dict[str, Any]:
        return dict(self._schema) if isinstance(self._schema, Mapping) else {}


def _shortened(error: Any) -> str:
    """Return the reason of a validation error without values of unbounded length."""
    sentence = str(error.message)
    if len(sentence) <= 200:
        return sentence
    wanted = quoted(error.validator_value, 80)
    return f"{quoted(error.instance)} does not fit {plain(str(error.validator), 40)}: {wanted}"


def _patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns of a schema, wherever they are."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            if isinstance(node.get("pattern"), str):
                yield node["pattern"]
            if isinstance(node.get("patternProperties"), Mapping):
                yield from node["patternProperties"]
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


_bounded: list[Any] = []


def _bounded_checker() -> Any:
    """Return the class of validators whose work is bounded; it is made when it is first needed."""
    if not _bounded:
        from jsonschema import Draft202012Validator, ValidationError, validators

        #: The budget of the check that runs now, innermost last.
        running: list[Budget] = []

        def counted(keyword: Callable[..., Any]) -> Callable[..., Any]:
            def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
                cost = len(instance) if isinstance(instance, (list, dict)) else 0
                running[-1].spend("steps", STEPS_A_KEYWORD + cost)
                yield from keyword(validator, value, instance, schema) or ()

            return check

        def unique(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            if value and validator.is_type(instance, "array"):
                seen: set[str] = set()
                for member in instance:
                    key = _canonical(member)
                    running[-1].spend("steps", 1 + len(key) // 64)
                    if key in seen:
                        yield ValidationError(f"{quoted(member)} is in the list twice")
                        return
                    seen.add(key)

        def pattern(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            if validator.is_type(instance, "string"):
                running[-1].spend("steps", 1 + len(instance))
                if not linear_pattern(value).search(instance):
                    yield ValidationError(f"{quoted(instance)} does not match {quoted(value)}")

        def pattern_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            if validator.is_type(instance, "object"):
                for wanted, inner in value.items():
                    for name, member in instance.items():
                        running[-1].spend("steps", 1 + len(name))
                        if linear_pattern(wanted).search(name):
                            yield from validator.descend(member, inner, path=name, schema_path=wanted)

        def additional(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            if not validator.is_type(instance, "object"):
                return
            known, wanted = schema.get("properties", {}), schema.get("patternProperties", {})
            for name, member in instance.items():
                running[-1].spend("steps", 1 + len(name) * len(wanted))
                if name in known or any(linear_pattern(each).search(name) for each in wanted):
                    continue
                if value is False:
                    yield ValidationError(f"there is no such key: {quoted(name)}")
                else:
                    yield from validator.descend(member, value, path=name)

        keywords: dict[str, Any] = dict(Draft202012Validator.VALIDATORS)
        keywords |= {"uniqueItems": unique, "pattern": pattern, "patternProperties": pattern_properties}
        keywords["additionalProperties"] = additional
        bounded = validators.extend(Draft202012Validator, {name: counted(each) for name, each in keywords.items()})
        bounded.budget = running
        _bounded.append(bounded)
    return _bounded[0]


def _canonical(value: Any) -> str:
    """Return a text that is equal for values that are equal in JSON, where 1 is 1.0 and not true."""
    return json.dumps(_plain_numbers(value), sort_keys=True, default=str)


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain_numbers(member) for member in value]
    if isinstance(value, dict):
        return {str(key): _plain_numbers(member) for key, member in value.items()}
    return value


def _pointer(path: Any) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


class _TypedModel:
    """A dataclass, a TypedDict, a NamedTuple or a msgspec Struct."""

    def __init__(self, model: type) -> None:
        try:
            import msgspec
        except ImportError as error:
            raise MissingExtraError.of(_NO_LIBRARY, "msgspec", "schemas") from error
        self._msgspec = msgspec
        self._model = model
        self._patterns: _JsonSchema | None = None
        schema = self.json_schema()
        if any(True for _ in _patterns(schema)):  # msgspec would match them with `re`
            self._patterns = _JsonSchema(schema)

    def build(self, data: Any, budget: Budget) -> Any:
        if self._patterns is not None:
            self._patterns.build(data, budget)
        try:
            return self._msgspec.convert(data, self._model)
        except (self._msgspec.ValidationError, RecursionError) as error:
            raise SchemaError([_msgspec_fault(str(error))]) from None
        except (ValueError, TypeError) as error:  # from __post_init__ of a dataclass
            raise SchemaError([SchemaFault("", plain(str(error), 300))]) from None

    def json_schema(self) -> dict[str, Any]:
        try:
            schema: dict[str, Any] = self._msgspec.json.schema(self._model)
        except TypeError as error:
            name = self._model.__name__
            raise ConfigError.at(name, f"{name} cannot be used as a schema: {plain(str(error), 300)}") from None
        return schema


_MSGSPEC_PATH = re.compile(r"(?s)(.*?) - at `(?:key in )?\$([^`]*)`\Z")
_MSGSPEC_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]|\[\.\.\.\]")


def _msgspec_fault(sentence: str) -> SchemaFault:
    match = _MSGSPEC_PATH.match(sentence)
    if match is None:
        return SchemaFault("", plain(sentence, 300))
    steps = [key or index or "*" for key, index in _MSGSPEC_STEP.findall(match[2])]
    return SchemaFault(_pointer(steps), plain(match[1], 300))


class _PydanticModel:
    def __init__(self, model: Any) -> None:
        self._model = model

    def build(self, data: Any, budget: Budget) -> Any:
        import pydantic_core

        try:
            return self._model.model_validate(data)
        except pydantic_core.ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise SchemaError(
                [SchemaFault(_pointer(one["loc"]), plain(one["msg"], 300)) for one in found[:MAX_FAULTS]]
            ) from None
        except (RecursionError, TypeError) as error:
            raise SchemaError([SchemaFault("", plain(str(error), 300))]) from None

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = self._model.model_json_schema()
        return schema
