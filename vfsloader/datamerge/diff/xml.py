"""The patch of RFC 5261 that makes one version of an XML file into another.

Each operation is carried out on a copy of the old version as soon as it is made, so the next one is made for what is
there then. Elements are named by their tag, and where it is not the only one by an ``id`` or ``name``, so that a patch
still fits when the game's file has changed elsewhere.
"""

from __future__ import annotations

import copy
import difflib
from typing import TYPE_CHECKING, Any

from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.datamerge.xml_patch import PatchedDocument, apply_xml_patch, parse
from vfsloader.errors import VFSError
from vfsloader.runtime.budget import Budget

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Attributes that name an element, the best first.
_NAMES = ("id", "name", "key", "ref", "source")
#: A patch with more operations says no longer what was changed.
_MAX_OPERATIONS = 500


class _CannotError(Exception):
    """A patch cannot express the difference, or only with too many operations."""


def xml_change(old: bytes, new: bytes) -> bytes | None:
    """Return the content of a ``.patch`` file.

    Parameters
    ----------
    old, new
        Both versions.

    Returns
    -------
    bytes or None
        None if a patch does not give exactly the new version.

    Raises
    ------
    ValueError
        One of them is not XML.
    ModuleNotFoundError
        lxml is missing.

    Examples
    --------
    >>> old = b'<ui><button name="a"/><button name="b"/></ui>'
    >>> print(xml_change(old, b'<ui><button name="b" x="1"/></ui>').decode())
    <diff>
      <add sel="ui/button[@name='b']" type="@x">1</add>
      <remove sel="ui/button[@name='a']"/>
    </diff>
    <BLANKLINE>
    """
    budget = Budget("an XML file")
    after = parse(new, budget, "the new file")
    document = PatchedDocument(parse(old, budget, "the old file"))
    patch = _Patch(document, after, budget)
    try:
        patch.sync(document.element, after)
        content = patch.written()
        made, refused, _ = apply_xml_patch(old, content, Budget("an XML file"))
    except (_CannotError, *DOES_NOT_FIT, VFSError):
        return None
    return content if not refused and same_xml(made, new) else None


def same_xml(one: bytes, other: bytes) -> bool:
    """Return whether two files are the same XML, however it is written."""
    return one == other or _canonical(one) == _canonical(other)


def _canonical(data: bytes) -> bytes:
    from lxml import etree

    root = parse(data, Budget("an XML file"), "the file")
    return etree.tostring(root.getroottree(), method="c14n", with_comments=True)


