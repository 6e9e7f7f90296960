"""The set of mods as a thing: fingerprint, differences, matching, history, choices for single files, bisection."""

from __future__ import annotations

import json
import math
import random
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mods.making import add
from vfsloader import ModManager, ResourceManager, Store, packs
from vfsloader.collections import PersistentDict
from vfsloader.errors import ConfigError, PathNotFoundError, UnknownModError, VFSError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.bisection import Search, closure_of
from vfsloader.mods.sets.contents import ContentDigests
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
from vfsloader.mods.sets.history import go, record, redo, undo, way_back
from vfsloader.mods.state import FileChoice, Profile

SNOW = {"snow": {"type": "int", "default": 2}}


def zipped(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mods = tmp_path / "mods"
    add(mods, "forest", {"data/trees.json": "[1]", "hero.png": "forest"}, options=SNOW)
    add(mods, "hud", {"skin.png": "hud"}, sharing={"binding": "cosmetic"})
    add(
        mods,
        "winter",
        {"hero.png": "winter", "data/items.json.merge": "{}"},
        requires={"forest": "*"},
        saves={"needs": True},
    )
    return mods


# --- fingerprint -----------------------------------------------------------------------------------------


def test_folders_zips_and_packs_have_one_fingerprint(folder: Path, tmp_path: Path) -> None:
    digest = ModManager(folder).fingerprint().digest
    for form in ("zip", "pack"):
        other = tmp_path / form
        other.mkdir()
        for mod in ("forest", "hud", "winter"):
            if form == "zip":
                zipped(folder / mod, other / f"{mod}.zip")
            else:
                packs.build(folder / mod, other / f"{mod}.pack")
        assert ModManager(other).fingerprint().digest == digest


def test_everything_that_counts_is_in_the_digest(folder: Path) -> None:
    mods = ModManager(folder, game_version="1.0")
    seen = {mods.fingerprint().digest, ModManager(folder, game_version="1.1").fingerprint().digest}
    changes = [
        lambda: mods.set_option("forest", "snow", 3),
        lambda: mods.override_rules("winter", {"-requires": ["forest"]}),
        lambda: mods.move("winter", before="forest"),
        lambda: mods.hide("/hero.png", "winter"),
        lambda: mods.disable("forest"),
        lambda: (folder / "winter" / "hero.png").write_text("other!"),
    ]
    for count, change in enumerate(changes, 3):
        change()
        seen.add(mods.fingerprint().digest)
        assert len(seen) == count
    mods.disable("hud")
    assert mods.fingerprint().digest in seen  # it is cosmetic


def test_only_the_mods_that_touch_a_path(folder: Path) -> None:
    add(folder, "music", {"music/a.ogg": "a"})
    mods = ModManager(folder)
    assert [mod.id for mod in mods.fingerprint().mods] == ["forest", "music", "winter"]
    assert [mod.id for mod in mods.fingerprint("/data/**").mods] == ["forest", "winter"]
    assert [mod.id for mod in mods.fingerprint("/data/items.json").mods] == ["winter"]  # which changes it


@pytest.fixture
def a_while_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock of the digests be ahead, so that no file was written just now."""
    monkeypatch.setattr("vfsloader.mods.sets.kept_digests._TICK_SECONDS", -10.0)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The mods whose content is read, in order."""
    found: list[str] = []
    read = ContentDigests._read

    def counted(self: ContentDigests, mod: Mod) -> str:
        found.append(mod.id)
        return read(self, mod)

    monkeypatch.setattr(ContentDigests, "_read", counted)
    return found


@pytest.mark.usefixtures("a_while_later")
def test_an_unchanged_mod_is_not_read_again_also_not_at_the_next_start(folder: Path, reads: list[str]) -> None:
    packs.build(folder / "forest", folder / "forest.pack")
    shutil.rmtree(folder / "forest")
    first = ModManager(folder).fingerprint()
    assert sorted(reads) == ["forest", "winter"]
    reads.clear()
    mods = ModManager(folder)
    assert mods.fingerprint() == first
    assert mods.fingerprint() == first
    assert reads == []
    (folder / "winter" / "hero.png").write_text("Winter")  # as long as before
    assert mods.fingerprint() != first
    assert ModManager(folder).fingerprint() != first
    assert reads == ["winter"]


@pytest.mark.usefixtures("a_while_later")
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": "vfsloader digests 1", "mods": {"a": 1}}']
)
def test_kept_digests_that_are_damaged_cost_only_time(folder: Path, reads: list[str], damage: bytes) -> None:
    first = ModManager(folder).fingerprint()
    kept = folder / ".digests.json"
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    assert ModManager(folder).fingerprint() == first
    assert reads == ["forest", "winter"] * 2
    assert kept.read_bytes() == whole
    kept.unlink()
    kept.mkdir()  # nothing can be kept
    assert ModManager(folder).fingerprint() == first


