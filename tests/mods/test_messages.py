"""The sentences that players and modders read, whole. Other tests look at kinds, ids and keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import vfsloader.mods
from vfsloader.errors import ManifestError
from vfsloader.mods import messages
from vfsloader.mods.metadata.manifest import parse_manifest
from vfsloader.mods.profile_files import Difference

FACTS: dict[str, dict[str, Any]] = {
    "unreadable": {"where": "a.zip", "reason": "not a zip"},
    "packed": {"where": "a.rar", "reason": "RAR archives cannot be read"},
    "partial": {"where": "a.zip", "reason": "the file is empty"},
    "nested": {"where": "a.zip", "names": "b.zip"},
    "empty": {"where": "a.zip"},
    "case": {"where": "a", "path": "/Sprites", "found": "/sprites"},
    "too_deep": {"where": "a", "folder": "/assets", "path": "/assets/p.png", "found": "/p.png"},
    "hint": {"reason": "/p.png: this file is empty"},
    "manifest": {"where": "a", "reason": "a/mod.toml: id: wrong"},
    "duplicate": {"where": "a", "other": "b", "version": "1"},
    "unused_copy": {"where": "a-2", "other": "a-1", "version": "2", "found": "1"},
    "game_version": {"wanted": "<1", "found": "1.0"},
    "missing": {"wanted": "libb", "constraint": " >=2", "near": messages.NEAR_ID.format(near="lib")},
    "disabled": {"wanted": "lib"},
    "version": {"wanted": "lib", "constraint": ">=2", "found": "1.5"},
    "broken": {"wanted": "lib"},
    "copy": {"wanted": "lib", "constraint": " >=2", "by": "lib", "fix": "Install gone", "why": "lib requires it"},
    "copies": {"names": "new", "about": "lib"},
    "untried": {"names": "a and lib"},
    "incompatible": {"other": "b", "rule": "b"},
    "cycle": {"names": "a or b", "circle": "a --[requires]-> b --[requires]-> a"},
    "soft_cycle": {"side": "after", "other": "b"},
    "absent": {"wanted": "lib"},
    "shadowed": {"path": "/gun.json", "other": "b"},
    "covered": {"path": "/p.png", "other": "b"},
    "item": {"path": "/data/items.json", "reason": "it has no damage"},
    "clash": {"path": "/p.png", "other": "b", "place": "4 x 4 pixels at 0, 0", "more": " and 2 more"},
    "color_clash": {
        "path": "/p.png",
        "other": "b",
        "place": "the color #a00000 in 4 x 4 pixels at 0, 0",
        "more": "",
    },
    "damaged": {"path": "/p.png", "reason": "it is damaged"},
    "undecoded": {"path": "/p.png", "reason": "it is not a picture"},
    "edit": {"path": "/p.png.edit", "reason": "edit 2: there is no /hat.png"},
    "left_out": {"where": "a.zip", "reason": "../x (it would leave the archive)"},
    "refused": {"path": "/gun.json", "reason": "there is no /ammo"},
    "advice": {"other": "b", "lost": messages.count_paths(2), "most": 3, "least": 2},
    "option": {"reason": "depth: 500 is more than 9, the highest value"},
    "override": {"reason": "version: no copy of a is >2"},
    "mods_folder": {"reason": "there is no /game/mosd, but there is a folder mods"},
    "save": {"where": "saves/one.db", "reason": "it is read-only"},
    "state_kept": {"where": "mods.json", "reason": "not JSON"},
    "state": {"where": "mods.json", "reason": "not JSON", "other": "mods.damaged-1.json"},
}
SENTENCES = {
    "unreadable": "Repair or remove a.zip: it cannot be read: not a zip.",
    "packed": "Unpack a.rar into a folder of the same name: RAR archives cannot be read.",
    "partial": "Download a.zip again: the file is empty.",
    "nested": "Unpack a.zip here: it contains other archives (b.zip), and only those can be mods.",
    "empty": "Get a.zip again, or remove it: it contains no files that a game would load.",
    "case": "Rename /Sprites of a to /sprites, or ask its author to: "
    "the game distinguishes uppercase from lowercase letters, so it does not use what is in it.",
    "too_deep": "Move what is in /assets of a up, or ask its author to: "
    "the game has /p.png, so it does not use /assets/p.png.",
    "hint": "Ask the author of a for a fixed version: /p.png: this file is empty.",
    "manifest": "Ask the author of a for a fixed version: its manifest is invalid: a/mod.toml: id: wrong.",
    "duplicate": "Remove one of a and b: both are a 1; b is used.",
    "unused_copy": "Nothing to do: a 1 from a-1 is used; a-2 contains a 2.",
    "game_version": "Get another version of a: it is made for game version <1, and this is 1.0.",
    "missing": "Install libb >=2: a requires it; perhaps lib, which is installed, was meant.",
    "disabled": "Enable lib: a requires it.",
    "version": "Update lib to >=2: a requires that version, and 1.5 is installed.",
    "broken": "Fix lib first: a requires it, and it cannot load.",
    "copy": "Install gone: a requires lib >=2, and the copy of lib that would do cannot load: lib requires it.",
    "copies": "Disable a or new: no combination of the copies of lib lets them load together.",
    "untried": "Remove copies of a and lib that you do not need: "
    "there are too many combinations to try, so the newest copy of each that fits the game is used.",
    "incompatible": "Disable a or b: b declares them incompatible.",
    "cycle": "Disable one of a or b: each must load after another: a --[requires]-> b --[requires]-> a.",
    "soft_cycle": "Nothing to do; report it to the author of a: its rule to load after b is circular and was ignored.",
    "absent": "Install lib to get more out of a: a recommends it.",
    "item": "Report it to the author of a: what /data/items.json has does not fit the game: it has no damage.",
    "covered": "Ask the author of b to ship /p.png.edit instead: "
    "b replaces the whole of /p.png, so the edits of a in it have no effect.",
    "clash": "Move a above b to see what it does there: "
    "both change 4 x 4 pixels at 0, 0 of /p.png and 2 more, and what b does is seen.",
    "color_clash": "Move a below b to see what it does there: "
    "both change the color #a00000 in 4 x 4 pixels at 0, 0 of /p.png, and what b does is seen, because it comes first.",
    "shadowed": "Ask the author of b to ship /gun.json.merge instead: "
    "b replaces the whole of /gun.json, so what a changes in it has no effect.",
    "damaged": "Get a again, or ask its author for a fixed version: /p.png is not used: it is damaged.",
    "undecoded": "Ask the author of a for a fixed version: /p.png is not used: it is not a picture.",
    "edit": "Ask the author of a for a fixed version: "
    "an edit in /p.png.edit is left out: edit 2: there is no /hat.png.",
    "left_out": "Ask the author of a for a fixed version: "
    "files of a.zip are left out: ../x (it would leave the archive).",
    "refused": "Report it to the author of a: its change to /gun.json does not fit: there is no /ammo.",
    "advice": "Move a above b to see more of it: "
    "b takes 2 paths from it, and overrides more than a does (3 compared with 2).",
    "option": "Choose again in the options of a: depth: 500 is more than 9, the highest value; the default is used.",
    "override": "Fix overrides.a in mods.json: it was ignored: version: no copy of a is >2.",
    "mods_folder": "Check the name of the mods folder: there is no /game/mosd, but there is a folder mods.",
    "save": "Choose another folder for the save: saves/one.db cannot be made, so nothing is saved: it is read-only.",
    "state_kept": "Repair or remove mods.json: "
    "it cannot be used (not JSON) and cannot be renamed; all choices are reset.",
    "state": "Nothing to do: mods.json was damaged (not JSON); "
    "it was renamed to mods.damaged-1.json, and a new one was started.",
}


@pytest.mark.parametrize("kind", sorted(messages.PROBLEMS))
def test_the_sentence_of_each_problem(kind: str) -> None:
    assert str(messages.problem(kind, "a", **FACTS[kind])) == SENTENCES[kind]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("missing", "Install a 1: it is in the profile."),
        ("version", "Get a 1: that version is in the profile, and 2 is installed."),
        ("content", "Get a again: its version is the profile's 1, but its files differ."),
        ("extra", "Nothing to do: a 2 is not in the profile, so it was disabled."),
    ],
)
def test_the_sentence_of_each_difference(kind: str, sentence: str) -> None:
    assert str(Difference("a", kind, "1", "2")) == sentence


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"versoin": "1"}, "versoin: there is no such key; did you mean 'version'?"),
        (
            {"order": {"x": 1}},
            "order.x: there is no such key; the known keys are after, before, group",
        ),
        ({"schema": 2}, "schema: 2 needs a newer vfsloader; this one reads 1"),
        ({"id": 5}, "id: this must be text, not 5"),
        ({"kind": "patch"}, "kind: 'patch' is not one of base, dlc, mod, language"),
        ({"version": "one"}, "version: 'one' is not a version; write for example 1.2.0"),
        (
            {"requires": {"lib": "1.2.0"}},
            "requires.lib: '1.2.0' is ambiguous; write \"==1.2.0\" for exactly that version "
            'or ">=1.2.0" for that or later',
        ),
        (
            {"requires": {"lib": "new"}},
            'requires.lib: \'new\' is not a version constraint; write for example ">=1.0,<2" or "*"',
        ),
        ({"requires": {"me": "*"}}, "requires: a mod cannot name itself"),
        (
            {"requires": {"lib": "*"}, "order": {"before": ["lib"]}},
            "requires and order.before: 'lib' is in both: a mod loads after what it requires",
        ),
        (
            {"files": {"remove": ["*.ogg"]}},
            "files.remove: '*.ogg' must start with /: it is matched against the whole path",
        ),
    ],
)
def test_the_sentences_about_manifests(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest({"id": "me", "name": "me", "version": "1", **more}, "me/mod.toml")
    assert str(caught.value) == f"me/mod.toml: {sentence}"


def test_long_text_from_a_mod_is_shortened() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest({"id": "A" * 10_000, "name": "me", "version": "1"}, "me/mod.toml")
    assert len(str(caught.value)) < 300


def test_every_sentence_is_used() -> None:
    folder = Path(vfsloader.mods.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name != "messages.py")
    names = {name for name, text in vars(messages).items() if name.isupper() and isinstance(text, str)}
    assert names <= set(re.findall(r"messages\.([A-Z0-9_]+)", code))
