"""The languages of the menu."""

from __future__ import annotations

import re
from dataclasses import asdict

import pygame
import pytest
from vfsloader.pygame.menu.words import ENGLISH, LANGUAGES, fill, words_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_has_the_facts_of_the_english_one(language: str) -> None:
    words = asdict(words_of(language, {}))
    for name, english in asdict(ENGLISH).items():
        assert words[name].strip() == words[name] != ""
        assert sorted(re.findall(r"\{\w+\}", words[name])) == sorted(re.findall(r"\{\w+\}", english)), name
    same = [name for name, english in asdict(ENGLISH).items() if words[name] == english]
    assert language == "en" or len(same) <= 4, same


def test_the_players_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygame.system, "get_pref_locales", lambda: [{"language": "eo"}, {"language": "ja"}])
    assert words_of(None, {}).close == "閉じる"
    monkeypatch.setattr(pygame.system, "get_pref_locales", list)
    assert words_of(None, {}).close == "Close"
    with pytest.raises(TypeError):
        words_of("en", {"colse": "x"})


def test_a_fact_is_not_filled_again() -> None:
    assert fill("{a} {b} {c}", a="{b}", b=2) == "{b} 2 {c}"
