"""Selectors of RFC 5261: the part of XPath that names one node, read strictly and evaluated step by step.

A step is a child or, at the end, an attribute, text, a comment, an instruction or a namespace. Conditions are a
position, or a comparison of an attribute, of a child's text or of the node's own text. There is no search at any
depth, so the cost is bounded by the children that are looked at, which are spent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SELECTOR, _MAX_STEPS, _MAX_CONDITIONS = 2000, 64, 8
_NAME = r"(?:[^\W\d][\w.\-]*+)"
_QNAME = rf"{_NAME}(?::{_NAME})?"
_STEP = re.compile(
    rf"(?P<id>id\((?:\"[^\"]*+\"|'[^']*+')\))|(?P<attribute>@{_QNAME})|(?P<text>text\(\))|(?P<comment>comment\(\))"
    rf"|(?P<instruction>processing-instruction\((?:\"[^\"]*+\"|'[^']*+')?\))|namespace::(?P<namespace>{_NAME})"
    rf"|(?P<element>\*|{_QNAME})"
)
_CONDITION = re.compile(
    rf"\[\s*+(?:(?P<position>\d{{1,9}})|(?P<left>@{_QNAME}|{_QNAME}|\.)\s*+=\s*+(?P<value>\"[^\"]*+\"|'[^']*+'))\s*+\]"
)


class Condition(NamedTuple):
    """What is in brackets: a position, or what must equal a value."""

    position: int
    left: str
    value: str


class Step(NamedTuple):
    """One step of a selector."""

    kind: str
    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selector selects.

    Attributes
    ----------
    node
        The node, or the one that an attribute, text or namespace belongs to.
    kind
        ``node``, ``attribute``, ``text`` or ``namespace``.
    name
        The attribute in lxml's form, or the prefix.
    is_tail
        Whether the text is after the node.
    place
        What it is, in words that are the same for the same place.
    """

    node: Any
    kind: str
    place: str
    name: str = ""
    is_tail: bool = False


def parse_selector(text: str) -> list[Step]:
    """Return the steps of a selector.

    Raises
    ------
    ValueError
        It is not one of RFC 5261.

    Examples
    --------
    >>> [step.name for step in parse_selector("*/note[@id='x']/text()[1]")]
    ['*', 'note', 'text()']
    """
    if len(text) > _MAX_SELECTOR:
        raise ValueError(f"sel has more than {_MAX_SELECTOR:,} characters")
    rest, steps = text.strip().removeprefix("/"), []
    while True:
        match = _STEP.match(rest)
        if match is None or match.lastgroup is None:
            raise ValueError(f"sel cannot be read at {quoted(rest, 40)}: it must be a path such as map/layer[2]/@name")
        kind, name = match.lastgroup, match[match.lastgroup]
        rest = rest[match.end() :]
        conditions = []
        while (condition := _CONDITION.match(rest)) is not None:
            value = condition["value"] or ""
            conditions.append(Condition(int(condition["position"] or 0), condition["left"] or "", value[1:-1]))
            if conditions[-1] == Condition(0, "", ""):
                raise ValueError("positions in sel count from 1")
            rest = rest[condition.end() :]
        steps.append(Step(kind, name, tuple(conditions)))
        if len(steps) > _MAX_STEPS or len(conditions) > _MAX_CONDITIONS:
            raise ValueError(f"sel has more than {_MAX_STEPS} steps, or {_MAX_CONDITIONS} conditions in one")
        if not rest:
            break
        if rest[0] != "/" or kind not in ("element", "id"):
            raise ValueError(f"sel cannot be read at {quoted(rest, 40)}")
        rest = rest[1:]
    if any(step.kind == "id" for step in steps[1:]):
        raise ValueError("id() can only be the first step of sel")
    return steps


def select(root: _Element, steps: list[Step], namespaces: Mapping[str | None, str], budget: Budget) -> Selected:
    """Return the one thing that a selector selects.

    Parameters
    ----------
    root
        The root element of the document.
    steps
        The selector.
    namespaces
        What prefixes mean in the patch; that of None is the namespace of elements without a prefix.
    budget
        Limits the steps of the search.

    Raises
    ------
    ValueError
        There is none, or more than one.
    BudgetError
        The search takes too long.
    """
    nodes: list[Any] = [None]  # the document itself
    for step in steps[:-1]:
        nodes = [child for node in nodes for child in _matches(root, node, step, namespaces, budget)]
    last = steps[-1]
    found: list[Selected] = []
    for node in nodes:
        if last.kind == "attribute":
            name = _qualified(last.name[1:], namespaces, is_attribute=True)
            if node is not None and name in node.attrib:
                found.append(Selected(node, "attribute", f"{_path(node)}/@{plain(last.name[1:])}", name))
        elif last.kind == "namespace":
            if node is not None and last.name in node.nsmap:
                found.append(Selected(node, "namespace", f"{_path(node)}/namespace::{last.name}", last.name))
        elif last.kind == "text":
            found += [] if node is None else _texts(node, last, budget)
        else:
            matches = _matches(root, node, last, namespaces, budget)
            found += [Selected(child, "node", _path(child)) for child in matches]
    if len(found) != 1:
        raise ValueError("sel selects nothing" if not found else f"sel selects {len(found)} nodes, not one")
    if last.kind in ("attribute", "namespace") and last.conditions:
        raise ValueError("an attribute or namespace has no conditions")
    return found[0]


