"""Reading catalogs: against GNU gettext's own tools, and what is wrong with a stranger's catalog."""

from __future__ import annotations

import gettext
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader.datamerge.catalogs import CONTEXT_MARK, read_catalog
from vfsloader.errors import BudgetError
from vfsloader.runtime.budget import Budget, Limits

POLISH = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: pl\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

#: moth.py:12
msgid "Hello"
msgstr "Cześć"

msgctxt "menu"
msgid "Open"
msgstr "Otwórz"

msgctxt "door"
msgid "Open"
msgstr "otwarte"

#, fuzzy
msgid "Perhaps"
msgstr "Może"

msgid "Later"
msgstr ""

msgid "one moth"
msgid_plural "%d moths"
msgstr[0] "ćma"
msgstr[1] "%d ćmy"
msgstr[2] "%d ciem"

msgid "a \"long\" "
"line\n"
msgstr "długa "
"linia\t\n"

#~ msgid "Gone"
#~ msgstr "Znikło"
"""


def compiled(po: bytes, at: Path) -> bytes:
    """Compile a catalog with GNU gettext."""
    source, target = at / "a.po", at / "a.mo"
    source.write_bytes(po)
    subprocess.run(["msgfmt", "-o", target, source], check=True)
    return target.read_bytes()


def test_a_po_and_its_mo_say_the_same(tmp_path: Path) -> None:
    mo = compiled(POLISH.encode(), tmp_path)
    from_po, from_mo = read_catalog(POLISH.encode(), ".po", "pl"), read_catalog(mo, ".mo", "pl")
    with (tmp_path / "a.mo").open("rb") as file:
        theirs = gettext.GNUTranslations(file)
    assert from_po.messages.keys() == from_mo.messages.keys()
    assert from_po.untranslated == {"Perhaps", "Later"}
    for key, message in from_po.messages.items():
        assert message.forms == from_mo.messages[key].forms
        for number in (0, 1, 2, 5, 12, 22, 104):
            assert message.form(number) == from_mo.messages[key].form(number)
    assert from_po.messages["Hello"].forms[0] == theirs.gettext("Hello")
    assert from_po.messages[f"door{CONTEXT_MARK}Open"].forms[0] == theirs.pgettext("door", "Open")
    for number in range(30):
        assert from_po.messages["one moth"].form(number) == theirs.ngettext("one moth", "%d moths", number)


def test_what_msgmerge_updates_still_says_what_it_said(tmp_path: Path) -> None:
    """An author merges the game's new template: what is kept counts, and what msgmerge guesses does not."""
    template = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Hello"
msgstr ""

msgctxt "menu"
msgid "Open"
msgstr ""

msgid "one moth"
msgid_plural "%d moths"
msgstr[0] ""
msgstr[1] ""

msgid "Hello there"
msgstr ""

