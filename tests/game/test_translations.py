"""Texts of a running game: merged over the layers, live, in several languages."""

from __future__ import annotations

import gc
import gettext
import json
import weakref
from pathlib import Path
from typing import Any

import pytest

from vfsloader import ResourceManager, Store


def write(path: Path, content: str | dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")


def add_mod(at: Path, mod: str, tables: dict[str, Any], more: str = "") -> None:
    write(at / "mods" / mod / "mod.toml", f'id = "{mod}"\nname = "{mod}"\nversion = "1"\n{more}')
    for name, table in tables.items():
        write(at / "mods" / mod / "locale" / name, table)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "base/locale/fi/game.json", {"Hello": "Hei", "Bye": "Hei hei"})
    write(tmp_path / "base/locale/sv/LC_MESSAGES/game.json", {"Hello": "Hej", "Yes": "Ja"})
    write(tmp_path / "base/tl/sv/sign.txt", "svensk")
    write(tmp_path / "base/tl/fi/sign2.txt", "suomi")
    write(tmp_path / "base/sign.txt", "plain")
    write(tmp_path / "base/sign2.txt", "plain")
    return tmp_path


def start(place: Path, **options: Any) -> ResourceManager:
    return ResourceManager(place / "base", mods=place / "mods", watch=False, **options)


def test_catalogs_merge_message_by_message_and_follow_a_toggle(place: Path) -> None:
    add_mod(place, "polite", {"fi/game.json": {"Hello": "Hyvää päivää"}})
    with start(place, language="fi") as game:
        texts = game.translations("game")
        assert isinstance(texts, gettext.NullTranslations)
        assert (texts.gettext("Hello"), texts.gettext("Bye"), texts.gettext("?")) == ("Hyvää päivää", "Hei hei", "?")
        assert texts.sources["Hello"] == ("polite", "fi")
        assert texts.overridden == {"Hello": ["base", "polite"]}
        game.mods.disable("polite")
        assert texts.gettext("Hello") == "Hyvää päivää"  # until the update
        assert [(change.path, change.layer) for change in game.update()] == [("/locale/fi/game.json", "base")]
        assert texts.gettext("Hello") == "Hei"
        assert game.translations("game") is texts
        assert game.update() == []


def test_languages_fall_back_in_their_order(place: Path) -> None:
    with start(place, language=["fi", "sv"]) as game:
        texts = game.translations()
        assert [texts.gettext(key) for key in ("Hello", "Bye", "Yes", "No")] == ["Hei", "Hei hei", "Ja", "No"]
        assert (game.read("/sign.txt"), game.read("/sign2.txt")) == (b"svensk", b"suomi")
        assert game.language == ("fi", "sv")
        swedish = game.translations(languages="sv")
        game.language = ["sv", "fi"]
        game.update()
        assert [texts.gettext(key) for key in ("Hello", "Bye", "Yes")] == ["Hej", "Hei hei", "Ja"]
        assert [swedish.gettext(key) for key in ("Hello", "Bye")] == ["Hej", "Bye"]
        game.language = None
        game.update()
        assert texts.gettext("Hello") == "Hello"


def test_a_region_includes_its_language(place: Path) -> None:
    write(place / "base/locale/pt/game.json", {"Bus": "Autocarro", "Yes": "Sim"})
    add_mod(place, "brazil", {"pt_BR/game.json": {"Bus": "Ônibus"}})
    with start(place, language="pt-BR") as game:
        texts = game.translations()
        assert (texts.gettext("Bus"), texts.gettext("Yes")) == ("Ônibus", "Sim")


def test_a_mods_own_language_is_the_last_resort(place: Path) -> None:
    add_mod(place, "moths", {"de/game.json": {"moth": "Falter", "Hello": "Hallo"}}, 'language = "de"\n')
    add_mod(place, "silent", {"de/game.json": {"bat": "Fledermaus"}})
    with start(place, language="fi") as game:
        texts = game.translations()
        assert [texts.gettext(key) for key in ("moth", "Hello", "bat")] == ["Falter", "Hei", "bat"]
        game.mods.disable("moths")
        game.update()
        assert texts.gettext("moth") == "moth"