def test_a_file_that_was_written_just_now_may_be_written_again_in_the_same_tick(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mods = ModManager(folder)
    same = "vfsloader.mods.sets.kept_digests.marshal.dumps"
    monkeypatch.setattr(same, lambda facts, version: b"")  # a clock so coarse that no time ever differs
    before = mods.fingerprint()
    (folder / "winter" / "hero.png").write_text("Winter")
    assert mods.fingerprint() != before


def test_a_parts_files_count(tmp_path: Path) -> None:
    add(tmp_path, "aa", {"alps/x.txt": "1"}, part=[{"root": "alps", "name": "alps"}])
    mods = ModManager(tmp_path)
    before = mods.fingerprint().digest
    (tmp_path / "aa" / "alps" / "x.txt").write_text("12")
    assert mods.fingerprint().digest != before


texts = st.text(max_size=5)
scalars = st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-2, 2), texts)
prints = st.builds(
    ModPrint, texts, texts, texts, texts, st.dictionaries(texts, scalars, max_size=2), st.just({}), st.booleans(), texts
)
fingerprints = st.builds(
    Fingerprint,
    st.lists(prints, max_size=3).map(tuple),
    st.lists(st.builds(FileChoice, texts, st.sampled_from(["prefer", "hide"]), texts), max_size=2).map(tuple),
    st.none() | texts,
    st.none() | texts,
)


@given(fingerprints)
def test_json_brings_a_fingerprint_back(fingerprint: Fingerprint) -> None:
    again = Fingerprint.from_json(fingerprint.to_json())
    assert again == fingerprint
    assert again.digest == fingerprint.digest


@given(fingerprints, st.data())
@settings(max_examples=50)
def test_a_damaged_fingerprint_is_refused(fingerprint: Fingerprint, data: st.DataObject) -> None:
    text = fingerprint.to_json()
    cut = data.draw(st.integers(0, len(text) - 1))
    for bad in (text[:cut], text.replace('"version": 1,', '"version": 2,', 1), "[]", '{"format": "other"}', "\ud800"):
        with pytest.raises(ConfigError):
            Fingerprint.from_json(bad)


# --- comparing and matching ------------------------------------------------------------------------------


def test_differences_are_sentences_worst_first(folder: Path) -> None:
    mods = ModManager(folder)
    add(folder, "gone", website="https://example.org/gone")
    mods.rescan()
    mods.set_option("forest", "snow", 5)
    fingerprint = mods.fingerprint()
    assert mods.compare(fingerprint) == []
    shutil.rmtree(folder / "gone")
    add(folder, "new")
    mods.rescan()
    mods.set_option("forest", "snow", None)
    mods.disable("winter")
    found = mods.compare(fingerprint)
    assert [(difference.kind, difference.mod) for difference in found] == [
        ("disabled", "winter"),
        ("missing", "gone"),
        ("extra", "new"),
        ("option", "forest"),
    ]
    assert str(found[0]) == "Enable winter: it was in use. Without it, the save may not work."
    assert str(found[1]) == "Install gone 1: it was in use; it can be had from https://example.org/gone."
    assert str(found[3]) == "Set snow of forest to 5: it is its default now."


def test_a_plan_restores_the_set_and_names_what_it_cannot(folder: Path) -> None:
    for name in ("aa", "bb", "cc"):
        add(folder, name)
    mods = ModManager(folder)
    mods.set_option("forest", "snow", 4)
    mods.move("aa", after="cc")
    mods.prefer("/hero.png", "forest")
    fingerprint = mods.fingerprint()
    mods.reset_order()
    mods.disable_all()
    mods.reset_options("forest")
    mods.unchoose("/hero.png", "forest")
    plan = mods.plan_match(fingerprint)
    assert plan.is_complete
    assert mods.fingerprint() != fingerprint  # a plan changes nothing
    count = len(mods.history())
    mods.apply(plan)
    assert mods.fingerprint() == fingerprint
    assert len(mods.history()) == count + 1
    shutil.rmtree(folder / "bb")
    mods.rescan()
    plan = mods.plan_match(fingerprint)
    assert [(missing.kind, missing.mod) for missing in plan.missing] == [("missing", "bb")]
    mods.apply(plan)
    assert mods.compare(fingerprint) == list(plan.missing)


