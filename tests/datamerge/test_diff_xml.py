"""Patches of XML out of two versions: whatever they are, the patch makes the one into the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import ResourceManager
from vfsloader.cli.main import main
from vfsloader.datamerge.diff.xml import same_xml, xml_change
from vfsloader.datamerge.xml_patch import apply_xml_patch
from vfsloader.runtime.budget import Budget

UI = b"""<?xml version="1.0" encoding="UTF-8"?>
<ui>
  <!-- the start -->
  <button name="start" color="red"/>
  <button name="quit"/>
  <panel id="p"><text>Hello</text><text>Bye</text></panel>
</ui>
"""

spaces = st.sampled_from(["", "", "\n  ", " a ", "text"])
attributes = st.dictionaries(st.sampled_from(["id", "name", "x"]), st.sampled_from(["1", "2", "it's"]), max_size=2)


def _element(tag: str, values: dict[str, str], children: list[str], texts: list[str]) -> str:
    shown = "".join(f' {name}="{value}"' for name, value in values.items())
    texts = [*texts, *[""] * 5]
    inner = texts[0] + "".join(child + text for child, text in zip(children, texts[1:], strict=False))
    return f"<{tag}{shown}>{inner}</{tag}>"


elements = st.recursive(
    st.sampled_from(["<!-- c -->", "<!-- d -->", "<?go x?>", "<a/>", "<b/>"]),
    lambda inner: st.builds(
        _element, st.sampled_from("ab"), attributes, st.lists(inner, max_size=4), st.lists(spaces, max_size=4)
    ),
    max_leaves=8,
)
documents = st.builds(
    _element, st.sampled_from("ab"), attributes, st.lists(elements, max_size=4), st.lists(spaces, max_size=4)
)


@settings(max_examples=60)
@given(documents, documents)
def test_any_document_becomes_any_other(old: str, new: str) -> None:
    patch = xml_change(old.encode(), new.encode())
    assert patch is not None
    made, refused, _ = apply_xml_patch(old.encode(), patch, Budget("a patch"))
    assert not refused
    assert same_xml(made, new.encode())


@pytest.mark.parametrize(
    ("old", "new", "operations"),
    [
        (b'color="red"', b'color="blue"', [b"<replace sel=\"ui/button[@name='start']/@color\">blue</replace>"]),
        (b'  <button name="quit"/>\n', b"", [b'<remove sel="ui/button[2]" ws="before"/>']),
        (b"Bye", b"Ciao", [b'<replace sel="ui/panel/text[2]/text()[1]">Ciao</replace>']),
        (
            b"  <panel",
            b'  <button name="help"/>\n  <panel',
            [b'<add sel="ui/button[@name=\'quit\']" pos="after">\n  ', b'<button name="help"/>'],
        ),
    ],
)
def test_a_patch_says_what_a_person_would_write(old: bytes, new: bytes, operations: list[bytes]) -> None:
    patch = xml_change(UI, UI.replace(old, new))
    assert patch is not None
    assert patch.count(b" sel=") == 1
    for operation in operations:
        assert operation in patch or (b"remove" in operation and b"<remove sel=" in patch)


def test_names_of_namespaces() -> None:
    old = b'<u xmlns="urn:a" xmlns:p="urn:b"><b p:x="1"/><p:c/></u>'
    new = b'<u xmlns="urn:a" xmlns:p="urn:b"><b p:x="2" p:y="3"/><p:c>t</p:c><d/></u>'
    patch = xml_change(old, new)
    assert patch is not None
    assert same_xml(apply_xml_patch(old, patch, Budget("a patch"))[0], new)


def test_mods_diff_writes_patches_of_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file, data in {
        "base/ui.xml": UI,
        "copy/ui.xml": UI.replace(b"red", b"blue"),
        "base/same.xml": b"<a><b x='1'/></a>",
        "copy/same.xml": b'<a><b x="1"></b></a>',
        "mods/winter/mod.toml": b'id = "winter"\nname = "W"\nversion = "1"\n',
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    assert main(["mods", "diff", "base", "copy", "--into", "mods/winter"]) == 0
    assert {path.name for path in Path("mods/winter").iterdir()} == {"mod.toml", "ui.xml.patch"}
    with ResourceManager("base", mods="mods", watch=False) as game:
        assert same_xml(game.read_edited("/ui.xml"), UI.replace(b"red", b"blue"))
