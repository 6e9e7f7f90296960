"""Patches of XML: after the examples of RFC 5261, appendix A, and patches that mean harm."""

from __future__ import annotations

import pytest
from lxml import etree

from vfsloader.datamerge.xml_patch import apply_xml_patch
from vfsloader.errors import BudgetError
from vfsloader.runtime.budget import Budget, Limits

#: After appendix A of the RFC: the document, the patch and the result.
EXAMPLES = {
    "A.1 adding an element": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<doc>\n  <note>This is a sample document</note>\n</doc>\n',
        '<diff>\n  <add sel="doc"><foo id="ert4773">This is a new child</foo></add>\n</diff>',
        '<doc>\n  <note>This is a sample document</note>\n<foo id="ert4773">This is a new child</foo></doc>',
    ),
    "A.2 adding an attribute": (
        '<doc>\n  <note>This is a sample document</note>\n  <foo id="ert4773">This is a new child</foo>\n</doc>',
        '<diff>\n  <add sel="doc/foo[@id=\'ert4773\']" type="@user">Bob</add>\n</diff>',
        '<doc>\n  <note>This is a sample document</note>\n  <foo id="ert4773" user="Bob">This is a new child</foo>\n'
        "</doc>",
    ),
    "A.3 adding a prefixed namespace declaration": (
        "<doc>\n  <note>This is a sample document</note>\n</doc>",
        '<diff>\n  <add sel="doc" type="namespace::pref">urn:ns:xxx</add>\n</diff>',
        '<doc xmlns:pref="urn:ns:xxx">\n  <note>This is a sample document</note>\n</doc>',
    ),
    "A.4 adding a comment": (
        "<doc>\n  <note>This is a sample document</note>\n  <foo/>\n</doc>",
        '<diff>\n  <add sel="doc/foo" pos="before"><!-- comment --></add>\n</diff>',
        "<doc>\n  <note>This is a sample document</note>\n  <!-- comment --><foo/>\n</doc>",
    ),
    "A.5 replacing an element": (
        '<doc>\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <replace sel="doc/foo[@a=\'1\']"><bar a="2"/></replace>\n</diff>',
        '<doc>\n  <bar a="2"/>\n</doc>',
    ),
    "A.6 replacing an attribute value": (
        '<doc a="test">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <replace sel="doc/@a">new value</replace>\n</diff>',
        '<doc a="new value">\n  <foo a="1">This is a sample document</foo>\n</doc>',
    ),
    "A.7 replacing a namespace declaration URI": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <replace sel="doc/namespace::pref">urn:new:xxx</replace>\n</diff>',
        '<doc xmlns:pref="urn:new:xxx">\n  <foo a="1">This is a sample document</foo>\n</doc>',
    ),
    "A.8 replacing a comment node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  <!-- comment -->\n</doc>',
        '<diff>\n  <replace sel="doc/comment()[1]"><!-- This is the new content\n  --></replace>\n</diff>',
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n'
        "  <!-- This is the new content\n  -->\n</doc>",
    ),
    "A.9 replacing a processing instruction node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  <?test foo="bar"?>\n</doc>',
        '<diff>\n  <replace sel=\'doc/processing-instruction("test")\'><?test bar="foobar"?></replace>\n</diff>',
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  <?test bar="foobar"?>\n</doc>',
    ),
    "A.10 replacing a text node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <replace sel="doc/foo/text()[1]">This is the new text content</replace>\n</diff>',
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is the new text content</foo>\n</doc>',
    ),
    "A.11 removing an element": (
        '<doc>\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <remove sel="doc/foo[@a=\'1\']" ws="after"/>\n</diff>',
        "<doc>\n  </doc>",
    ),
    "A.12 removing an attribute": (
        '<doc a="foo">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <remove sel="doc/@a"/>\n</diff>',
        '<doc>\n  <foo a="1">This is a sample document</foo>\n</doc>',
    ),
    "A.13 removing a prefixed namespace declaration": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <remove sel="doc/foo/namespace::pref"/><remove sel="doc/namespace::pref"/>\n</diff>',
        '<doc>\n  <foo a="1">This is a sample document</foo>\n</doc>',
    ),
    "A.14 removing a comment node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  <!-- comment -->\n</doc>',
        '<diff>\n  <remove sel="doc/comment()[1]"/>\n</diff>',
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  \n</doc>',
    ),
    "A.15 removing a processing instruction node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  <?test?>\n</doc>',
        "<diff>\n  <remove sel='doc/processing-instruction(\"test\")'/>\n</diff>",
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n  \n</doc>',
    ),
    "A.16 removing a text node": (
        '<doc xmlns:pref="urn:test">\n  <foo a="1">This is a sample document</foo>\n</doc>',
        '<diff>\n  <remove sel="doc/foo/text()"/>\n</diff>',
        '<doc xmlns:pref="urn:test">\n  <foo a="1"/>\n</doc>',
    ),
    "A.18 a default namespace": (
        '<doc xmlns="urn:test:a" xmlns:a="urn:test:a"><note/></doc>',
        '<p:diff xmlns="urn:test:a" xmlns:p="urn:diff"><p:add sel="doc/note"><foo id="1"/></p:add></p:diff>',
        '<doc xmlns="urn:test:a" xmlns:a="urn:test:a"><note><foo id="1"/></note></doc>',
    ),
}