def test_after_random_changes_the_plan_leads_back_or_names_what_is_missing(tmp_path: Path) -> None:
    random_ = random.Random(7)
    ids = [f"m{number}" for number in range(8)]
    for number, mod in enumerate(ids):
        rules = {"requires": {ids[number // 2]: "*"}} if number % 3 == 2 else {}
        add(tmp_path, mod, {f"{mod}.txt": mod}, options=SNOW, **rules)
    zipped(add(tmp_path.parent / "other", "m0", version="2", options=SNOW), tmp_path / "m0-2.zip")
    mods = ModManager(tmp_path)
    for _ in range(40):
        fingerprint = mods.fingerprint()
        for _ in range(random_.randint(1, 6)):
            mod, other = random_.sample(ids, 2)
            change = random_.choice(["toggle", "move", "option", "prefer", "copy"])
            if change == "toggle":
                (mods.enable if mods.is_disabled(mod) else mods.disable)(mod)
            elif change == "option":
                mods.set_option(mod, "snow", random_.randint(0, 4))
            elif change == "prefer":
                random_.choice([mods.prefer, mods.hide, mods.unchoose])("/**", mod)
            elif change == "copy":
                mods.override_rules("m0", random_.choice([None, {"version": "==1"}]))
            else:
                try:
                    mods.move(mod, before=other)
                except ValueError:
                    continue
        mods.apply(mods.plan_match(fingerprint))
        assert mods.compare(fingerprint) == []
        assert mods.fingerprint() == fingerprint


# --- history ---------------------------------------------------------------------------------------------


def test_each_changing_call_is_one_entry(folder: Path) -> None:
    mods = ModManager(folder)
    mods.disable("hud")
    mods.disable("hud")  # which changes nothing
    mods.set_option("forest", "snow", 3)
    mods.apply(mods.plan_disable("forest"))
    assert [past.what for past in mods.history()] == [
        "disabled forest, winter",
        "changed options of forest",
        "disabled hud",
    ]
    again = ModManager(folder)  # it is kept
    assert again.history() == mods.history()
    assert again.undo() == "disabled forest, winter"
    assert [mod.id for mod in again.enabled] == ["forest", "winter"]
    assert again.undo() == "changed options of forest"
    assert again.options("forest") == {"snow": 2}
    assert again.redo() == "changed options of forest"
    assert again.options("forest") == {"snow": 3}
    again.enable("hud")
    assert again.redo() is None
    again.restore(again.history()[-1])
    assert [mod.id for mod in again.enabled] == ["forest", "hud", "winter"]
    assert again.options("forest") == {"snow": 2}


def test_a_set_with_a_name_can_be_restored_however_much_was_changed(folder: Path) -> None:
    mods = ModManager(folder)
    mods.set_option("forest", "snow", 7)
    mods.name_set("before the big update")
    wanted = mods.fingerprint()
    for number in range(120):  # more than the history keeps
        mods.set_option("forest", "snow", number)
    mods.disable_all()
    assert mods.history()[-1].what == "changed options of forest"
    again = ModManager(folder)
    assert [(past.name, past.what) for past in again.named_sets()] == [("before the big update", "")]
    again.restore("before the big update")
    assert again.fingerprint() == wanted
    assert again.undo() == "restored the set before the big update"
    assert again.enabled == []
    again.name_set("before the big update")  # in place of the other
    again.enable("forest")
    again.restore(again.named_sets()[0])
    assert again.enabled == []
    again.forget_set("before the big update")
    assert again.named_sets() == []
    for bad in ("", " ", "x" * 101):
        with pytest.raises(ValueError, match="needs a name"):
            again.name_set(bad)
    with pytest.raises(ValueError, match="no set has the name 'x'"):
        again.restore("x")
    for number in range(50):
        again.name_set(str(number))
    with pytest.raises(ValueError, match="50 sets"):
        again.name_set("one more")


def test_new_mods_that_start_disabled_are_disabled_again(folder: Path) -> None:
    mods = ModManager(folder, new_mods="disabled")
    mods.enable("forest")
    mods.undo()
    assert mods.enabled == []


def test_a_damaged_history_does_not_cost_the_set(folder: Path) -> None:
    mods = ModManager(folder)
    mods.disable("hud")
    file = folder / "mods.json"
    good = file.read_text()
    for bad in ("5", '[5, {"back": {"disable": 7, "files": [3], "options": {"x": 1}}}]'):
        start = good.index('"history": ') + len('"history": ')
        file.write_text(f"{good[:start]}{bad}\n}}}}}}")
        again = ModManager(folder)
        assert again.problems == []
        again.undo()
        assert [mod.id for mod in again.enabled] == ["forest", "winter"]


profiles = st.builds(
    Profile,
    st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    st.frozensets(st.sampled_from("abc")),
    st.dictionaries(st.sampled_from("abc"), st.just({"game_version": "*"}), max_size=2),
    st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.just("x"), scalars, min_size=1), max_size=2),
    st.lists(st.builds(FileChoice, st.just("/**"), st.just("hide"), st.sampled_from("abc")), max_size=2).map(tuple),
)


@given(st.lists(profiles, min_size=1, max_size=6), st.lists(st.booleans(), max_size=12))
def test_undo_and_redo_move_along_the_sets(sets: list[Profile], steps: list[bool]) -> None:
    kinds = ("order", "disabled", "overrides", "options", "files")
    line = [sets[0]]
    profile = sets[0]
    for after in sets[1:]:
        if way_back(profile, after):
            line.append(after)
        profile = record(profile, after)
    at = len(line) - 1
    for is_undo in steps:
        moved = undo(profile) if is_undo else redo(profile)
        target = at - 1 if is_undo else at + 1
        assert (moved is None) == (not 0 <= target < len(line))
        if moved is not None:
            profile, at = moved, target
        assert all(getattr(profile, kind) == getattr(line[at], kind) for kind in kinds)
    assert go(profile, {}) == profile


def test_the_history_is_bounded() -> None:
    profile = Profile(order=tuple(f"mod-{number}" for number in range(1000)))
    for number in range(300):
        order = profile.order[::-1] if number % 2 else profile.order
        profile = record(profile, Profile(order, frozenset({f"x{number}"})))
    assert 10 < len(profile.history) <= 100


# --- single files ----------------------------------------------------------------------------------------


def test_choices_for_single_files_show_in_the_running_game(folder: Path) -> None:
    base = Store()
    base.write("/hero.png", b"base")
    with ResourceManager(base, mods=folder, watch=False) as game:
        hero = game.handle("/hero.png", lambda asset: asset.data)

        def shows(expected: bytes) -> bool:
            game.update()
            return game.read("/hero.png") == hero.value == expected

        assert shows(b"winter")
        game.mods.prefer("/hero.*", "forest")
        assert shows(b"forest")
        assert game.mods.explain("/hero.png").winner == "forest"
        game.mods.hide("/hero.png", "forest")
        assert shows(b"winter")
        game.mods.hide("/**", "winter")
        assert shows(b"base")
        assert "/hero.png" not in game.mods.overrides()
        assert game.update() == []
        game.mods.prefer("/hero.png", "winter")
        assert shows(b"winter")
        for _ in range(4):
            game.mods.undo()
        assert shows(b"winter")
        for glob, mod, error in (("hero.png", "winter", ValueError), ("/hero.png", "nobody", UnknownModError)):
            with pytest.raises(error):
                game.mods.prefer(glob, mod)


def test_what_choices_leave_out_is_explained(folder: Path) -> None:
    mods = ModManager(folder)
    assert mods.explain("/hero.png").left_out == ()
    mods.prefer("/hero.*", "forest")
    (found,) = mods.explain("/hero.png").left_out
    assert (found.layer, found.reason) == ("winter", "you prefer the files of forest for /hero.*")
    assert found.entry.size == len("winter")
    assert mods.explain("/data/trees.json").left_out == ()
    mods.hide("/hero.png", "forest")
    assert [(found.layer, found.reason) for found in mods.explain("/hero.png").left_out] == [
        ("forest", "you hide the files of forest for /hero.png")
    ]
    before = mods.history()
    mods.set_file_choices([FileChoice("/hero.png", "hide", mod) for mod in ("forest", "winter")])
    assert [found.layer for found in mods.explain("/hero.png").left_out] == ["winter", "forest"]
    assert len(mods.history()) == len(before) + 1
    with pytest.raises(UnknownModError):
        mods.set_file_choices([FileChoice("/hero.png", "hide", "nobody")])


def test_a_profile_has_a_limited_number_of_choices_for_single_files(folder: Path) -> None:
    mods = ModManager(folder)
    mods.set_file_choices([FileChoice(f"/{number}.png", "hide", "winter") for number in range(1000)])
    mods.hide("/999.png", "winter")
    for change in (
        lambda: mods.hide("/hero.png", "winter"),
        lambda: mods.set_file_choices([FileChoice("/hero.png", "hide", "winter")] * 1001),
    ):
        with pytest.raises(ValueError, match="at most 1,000 members, not 1,001"):
            change()
    assert len(ModManager(folder).file_choices) == 1000
    state = json.loads(mods.state_file.read_text())
    files = state["profiles"]["default"]["files"]
    files.append(files[0])
    mods.state_file.write_text(json.dumps(state))
    again = ModManager(folder)
    assert again.file_choices == ()
    assert ["at most 1,000 members" in str(problem) for problem in again.problems] == [True]


def test_a_preferred_file_that_comes_or_goes_is_followed(folder: Path) -> None:
    mods = ModManager(folder)
    mods.prefer("/new.txt", "forest")
    (folder / "winter" / "new.txt").write_text("winter")
    with ResourceManager(Store(), mods=folder, watch=False) as game:
        assert game.read("/new.txt") == b"winter"
        (folder / "forest" / "new.txt").write_text("forest")
        game._updater._layers.refresh(set())
        assert game.read("/new.txt") == b"forest"


# --- saves -----------------------------------------------------------------------------------------------


def test_a_save_knows_its_mods(folder: Path, tmp_path: Path) -> None:
    save = tmp_path / "save.db"
    with ResourceManager(Store(), mods=folder, save=save, watch=False) as game:
        with game.vfs.atomic_batch():
            game.vfs.write_bytes("/saves/1.json", b"{}")
            stamped = game.mods.stamp("/saves/1.json")
        with pytest.raises(PathNotFoundError):
            game.mods.stamp("/saves/2.json")
        with pytest.raises(RuntimeError), game.vfs.atomic_batch():
            game.mods.disable("winter")
            game.mods.stamp("/saves/1.json")
            raise RuntimeError
        assert game.vfs.listdir("/saves") == ["1.json"]
    with ResourceManager(Store(), mods=folder, save=save, watch=False) as game:
        assert game.mods.stamp_of("/saves/1.json") == stamped
        assert game.mods.stamp_of("/saves/2.json") is None
        assert [difference.kind for difference in game.mods.compare(stamped)] == ["disabled"]
    with pytest.raises(VFSError):
        ModManager(folder).stamp_of("/saves/1.json")


def test_a_collection_of_the_save_knows_its_mods(folder: Path, tmp_path: Path) -> None:
    save = tmp_path / "save.db"
    with ResourceManager(Store(), mods=folder, save=save, watch=False) as game:
        slot = game.state("slot/1")
        with slot.transaction():
            slot["level"] = 3
            stamped = game.mods.stamp(slot)
        with pytest.raises(RuntimeError), slot.transaction():
            slot["level"] = 4
            game.mods.disable("winter")
            game.mods.stamp(slot)
            raise RuntimeError
        assert (slot["level"], game.mods.stamp_of(slot)) == (3, stamped)
        assert game.mods.stamp_of(game.state("slot")) is None
        for elsewhere in (PersistentDict(), 3):
            with pytest.raises(ValueError, match=r"game\.state"):
                game.mods.stamp(elsewhere)  # type: ignore[arg-type]
    with ResourceManager(Store(), mods=folder, save=save, watch=False) as game:
        assert game.mods.stamp_of(game.state("slot/1")) == stamped


# --- bisection -------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=300)
def test_the_guilty_are_found_in_few_steps(data: st.DataObject) -> None:
    mods = [f"m{number}" for number in range(data.draw(st.integers(1, 60)))]
    requirements = {
        mod: data.draw(st.sets(st.sampled_from(mods[:at]), max_size=2)) if at else set() for at, mod in enumerate(mods)
    }
    guilty = data.draw(st.sets(st.sampled_from(mods), max_size=3))
    closure = closure_of(requirements)
    search = Search(mods, closure)
    while search.testing is not None:
        assert closure(search.testing) == frozenset(search.testing)
        search.answer("bad" if guilty <= set(search.testing) else "good")
    assert set(search.found) <= guilty <= closure(search.found)
    steps = math.log2(len(mods))
    assert search.trials <= {0: steps + 2, 1: steps + 2, 2: 3 * steps + 6, 3: 4 * steps + 12}[len(guilty)]


@given(st.data())
@settings(max_examples=200)
def test_skipped_and_wrong_answers_never_keep_a_search_from_ending(data: st.DataObject) -> None:
    mods = [f"m{number}" for number in range(data.draw(st.integers(1, 20)))]
    guilty = data.draw(st.sets(st.sampled_from(mods), min_size=1, max_size=2))
    only_skips = data.draw(st.booleans())
    search = Search(mods)
    while search.testing is not None:
        true = "bad" if guilty <= set(search.testing) else "good"
        search.answer(data.draw(st.sampled_from([true, "skip"] if only_skips else ["good", "bad", "skip"])))
        assert search.trials < 500
    assert not only_skips or guilty <= set(search.found)


def test_a_wrong_bad_is_noticed_and_asked_again() -> None:
    search = Search([f"m{number}" for number in range(64)])
    while search.testing is not None:
        is_wrong = search.trials == 1
        search.answer("bad" if ("m40" in search.testing) != is_wrong else "good")
    assert search.found == ("m40",)


def test_a_search_in_the_running_game_leaves_the_set_as_it_was(folder: Path) -> None:
    for number in range(10):
        add(folder, f"n{number}", {"bad.txt": "x"} if number == 6 else {})
    with ResourceManager(Store(), mods=folder, watch=False) as game:
        mods = game.mods
        mods.disable("n0")
        before, stored = [mod.id for mod in mods.enabled], (folder / "mods.json").read_bytes()
        search = mods.bisect()
        while search.testing is not None:
            game.update()
            assert tuple(mod.id for mod in mods.enabled) == search.testing
            mods.rescan()  # somebody looks at the folder
            assert tuple(mod.id for mod in mods.enabled) == search.testing
            for change in (mods.undo, lambda: mods.disable("hud"), mods.bisect):
                with pytest.raises(VFSError):
                    change()
            search.bad() if game.exists("/bad.txt") else search.good()
        assert search.found == ("n6",)
        assert [mod.id for mod in mods.enabled] == before
        assert (folder / "mods.json").read_bytes() == stored
        search = mods.bisect()
        search.good()
        search.cancel()
        search.cancel()
        with pytest.raises(ValueError, match="cancelled"):
            search.good()
        assert [mod.id for mod in mods.enabled] == before
        with pytest.raises(ZeroDivisionError):
            mods.bisect(lambda: 1 / 0)
        assert [mod.id for mod in mods.enabled] == before


def test_two_that_only_fail_together(folder: Path) -> None:
    for number in range(20):
        add(folder, f"n{number:02}", requires={f"n{number - 1:02}": "*"} if number % 2 else {})
    mods = ModManager(folder)

    def test() -> bool:
        ids = [mod.id for mod in mods.enabled]
        return not {"n05", "winter"} <= set(ids)

    assert mods.bisect(test) == ("n05", "winter")
    assert mods.bisect(lambda: False) == ()  # it fails without mods, too
    with pytest.raises(ValueError, match="ended"):
        search = mods.bisect()
        while search.testing is not None:
            search.bad()
        search.bad()


@pytest.mark.parametrize("absent", [(), ("n03",), ("n00", "n11")])
def test_a_mod_whose_absence_is_the_fault_is_found(tmp_path: Path, absent: tuple[str, ...]) -> None:
    for number in range(12):
        add(tmp_path, f"n{number:02}", requires={"n02": "*"} if number == 11 else {})
    mods = ModManager(tmp_path)
    for mod in ("n00", "n02", "n03", "n05"):  # n11 cannot load without n02
        mods.disable(mod)
    before = [mod.id for mod in mods.enabled]
    assert "n11" not in before
    search = mods.bisect()
    while search.testing is not None:
        loaded = [mod.id for mod in mods.enabled]
        assert set(search.testing) == set(loaded)
        search.good() if absent and set(absent) <= set(loaded) else search.bad()
    assert (search.found, search.is_absence) == (absent, bool(absent))
    assert [mod.id for mod in mods.enabled] == before
    assert search.trials <= 5 + (12 if absent else 0)
