"""Patches of XML by RFC 5261, applied by lxml to untrusted files.

A patch is XML with ``add``, ``replace`` and ``remove`` in any root element; ``sel`` of each selects one node. One that
does not fit is left out, and the others are applied.

References
----------
RFC 5261, "An XML Patch Operations Framework Utilizing XPath Selectors".
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from vfsloader.datamerge.xml_selector import Selected, parse_selector, select
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHITESPACE = " \t\r\n"


def apply_xml_patch(data: bytes, patch: bytes, budget: Budget) -> tuple[bytes, list[str], list[str]]:
    """Apply a patch to an XML file.

    Parameters
    ----------
    data
        The file.
    patch
        The patch.
    budget
        Limits nodes, depth, operations, and steps of selecting.

    Returns
    -------
    tuple
        The new file, why operations were left out, and what the others changed.

    Raises
    ------
    ValueError
        The file or the patch is not XML.
    BudgetError
        It needs more than the budget.
    ModuleNotFoundError
        lxml is missing.

    Examples
    --------
    >>> patch = b'<diff><replace sel="doc/@speed">5</replace></diff>'
    >>> apply_xml_patch(b'<doc speed="3"/>', patch, Budget("a patch"))[0]
    b'<doc speed="5"/>'
    """
    etree = _lxml()
    operations = parse(patch, budget, "the patch")
    document = parse(data, budget, "the file")
    root = PatchedDocument(document)
    refused, places = [], []
    for index, operation in enumerate(operations.iterchildren(etree.Element), 1):
        budget.spend("operations")
        name = etree.QName(operation).localname
        try:
            if name not in ("add", "replace", "remove"):
                raise ValueError("the operations are add, replace and remove")
            places.append(root.carry_out(operation, budget))
        except ValueError as error:
            refused.append(f"operation {index} ({plain(name, 40)} {quoted(operation.get('sel', ''))}): {error}")
    return root.written(data), refused, places


def _lxml() -> Any:
    try:
        from lxml import etree
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("patches of XML need lxml: pip install 'vfsloader[maps]'", name="lxml") from error
    return etree


def parse(data: bytes, budget: Budget, what: str) -> _Element:
    """Parse untrusted XML: no entities, no network, nothing that lxml calls huge.

    Raises
    ------
    ValueError
        It is not XML, is nested too deeply, or declares an entity.
    BudgetError
        It has too many nodes.
    """
    etree = _lxml()
    # Counted before it is parsed, so that a parser never makes more than the budget allows.
    budget.spend("nodes", data.count(b"<") + data.count(b"="))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root: _Element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(f"{what} is not XML that can be read: {plain(str(error), 300)}") from error
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ValueError(f"{what} declares an entity, which is not allowed")
    depth = 0
    for event, _ in etree.iterwalk(root, ("start", "end")):
        depth += 1 if event == "start" else -1
        budget.check_depth(depth)
    return root


class PatchedDocument:
    """A document that is being patched; its root element may be replaced."""

    def __init__(self, element: _Element) -> None:
        self.element = element

    def carry_out(self, operation: _Element, budget: Budget) -> str:
        """Carry out one operation, and return what it changed.

        Raises
        ------
        ValueError
            It does not fit.
        """
        return _carry_out(self, _lxml().QName(operation).localname, operation, budget)

    def written(self, before: bytes) -> bytes:
        etree = _lxml()
        info = self.element.getroottree().docinfo
        has_declaration = before.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml")
        data: bytes = etree.tostring(
            self.element.getroottree(), encoding=info.encoding or "UTF-8", xml_declaration=has_declaration
        )
        return data + (b"\n" if before.endswith(b"\n") else b"")


def _carry_out(root: PatchedDocument, name: str, operation: _Element, budget: Budget) -> str:
    """Carry out one operation, and return what it changed."""
    sel = operation.get("sel")
    if not sel:
        raise ValueError("it has no sel")
    if len(operation):
        budget.spend("nodes", sum(1 for _ in operation.iter()))
    target = select(root.element, parse_selector(sel), operation.nsmap, budget)
    {"add": _add, "replace": _replace, "remove": _remove}[name](root, operation, target)
    return "" if name == "add" and not operation.get("type") else target.place


# --- add ---------------------------------------------------------------------------------------------


def _add(root: PatchedDocument, operation: _Element, target: Selected) -> None:
    kind, position = operation.get("type", ""), operation.get("pos", "")
    if position not in ("", "before", "after", "prepend"):
        raise ValueError(f"pos must be before, after or prepend, not {quoted(position)}")
    if target.kind != "node":
        raise ValueError("sel must select an element, comment or instruction to add to")
    node = target.node
    if kind.startswith("@"):
        key = _qualified(kind[1:], operation)
        if key in node.attrib:
            raise ValueError(f"there is an attribute {quoted(kind[1:])} already: replace it")
        node.set(key, operation.text or "")
        return
    if kind.startswith("namespace::"):
        _declare(root, node, kind.removeprefix("namespace::"), operation.text or "")
        return
    if kind:
        raise ValueError(f"type must be @name or namespace::prefix, not {quoted(kind)}")
    text, nodes = _content(operation)
    parent = node.getparent()
    if position in ("before", "after"):
        if parent is None:
            if text.strip(_WHITESPACE) or any(isinstance(child.tag, str) for child in nodes):
                raise ValueError("beside the root element there may only be comments and instructions")
            _beside_root(node, nodes, position)
            return
        at = parent.index(node)
        if position == "before":
            _insert(parent, at, text, nodes)
        else:
            _insert_after(node, text, nodes)
    elif not isinstance(node.tag, str):
        raise ValueError("only an element can contain what is added; pos=before and pos=after add beside others")
    elif position == "prepend":
        _prepend(node, text, nodes)
    else:
        _insert(node, len(node), text, nodes)


def _content(operation: _Element) -> tuple[str, list[_Element]]:
    """Return copies of what an operation contains: leading text, and nodes with the text after them."""
    nodes = [copy.deepcopy(child) for child in operation]
    return operation.text or "", nodes


def _add_text_before(parent: _Element, at: int, text: str) -> None:
    """Add text at the end of what is before the child at an index."""
    if not text:
        return
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _insert(parent: _Element, at: int, text: str, nodes: list[_Element]) -> None:
    _add_text_before(parent, at, text)
    for offset, node in enumerate(nodes):
        tail, node.tail = node.tail, None
        parent.insert(at + offset, node)
        node.tail = tail


def _insert_after(node: _Element, text: str, nodes: list[_Element]) -> None:
    """Insert right after a node, before the text that follows it."""
    parent, following = node.getparent(), node.tail
    assert parent is not None
    node.tail = text or None
    _insert(parent, parent.index(node) + 1, "", nodes)
    if following:
        last = nodes[-1] if nodes else node
        last.tail = (last.tail or "") + following


def _prepend(parent: _Element, text: str, nodes: list[_Element]) -> None:
    following, parent.text = parent.text, text or None
    _insert(parent, 0, "", nodes)
    if following:
        if nodes:
            nodes[-1].tail = (nodes[-1].tail or "") + following
        else:
            parent.text = text + following


def _beside_root(node: _Element, nodes: list[_Element], position: str) -> None:
    for child in nodes if position == "before" else reversed(nodes):
        child.tail = None
        if position == "before":
            node.addprevious(child)
        else:
            node.addnext(child)


# --- replace -----------------------------------------------------------------------------------------


def _replace(root: PatchedDocument, operation: _Element, target: Selected) -> None:
    if target.kind == "attribute":
        if len(operation):
            raise ValueError("the new value of an attribute is text")
        target.node.set(target.name, operation.text or "")
        return
    if target.kind == "namespace":
        _redeclare(root, target.node, target.name, operation.text or "")
        return
    if target.kind == "text":
        text, nodes = _content(operation)
        if nodes:
            raise ValueError("the replacement of text is text")
        _set_text(target, text)
        return
    text, nodes = _content(operation)
    if len(nodes) != 1 or text.strip(_WHITESPACE) or (nodes[0].tail or "").strip(_WHITESPACE):
        raise ValueError("the replacement of a node must be one node")
    old, new = target.node, nodes[0]
    if type(old) is not type(new):
        raise ValueError("a node is replaced by one of its own kind")
    new.tail = old.tail
    parent = old.getparent()
    if parent is not None:
        parent.replace(old, new)
    elif old is root.element:
        _replace_root(root, new)
    else:
        raise ValueError("a node beside the root element cannot be replaced")


def _replace_root(root: PatchedDocument, new: _Element) -> None:
    new.tail = None
    before = list(root.element.itersiblings(preceding=True))[::-1]
    after = list(root.element.itersiblings())[::-1]
    for node in before:
        new.addprevious(node)
    for node in after:
        new.addnext(node)
    root.element = new


def _set_text(target: Selected, text: str) -> None:
    if target.is_tail:
        target.node.tail = text or None
    else:
        target.node.text = text or None


# --- remove ------------------------------------------------------------------------------------------


def _remove(root: PatchedDocument, operation: _Element, target: Selected) -> None:
    space = operation.get("ws", "")
    if space not in ("", "before", "after", "both"):
        raise ValueError(f"ws must be before, after or both, not {quoted(space)}")
    if target.kind != "node" and space:
        raise ValueError("ws only belongs to the removal of a node")
    if target.kind == "attribute":
        del target.node.attrib[target.name]
    elif target.kind == "namespace":
        _redeclare(root, target.node, target.name, None)
    elif target.kind == "text":
        _set_text(target, "")
    else:
        _remove_node(target.node, space)


def _remove_node(node: _Element, space: str) -> None:
    parent = node.getparent()
    if parent is None:
        raise ValueError("the root element cannot be removed")
    previous = node.getprevious()
    before = (parent.text if previous is None else previous.tail) or ""
    after = node.tail or ""
    if space in ("before", "both"):
        if not before or before.strip(_WHITESPACE):
            raise ValueError("there is other text than white space before the node, or none")
        before = ""
    if space in ("after", "both"):
        if not after or after.strip(_WHITESPACE):
            raise ValueError("there is other text than white space after the node, or none")
        after = ""
    parent.remove(node)
    if previous is None:
        parent.text = before + after or None
    else:
        previous.tail = before + after or None


# --- namespaces --------------------------------------------------------------------------------------


def _qualified(name: str, operation: _Element) -> str:
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return name
    uri = operation.nsmap.get(prefix)
    if uri is None:
        raise ValueError(f"the prefix {quoted(prefix)} is not declared in the patch")
    return f"{{{uri}}}{local}"


def _declare(root: PatchedDocument, node: _Element, prefix: str, uri: str) -> None:
    if prefix in node.nsmap and node.nsmap[prefix] == uri:
        raise ValueError(f"the namespace {quoted(prefix)} is declared already")
    _rebuild(root, node, {**_own_namespaces(node), prefix: uri})


def _redeclare(root: PatchedDocument, node: _Element, prefix: str, uri: str | None) -> None:
    """Change the URI of a prefix, or remove it."""
    old = node.nsmap[prefix]
    used = any(
        isinstance(name, str) and name.startswith(f"{{{old}}}")
        for element in node.iter(_lxml().Element)
        for name in (element.tag, *element.attrib)
    )
    if used:
        raise ValueError(f"the namespace {quoted(prefix)} is in use")
    namespaces = _own_namespaces(node)
    if prefix not in namespaces:
        raise ValueError(f"the namespace {quoted(prefix)} is declared further up")
    namespaces.pop(prefix)
    _rebuild(root, node, namespaces if uri is None else {**namespaces, prefix: uri})


def _own_namespaces(node: _Element) -> dict[str | None, str]:
    parent = node.getparent()
    above = {} if parent is None else parent.nsmap
    return {prefix: uri for prefix, uri in node.nsmap.items() if above.get(prefix) != uri}


def _rebuild(root: PatchedDocument, node: _Element, namespaces: dict[str | None, str]) -> None:
    """Replace an element by one with other declarations, which lxml cannot change."""
    etree = _lxml()
    try:
        new = etree.Element(node.tag, nsmap=namespaces)
    except ValueError as error:
        raise ValueError(f"the namespace cannot be declared: {plain(str(error), 200)}") from error
    new.text, new.tail = node.text, node.tail
    for name, value in node.attrib.items():
        new.set(name, value)
    parent = node.getparent()
    for child in list(node):
        new.append(child)
    if parent is None:
        _replace_root(root, new)
    else:
        parent.replace(node, new)