def _path(node: Any) -> str:
    return plain(node.getroottree().getpath(node), 300)


def _matches(
    root: _Element, parent: Any, step: Step, namespaces: Mapping[str | None, str], budget: Budget
) -> list[Any]:
    from lxml import etree

    if step.kind == "id":
        return _by_id(root, step.name[4:-2], budget)
    if parent is None:
        around = [*list(root.itersiblings(preceding=True))[::-1], root, *root.itersiblings()]
        children = around
    else:
        children = list(parent)
    budget.spend("steps", len(children) + 1)
    if step.kind == "element":
        wanted = None if step.name == "*" else _qualified(step.name, namespaces)
        found = [child for child in children if isinstance(child.tag, str) and wanted in (None, child.tag)]
    elif step.kind == "comment":
        found = [child for child in children if isinstance(child, etree._Comment)]
    else:
        target = step.name.removeprefix("processing-instruction(")[1:-2]
        found = [
            child
            for child in children
            if isinstance(child, etree._ProcessingInstruction) and target in ("", child.target)
        ]
    for condition in step.conditions:
        if condition.position:
            found = found[condition.position - 1 : condition.position]
        else:
            found = [child for child in found if _holds(child, condition, namespaces, budget)]
    return found


def _by_id(root: _Element, value: str, budget: Budget) -> list[Any]:
    """Return the element with an id: ``xml:id``, as there is no DTD that could name another attribute."""
    found = []
    for element in root.iter():
        budget.spend("steps")
        if isinstance(element.tag, str) and element.get("{http://www.w3.org/XML/1998/namespace}id") == value:
            found.append(element)
    return found


def _holds(node: Any, condition: Condition, namespaces: Mapping[str | None, str], budget: Budget) -> bool:
    left = condition.left
    if left.startswith("@"):
        found = node.get(_qualified(left[1:], namespaces, is_attribute=True))
        return isinstance(found, str) and found == condition.value
    if left == ".":
        return _string(node, budget) == condition.value
    wanted = _qualified(left, namespaces)
    budget.spend("steps", len(node))
    return any(child.tag == wanted and _string(child, budget) == condition.value for child in node)


def _string(node: Any, budget: Budget) -> str:
    if not isinstance(node.tag, str):
        return node.text or ""
    for _ in node.iter():
        budget.spend("steps")
    text: str = node.xpath("string()")
    budget.spend("steps", len(text) // 64)
    return text


def _texts(node: Any, step: Step, budget: Budget) -> list[Selected]:
    """Return the texts of an element, each with the node that lxml keeps it at."""
    budget.spend("steps", len(node) + 1)
    texts = [(node, False, node.text), *((child, True, child.tail) for child in node)]
    found = [(owner, is_tail, text) for owner, is_tail, text in texts if text]
    for condition in step.conditions:
        if condition.position:
            found = found[condition.position - 1 : condition.position]
        elif condition.left == ".":
            found = [item for item in found if item[2] == condition.value]
        else:
            raise ValueError("text has no attributes and children")
    return [
        Selected(owner, "text", f"{_path(node)}/text() at {_path(owner)}", is_tail=is_tail)
        for owner, is_tail, _ in found
    ]


def _qualified(name: str, namespaces: Mapping[str | None, str], *, is_attribute: bool = False) -> str:
    prefix, colon, local = name.rpartition(":")
    if not colon:
        uri = None if is_attribute else namespaces.get(None)
        return name if uri is None else f"{{{uri}}}{name}"
    if prefix == "xml":
        return f"{{http://www.w3.org/XML/1998/namespace}}{local}"
    if prefix not in namespaces:
        raise ValueError(f"the prefix {quoted(prefix)} is not declared in the patch")
    return f"{{{namespaces[prefix]}}}{local}"