class _Patch:
    """A patch that is being made."""

    def __init__(self, document: PatchedDocument, after: _Element, budget: Budget) -> None:
        from lxml import etree

        self._etree = etree
        self._document = document
        self._budget = budget
        namespaces: Any = {**document.element.nsmap, **after.nsmap}
        self._root = etree.Element("diff", nsmap=namespaces)
        self._prefixes = {uri: prefix for prefix, uri in self._root.nsmap.items()}

    def written(self) -> bytes:
        """Return the patch as a file, with one operation a line."""
        self._root.text = "\n  "
        for operation in self._root:
            operation.tail = "\n  "
        if len(self._root):
            self._root[-1].tail = "\n"
        written: bytes = self._etree.tostring(self._root, encoding="UTF-8")
        return written + b"\n"

    def sync(self, old: _Element, new: _Element) -> None:
        """Make an element of the document like another one."""
        if not isinstance(new.tag, str) or old.tag != new.tag or old.nsmap != new.nsmap:
            if old.text != new.text or type(old) is not type(new) or old.tag != new.tag:
                self._replace(old, new)
            return
        before, after = _attributes(old), _attributes(new)
        for name in [name for name in before if name not in after]:
            self._add("remove", f"{self._path(old)}/@{self._name(name)}")
        for name, value in after.items():
            if name not in before:
                self._add("add", self._path(old), text=value, type=f"@{self._name(name)}")
            elif before[name] != value:
                self._add("replace", f"{self._path(old)}/@{self._name(name)}", text=value)
        self._sync_children(old, new)
        self._sync_texts(old, new)

    def _sync_children(self, old: _Element, new: _Element) -> None:
        before, after = list(old), list(new)
        matcher = difflib.SequenceMatcher(None, [_key(node) for node in before], [_key(node) for node in after], False)
        for kind, left, right, start, end in reversed(matcher.get_opcodes()):  # what is before stays where it is
            pairs = min(right - left, end - start) if kind in ("equal", "replace") else 0
            same = [before[left + at].tag == after[start + at].tag for at in range(pairs)]
            if kind == "replace" and not all(same):
                pairs = 0
            for node in reversed(before[left + pairs : right]):
                self._remove(node, after[start + pairs - 1].tail if start + pairs else new.text)
            for node in reversed(after[start + pairs : end]):
                self._insert(old, left + pairs, node)
            for at in reversed(range(pairs)):
                self.sync(before[left + at], after[start + at])

    def _remove(self, node: _Element, wanted: str | None) -> None:
        """Remove a node with that white space around it which leaves what is wanted."""
        previous, parent = node.getprevious(), node.getparent()
        assert parent is not None
        before = (parent.text if previous is None else previous.tail) or ""
        after = node.tail or ""
        space = ""
        for name, rest in (("after", before), ("before", after), ("both", "")):
            is_blank = all(text and not text.strip() for text in _taken(name, before, after))
            if before + after != (wanted or "") and is_blank and rest == (wanted or ""):
                space = name
                break
        if space:
            self._add("remove", self._path(node), ws=space)
        else:
            self._add("remove", self._path(node))

    def _insert(self, parent: _Element, at: int, node: _Element) -> None:
        """Insert a copy of a node with the text before it, so that the text after it stays."""
        added = copy.deepcopy(node)
        previous = node.getprevious()
        leading = (_parent(node).text if previous is None else previous.tail) or ""
        beside = parent[at - 1] if at else parent
        following = (beside.tail if at else parent.text) or ""
        trailing = node.tail or ""
        added.tail = trailing[: len(trailing) - len(following)] if trailing.endswith(following) else None
        if not trailing.endswith(following):
            leading = ""
        self._add("add", self._path(beside), text=leading, node=added, pos="after" if at else "prepend")

    def _sync_texts(self, old: _Element, new: _Element) -> None:
        """Make the texts between the children alike; there are as many children."""
        path = self._path(old)
        count = 0
        for at in range(len(new) + 1):
            now = (old[at - 1].tail if at else old.text) or ""
            wanted = (new[at - 1].tail if at else new.text) or ""
            count += bool(now)
            if now == wanted:
                continue
            if now and wanted:
                self._add("replace", f"{path}/text()[{count}]", text=wanted)
            elif now:
                self._add("remove", f"{path}/text()[{count}]")
                count -= 1
            else:
                where = ("after", self._path(old[at - 1])) if at else ("prepend", path)
                self._add("add", where[1], text=wanted, pos=where[0])
                count += 1

    def _replace(self, old: _Element, new: _Element) -> None:
        added = copy.deepcopy(new)
        added.tail = None
        self._add("replace", self._path(old), node=added)

    def _add(self, kind: str, path: str, *, text: str = "", node: _Element | None = None, **attributes: str) -> None:
        """Add an operation, and carry it out."""
        if len(self._root) >= _MAX_OPERATIONS:
            raise _CannotError
        operation = self._etree.SubElement(self._root, kind, {"sel": path, **attributes})
        operation.text = text or None
        if node is not None:
            operation.append(node)
        self._document.carry_out(operation, self._budget)

    def _path(self, node: _Element) -> str:
        steps = []
        current: _Element | None = node
        while current is not None:
            steps.append(self._step(current))
            current = current.getparent()
        return "/".join(reversed(steps))

    def _step(self, node: _Element) -> str:
        parent = node.getparent()
        if not isinstance(node.tag, str):
            is_comment = isinstance(node, self._etree._Comment)
            name = "comment()" if is_comment else "processing-instruction()"
            alike = [] if parent is None else [child for child in parent if isinstance(child, type(node))]
        else:
            name = self._name(node.tag, is_element=True)
            alike = [] if parent is None else [child for child in parent if child.tag == node.tag]
        if len(alike) < 2:
            return name
        for attribute in _NAMES if isinstance(node.tag, str) else ():
            value = node.get(attribute)
            quote = next((mark for mark in "'\"" if value and mark not in value), None)
            if quote and value and len(value) <= 100 and sum(child.get(attribute) == value for child in alike) == 1:
                return f"{name}[@{attribute}={quote}{value}{quote}]"
        return f"{name}[{alike.index(node) + 1}]"

    def _name(self, tag: str, *, is_element: bool = False) -> str:
        """Return a name as a selector writes it."""
        qualified = self._etree.QName(tag)
        if qualified.namespace is None:
            if is_element and None in self._root.nsmap:
                raise _CannotError  # without a prefix it would be in the namespace that the patch has by default
            return qualified.localname
        if qualified.namespace == "http://www.w3.org/XML/1998/namespace":
            return f"xml:{qualified.localname}"
        if qualified.namespace not in self._prefixes:
            raise _CannotError
        prefix = self._prefixes[qualified.namespace]
        if prefix is None and not is_element:
            raise _CannotError
        return qualified.localname if prefix is None else f"{prefix}:{qualified.localname}"


def _key(node: _Element) -> tuple[Any, ...]:
    """Return what two versions of a node have in common."""
    if not isinstance(node.tag, str):
        return type(node).__name__, node.text
    return node.tag, next((node.get(name) for name in _NAMES if node.get(name)), None)


def _attributes(node: _Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in node.attrib.items()}


def _taken(space: str, before: str, after: str) -> tuple[str, ...]:
    return {"after": (after,), "before": (before,), "both": (before, after)}[space]


def _parent(node: _Element) -> _Element:
    parent = node.getparent()
    assert parent is not None
    return parent