def test_plurals_and_contexts(place: Path) -> None:
    po = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "%d moth"\nmsgid_plural "%d moths"\nmsgstr[0] "%d koi"\nmsgstr[1] "%d koita"\n\n'
        'msgctxt "door"\nmsgid "Open"\nmsgstr "auki"\n\nmsgctxt "bag"\nmsgid "%d"\nmsgid_plural "%d of them"\n'
        'msgstr[0] "yksi"\nmsgstr[1] "monta"\n'
    )
    add_mod(place, "more", {"fi/LC_MESSAGES/game.po": po})
    with start(place, language="fi") as game:
        texts = game.translations()
        assert [texts.ngettext("%d moth", "%d moths", n) % n for n in (1, 3)] == ["1 koi", "3 koita"]
        assert (texts.pgettext("door", "Open"), texts.gettext("Open")) == ("auki", "Open")
        assert [texts.npgettext("bag", "%d", "%d of them", n) for n in (1, 2)] == ["yksi", "monta"]
        assert [texts.ngettext("a", "b", n) for n in (1, 2)] == ["a", "b"]
        assert [texts.npgettext("x", "a", "b", n) for n in (1, 2)] == ["a", "b"]
        texts.add_fallback(type("F", (gettext.NullTranslations,), {"gettext": lambda self, text: text.upper()})())
        assert texts.gettext("missing") == "MISSING"


def test_a_bad_catalog_is_left_out_and_named(place: Path) -> None:
    add_mod(place, "broken", {"fi/game.po": '"a text without a message"', "fi/game.json": {"Hello": "Moi"}})
    with start(place, language="fi") as game:
        texts = game.translations()
        assert texts.gettext("Hello") == "Moi"
        (refusal,) = texts.refusals
        assert refusal.layer == "broken"
        assert "/locale/fi/game.po" in refusal.reason


def test_an_edited_catalog_shows_at_the_next_update() -> None:
    base = Store()
    base.write("/locale/fi/game.json", b'{"a": "1"}')
    with ResourceManager(base, language="fi", watch=False) as game:
        texts, ids = game.translations(), game.translations("ids")
        base.write("/locale/fi/game.json", b'{"a": "2"}')
        assert [(change.path, change.kind) for change in game.update()] == [("/locale/fi/game.json", "changed")]
        assert texts.gettext("a") == "2"
        base.write("/locale/fi/ids.json", b'{"a": "3"}')
        assert [(change.path, change.kind) for change in game.update()] == [("/locale/fi/ids.json", "added")]
        assert (texts.gettext("a"), ids.gettext("a")) == ("2", "3")
        base.remove("/locale/fi/game.json")
        assert [(change.path, change.kind) for change in game.update()] == [("/locale/fi/game.json", "removed")]
        assert texts.gettext("a") == "a"


def test_untranslated_messages_are_listed_with_who_names_them(place: Path) -> None:
    add_mod(place, "more", {"de/game.json": {"Night": "Nacht", "Hello": "Hallo"}, "fi/game.json": {"Later": ""}})
    with start(place, language="fi") as game:
        assert game.untranslated("fi") == {"Later": ("more",), "Night": ("more",), "Yes": ("base",)}
        assert set(game.untranslated("de")) == {"Bye", "Later", "Yes"}


def test_translations_that_nobody_uses_are_forgotten(place: Path) -> None:
    with start(place, language="fi") as game:
        gone = weakref.ref(game.translations())
        gc.collect()
        assert gone() is None
        game.mods.rescan()
        assert game.update() == []


@pytest.mark.parametrize("wrong", ["../fi", "a/b", ["fi", ""], [1]])
def test_a_wrong_language_is_refused(place: Path, wrong: Any) -> None:
    with start(place, language="fi") as game:
        with pytest.raises(ValueError, match="is not a language"):
            game.language = wrong
        with pytest.raises(ValueError, match="is not a language"):
            game.translations(languages=wrong)
        assert game.language == "fi"