def canonical(data: bytes | str) -> str:
    return etree.canonicalize(data.decode() if isinstance(data, bytes) else data, with_comments=True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_rfc(name: str) -> None:
    document, patch, expected = EXAMPLES[name]
    result, refused, _ = apply_xml_patch(document.encode(), patch.encode(), Budget(name))
    assert canonical(result) == canonical(expected)
    assert len(refused) == ("A.13" in name)


@pytest.mark.parametrize(
    ("patch", "problem"),
    [
        ('<diff><remove sel="doc/none"/></diff>', "selects nothing"),
        ('<diff><remove sel="doc/a"/></diff>', "selects 2 nodes"),
        ('<diff><remove sel="//a"/></diff>', "cannot be read at '/a'"),
        ('<diff><remove sel="doc/a[position()=1]"/></diff>', "cannot be read"),
        ('<diff><remove sel="doc/a[0]"/></diff>', "count from 1"),
        ('<diff><remove sel="x:doc"/></diff>', "prefix 'x' is not declared"),
        ('<diff><remove sel="doc"/></diff>', "root element cannot be removed"),
        ("<diff><remove/></diff>", "no sel"),
        ('<diff><explode sel="doc"/></diff>', "add, replace and remove"),
        ('<diff><replace sel="doc/a[1]">text</replace></diff>', "must be one node"),
        ('<diff><remove sel="doc/a[1]" ws="before"/></diff>', "white space before"),
        ('<diff><add sel="doc" type="@x">1</add></diff>', "there is an attribute 'x' already"),
        ('<diff><add sel="doc" pos="inside">1</add></diff>', "pos must be"),
        ('<diff><add sel="doc" pos="after"><b/></add></diff>', "beside the root"),
    ],
)
def test_an_operation_that_does_not_fit_is_left_out(patch: str, problem: str) -> None:
    document = b'<doc x="0"><a/><a/></doc>'
    both = patch.replace("</diff>", '<replace sel="doc/@x">1</replace></diff>').encode()
    result, [refused], _ = apply_xml_patch(document, both, Budget("a patch"))
    assert problem in refused
    assert result == b'<doc x="1"><a/><a/></doc>'


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "bad",
    [
        BOMB + "<diff>&b;</diff>",
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><diff>&x;</diff>',
        '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><diff/>',
        "<diff><add",
        "",
        "\x00",
        "<a>" * 300 + "</a>" * 300,
    ],
)
def test_xml_that_means_harm_is_refused(bad: str) -> None:
    with pytest.raises((ValueError, BudgetError)):
        apply_xml_patch(b"<doc/>", bad.encode(), Budget("a patch"))
    with pytest.raises((ValueError, BudgetError)):
        apply_xml_patch(bad.encode(), b"<diff/>", Budget("a patch"))


def test_a_patch_cannot_use_more_than_its_budget() -> None:
    document = b"<doc>" + b"<a>x</a>" * 500 + b"</doc>"
    patch = b"<diff>" + b"<remove sel=\"doc/a[.='y']\"/>" * 500 + b"</diff>"
    with pytest.raises(BudgetError, match="steps"):
        apply_xml_patch(document, patch, Budget("a patch", Limits(steps=10_000)))
    with pytest.raises(BudgetError, match="operations"):
        apply_xml_patch(document, patch, Budget("a patch", Limits(operations=5)))
    with pytest.raises(BudgetError, match="nodes"):
        apply_xml_patch(document, patch, Budget("a patch", Limits(nodes=100)))


def test_comments_and_instructions_around_the_root_are_kept() -> None:
    document = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a --><doc><b/></doc><?end it?>\n'
    patch = b'<diff><add sel="doc" pos="before"><!-- new --></add><replace sel="doc"><root/></replace></diff>'
    result, refused, _ = apply_xml_patch(document, patch, Budget("a patch"))
    assert not refused
    assert canonical(result) == canonical("<!-- a --><!-- new --><root/><?end it?>")