msgid "Quite another sentence"
msgstr ""
"""
    old, new = tmp_path / "old.po", tmp_path / "new.pot"
    old.write_text(POLISH)
    new.write_text(template)
    merged = subprocess.run(["msgmerge", "-q", "-o", "-", old, new], check=True, capture_output=True).stdout
    before, after = read_catalog(POLISH.encode(), ".po", "pl"), read_catalog(merged, ".po", "pl")
    assert set(after.messages) == {"Hello", f"menu{CONTEXT_MARK}Open", "one moth"}
    for key, message in after.messages.items():
        assert message.forms == before.messages[key].forms
    assert after.untranslated == {"Hello there", "Quite another sentence"}  # the first one is a guess of msgmerge
    from_mo = read_catalog(compiled(merged, tmp_path), ".mo", "pl")
    assert {key: message.forms for key, message in from_mo.messages.items()} == {
        key: message.forms for key, message in after.messages.items()
    }


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters='\n\t"\\'), min_size=1, max_size=30
)


@settings(max_examples=20)
@given(st.dictionaries(texts, texts, min_size=1, max_size=8))
def test_any_texts_come_back_from_msgfmt(tmp_path_factory: pytest.TempPathFactory, table: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\t", r"\t") + '"'

    # msgfmt insists that an id and its translation begin and end with a line break, or that neither does.
    table = {f"<{key}>": f"<{text}>" for key, text in table.items()}
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    po = head + "\n".join(f"msgid {quoted(key)}\nmsgstr {quoted(text)}\n" for key, text in table.items())
    mo = compiled(po.encode(), tmp_path_factory.mktemp("po"))
    for data, suffix in ((po.encode(), ".po"), (mo, ".mo")):
        messages = read_catalog(data, suffix, "fi").messages
        assert {key: message.forms[0] for key, message in messages.items()} == table


def test_the_language_says_the_plurals_that_a_file_leaves_out() -> None:
    without = POLISH.replace("Plural-Forms", "X-Nothing").encode()
    moths = read_catalog(without, ".po", "pl").messages["one moth"]
    assert [moths.form(number) for number in (1, 3, 5)] == ["ćma", "%d ćmy", "%d ciem"]
    table = b'{"moths": {"one": "a", "few": "b", "many": "c", "other": "d"}, "list": ["x", "y"]}'
    messages = read_catalog(table, ".json", "pl").messages
    assert [messages["moths"].form(number) for number in (1, 3, 5)] == ["a", "b", "c"]
    assert [messages["list"].form(number) for number in (1, 7)] == ["x", "y"]
    assert [read_catalog(table, ".json", "xx-nowhere").messages["moths"].form(number) for number in (1, 3)] == [
        "a",
        "d",
    ]


def test_without_babel_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("babel.core", "babel.messages.catalog", "babel.messages.pofile"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match=r"vfsloader\[text\]"):
        read_catalog(POLISH.encode(), ".po", "pl")
    with pytest.raises(ValueError, match=r"vfsloader\[text\]"):
        read_catalog(b'{"a": {"one": "x", "other": "y"}}', ".json", "pl")
    assert read_catalog(b'{"a": {"one": "x", "other": "y"}}', ".json", "de").messages["a"].form(2) == "y"


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".po", b'msgid "a"\nmsgid_plural "b"\nmsgstr[-5] "x"\n'),
        (".po", b'"x"'),
        (".po", b"\xff\xfe\x00"),
        (".po", b'msgid ""\nmsgstr "Content-Type: text/plain; charset=nope\\n"\n\nmsgid "a"\nmsgstr "b"'),
        (".po", b'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=((((n;\\n"\n\nmsgid "a"\nmsgstr "b"'),
        (
            ".po",
            b'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=' + b"(" * 500 + b'n;\\n"\n\nmsgid "a"\nmsgstr "b"',
        ),
        (".po", b'msgid "a"\n<<<<<<< mine\nmsgstr "b"'),
        (".mo", b""),
        (".mo", b"\xde\x12\x04\x95"),
        (".mo", struct.pack("<5I", 0x950412DE, 0, 0xFFFFFFFF, 28, 28)),
        (".mo", struct.pack("<9I", 0x950412DE, 0, 1, 28, 28, 0, 0, 5, 90) + bytes(20)),
        (".json", b"[]"),
        (".json", b'{"a": 1}'),
        (".json", b'{"a": [1]}'),
        (".json", b'{"a": []}'),
    ],
)
def test_a_wrong_file_is_an_error_that_says_so(suffix: str, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_catalog(data, suffix, "fi")


def test_a_plural_rule_of_a_stranger_harms_nothing() -> None:
    for rule in ("n%0", "n/0", "99999999", "0-1"):
        head = f'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural={rule};\\n"\n\n'
        data = (head + 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] "y"\n').encode()
        assert read_catalog(data, ".po", "fi").messages["a"].form(3) == "y"


def test_what_a_header_claims_costs_nothing() -> None:
    head = 'msgid ""\nmsgstr "Plural-Forms: nplurals=9999999999; plural=n;\\n"\n\n'
    messages = read_catalog((head + 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\n' * 50).encode(), ".po", "fi").messages
    assert messages["a"].forms == ("x",)


def test_texts_that_share_bytes_are_refused() -> None:
    count, size = 2_000, 100_000
    text = 28 + 16 * count
    pairs = b"".join(struct.pack("<2I", size - at, text + at) for at in range(count))
    data = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + pairs + pairs + b"x" * size + b"\0"
    with pytest.raises(ValueError, match="overlap"):
        read_catalog(data, ".mo", "fi")


@pytest.mark.parametrize("suffix", [".po", ".mo", ".json"])
def test_messages_count_against_the_budget(suffix: str, tmp_path: Path) -> None:
    data = {".po": POLISH.encode(), ".mo": compiled(POLISH.encode(), tmp_path), ".json": b'{"a": "b", "c": "d"}'}[
        suffix
    ]
    with pytest.raises(BudgetError, match=r"budget\.nodes"):
        read_catalog(data, suffix, "pl", Budget("a catalog", Limits(nodes=1)))


@settings(max_examples=200)
@given(st.binary(max_size=300), st.sampled_from([".po", ".mo", ".json"]), st.integers(0, 600))
def test_any_bytes_are_a_catalog_or_an_error(noise: bytes, suffix: str, at: int) -> None:
    for data in (noise, POLISH.encode()[:at] + noise + POLISH.encode()[at:]):
        try:
            read_catalog(data, suffix, "pl", Budget("noise"))
        except (ValueError, BudgetError):
            pass
