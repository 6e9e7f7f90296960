"""The words of the mod menu, and which language a player reads.

``languages`` has one module for each language. A language that lacks a sentence does not pass mypy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pygame

#: Languages that the menu speaks, by their ISO 639 codes. Each but English has a module in ``languages``.
LANGUAGES = ("en", "de", "es", "fr", "ja", "ru", "zh")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Words:
    """Every text of the menu. Names in braces are filled in."""

    title: str
    search: str
    summary: str
    """How many mods are enabled: {on} of {count}."""
    profile: str
    profiles: str
    new_profile: str
    profile_number: str
    """The name that is proposed for a new profile: {number}."""
    delete_profile: str
    name_profile: str
    enable_all: str
    disable_all: str
    reset_order: str
    open_folder: str
    more: str
    close: str
    back: str
    yes: str
    no: str
    empty: str
    empty_hint: str
    no_match: str
    later_wins: str
    version: str
    by: str
    needs: str
    place: str
    """Where a mod loads: {place} of {count}."""
    off: str
    options: str
    options_of: str
    default_values: str
    switched_on: str
    switched_off: str
    done: str
    conflicts: str
    conflicts_of: str
    comparing: str
    no_conflicts: str
    wins_over: str
    loses_to: str
    same_as: str
    changes_data: str
    the_game: str
    more_files: str
    ask_enable: str
    ask_disable: str
    ask_enable_all: str
    ask_disable_all: str
    ask_reset: str
    ask_delete: str
    folder_is: str
    cannot_load: str
    unreadable: str
    bad_manifest: str
    missing: str
    is_off: str
    other_version: str
    other_game: str
    not_together: str
    other_broken: str
    needs_attention: str
    history: str
    no_history: str
    undo: str
    redo: str
    keep_set: str
    name_set: str
    set_number: str
    kept_set: str
    forget_set: str
    ask_restore: str
    ask_restore_named: str
    change_enabled: str
    change_disabled: str
    change_order: str
    change_options: str
    change_rules: str
    change_files: str
    find_fault: str
    fault_question: str
    look_at_game: str
    all_is_well: str
    fault_is_there: str
    cannot_say: str
    stop_search: str
    found_guilty: str
    found_together: str
    found_absent: str
    found_none: str
    found_contradiction: str
    disable_mods: str
    enable_mods: str
    safe_title: str
    safe_why: str
    no_mods: str
    keep_out: str
    try_again: str
    decide_later: str
    ask_needed: str
    file_preferred: str
    file_hidden: str
    ask_forget: str
    whose_file: str
    own_file: str
    by_order: str
    get_mods: str
    looking: str
    mods_offered: str
    no_sources: str
    nothing_offered: str
    source_note: str
    sources: str
    sources_note: str
    add_source: str
    source_address: str
    source_added: str
    ask_trust: str
    ask_forget_source: str
    look_again: str
    install: str
    update: str
    remove: str
    cancel: str
    install_mod: str
    update_mod: str
    remove_mod: str
    update_all: str
    up_to_date: str
    ask_install: str
    ask_update: str
    ask_update_all: str
    ask_remove: str
    is_removed: str
    more_changes: str
    download_size: str
    planning: str
    downloading: str
    checking: str
    done_with: str
    cancelled: str
    wait_for: str
    game_pauses: str
    installed: str
    withdrawn: str
    from_source: str
    licence: str
    changelog: str
    join_host: str
    """The title of the page on which a player joins a host."""
    hosts_known: str
    no_hosts: str
    join_note: str
    address_note: str
    enter_address: str
    host_address: str
    paste: str
    nothing_to_paste: str
    join: str
    leave: str
    join_them: str
    leave_them: str
    forget_host: str
    ask_join: str
    joined_them: str
    left_them: str
    not_joined: str
    not_sent: str
    same_mods: str
    host_missing: str
    """What joining changes about a mod: {name} {wanted}; also the next ones."""
    host_disabled: str
    host_broken: str
    host_extra: str
    host_version: str
    host_content: str
    host_order: str
    host_option: str
    host_rules: str
    host_files: str
    host_game: str
    hint_choose: str
    hint_toggle: str
    hint_move: str
    hint_scroll: str
    hint_click: str
    hint_drag: str
    hint_wheel: str


ENGLISH = Words(
    title="Mods",
    search="Search",
    summary="{on} of {count} on",
    profile="Profile: {name}",
    profiles="Profiles",
    new_profile="New profile",
    profile_number="Profile {number}",
    delete_profile="Delete {name}",
    name_profile="Name of the new profile",
    enable_all="Enable all",
    disable_all="Disable all",
    reset_order="Reset order",
    open_folder="Open folder",
    more="More",
    close="Close",
    back="Back",
    yes="Yes",
    no="No",
    empty="No mods are installed.",
    empty_hint="Put a folder or a zip into the mods folder.",
    no_match="No mod matches “{text}”.",
    later_wins="Lower in the list wins",
    version="version {version}",
    by="by {authors}",
    needs="Needs {mods}",
    place="Loads {place} of {count}",
    off="Off",
    options="Options",
    options_of="Options of {mod}",
    default_values="Reset to defaults",
    switched_on="on",
    switched_off="off",
    done="Done",
    conflicts="Conflicts",
    conflicts_of="Conflicts of {mod}",
    comparing="Comparing files …",
    no_conflicts="No other mod changes the same files.",
    wins_over="Wins over {mod}",
    loses_to="Loses to {mod}",
    same_as="The same as in {mod}",
    changes_data="Changes data",
    the_game="the game",
    more_files="and {count} more",
    ask_enable="Enable {mod}, and {others}, which it needs?",
    ask_disable="Disable {mod}, and {others}, which need it?",
    ask_enable_all="Enable all mods?",
    ask_disable_all="Disable all mods?",
    ask_reset="Reset the order? Mods then load in the order of their ids, as far as their rules allow.",
    ask_delete="Delete the profile {name}?",
    folder_is="The mods folder is {folder}",
    cannot_load="Cannot load",
    unreadable="Cannot be read",
    bad_manifest="Its mod.toml is faulty",
    missing="Needs {other}, which is not installed",
    is_off="Needs {other}, which is off",
    other_version="Needs another version of {other}",
    other_game="Made for another version of the game",
    not_together="Does not work with {other}",
    other_broken="Needs {other}, which cannot load",
    needs_attention="Needs attention: {count}",
    history="History",
    no_history="Nothing was changed yet.",
    undo="Undo: {what}",
    redo="Redo: {what}",
    keep_set="Keep this set under a name",
    name_set="Name of the set",
    set_number="Set {number}",
    kept_set="Return to “{name}”",
    forget_set="Forget “{name}”",
    ask_restore="Return to the mods as they were before this change of {when}? {what}",
    ask_restore_named="Return to the set “{name}”?",
    change_enabled="On: {mods}",
    change_disabled="Off: {mods}",
    change_order="Another order",
    change_options="Options of {mods}",
    change_rules="Rules of {mods}",
    change_files="Choices for single files",
    find_fault="Find the mod at fault",
    fault_question="Mods on now: {on}. Look at the game: is all well, or is the fault "
    "there? Questions left: about {left}.",
    look_at_game="Look at the game",
    all_is_well="All is well",
    fault_is_there="The fault is there",
    cannot_say="Cannot say",
    stop_search="Stop searching",
    found_guilty="At fault: {mods}",
    found_together="At fault only together: {mods}",
    found_absent="Missing: with {mods}, all is well.",
    found_none="No mod is at fault: the fault is there with any mods.",
    found_contradiction="The fault comes and goes with the same mods, so no mod can be named.",
    disable_mods="Disable {mods}",
    enable_mods="Enable {mods}",
    safe_title="Started safely",
    safe_why="Since the mods changed, the game failed to start twice. It now "
    "runs with the last set that worked, without: {mods}.",
    no_mods="no mods, but other choices",
    keep_out="Keep them off",
    try_again="Try them again",
    decide_later="Decide later",
    ask_needed="Saves may no longer work without {mod}. Disable {others}?",
    file_preferred="{files} from {mod}",
    file_hidden="{files} not from {mod}",
    ask_forget="Forget this choice? {what}",
    whose_file="Whose version of this file does the game use?",
    own_file="The game’s own",
    by_order="As the load order says",
    get_mods="Get mods",
    looking="Looking at the sources …",
    mods_offered="Mods to get: {count}",
    no_sources="There are no sources of mods yet.",
    nothing_offered="The sources offer no mods.",
    source_note="A source is a web address or a folder with an index of mods.",
    sources="Sources",
    sources_note="Choose one to forget it.",
    add_source="Add a source",
    source_address="Address of the source",
    source_added="Added: {source}",
    ask_trust="Trust this source? {reason}",
    ask_forget_source="Forget this source? What was installed from it stays. {source}",
    look_again="Look again",
    install="Install",
    update="Update",
    remove="Remove",
    cancel="Cancel",
    install_mod="Install {mod}",
    update_mod="Update {mod}",
    remove_mod="Remove {mod}",
    update_all="Update all ({count})",
    up_to_date="All mods are up to date.",
    ask_install="Install {mod}?",
    ask_update="Update {mod}?",
    ask_update_all="Update these mods?",
    ask_remove="Remove {mod}?",
    is_removed="{mod} is removed",
    more_changes="and {count} more",
    download_size="To download: {size}",
    planning="{mod}: finding out what is needed …",
    downloading="{mod}: {done} of {total}",
    checking="{mod}: checking …",
    done_with="Done: {mods}",
    cancelled="Cancelled. The next download goes on from here.",
    wait_for="Wait until this is done: {what}",
    game_pauses="The game pauses while it downloads.",
    installed="Installed: {version}",
    withdrawn="Withdrawn by its author",
    from_source="From {source}",
    licence="Licence: {licence}",
    changelog="What is new",
    join_host="Play together",
    hosts_known="Hosts: {count}",
    no_hosts="You have not joined anybody yet.",
    join_note="Play with exactly the mods of another player. You get what you lack, and your own mods are "
    "back when you leave.",
    address_note="The host sees the address where they serve, such as {example}",
    enter_address="Enter an address",
    host_address="Address of the host",
    paste="Paste",
    nothing_to_paste="There is no text to paste.",
    join="Join",
    leave="Leave",
    join_them="Join {host}",
    leave_them="Leave {host}",
    forget_host="Forget {host}",
    ask_join="Play with the mods of {host}?",
    joined_them="You play with the mods of {host}.",
    left_them="Your own mods are back.",
    not_joined="This host cannot be joined:",
    not_sent="{mod} is not here, and its author does not let the host pass it on.",
    same_mods="You have the same mods.",
    host_missing="New: {name} {wanted}",
    host_disabled="Switched on: {name}",
    host_broken="Does not load here: {name}",
    host_extra="Off until you leave: {name}",
    host_version="{name}: version {wanted} instead of {found}",
    host_content="Other files in {name} {wanted}",
    host_order="Another order: {wanted}",
    host_option="{name}: {key} is {wanted} instead of {found}",
    host_rules="Other rules of {name}",
    host_files="Other choices for single files",
    host_game="The host has version {wanted} of the game, and you have {found}.",
    hint_choose="choose",
    hint_toggle="toggle",
    hint_move="move",
    hint_scroll="scroll",
    hint_click="Click",
    hint_drag="Drag",
    hint_wheel="Wheel",
)


def words_of(language: str | None, changes: Mapping[str, str]) -> Words:
    """Return the words of a language.

    Parameters
    ----------
    language
        A code such as ``"de"`` or ``"pt-BR"``, or None for the player's own language.
        English stands in for a language that the menu does not speak.
    changes
        Sentences to use instead of those of the language, by their names in :class:`Words`.

    Raises
    ------
    TypeError
        A name in `changes` is not one of :class:`Words`.

    Examples
    --------
    >>> words_of("de-AT", {}).close, words_of("eo", {}).close, words_of("en", {"close": "Go away"}).close
    ('Schließen', 'Close', 'Go away')
    """
    codes = [language] if language is not None else system_languages()
    known = next((code for code in map(_base_code, codes) if code in LANGUAGES), "en")
    if known == "en":
        return replace(ENGLISH, **changes)
    from vfsloader.pygame.menu import languages  # they need this module

    words: Words = getattr(languages, known).WORDS
    return replace(words, **changes)


def system_languages() -> list[str]:
    """Return the codes of the languages that the player prefers, the best first."""
    try:
        return [str(preferred["language"]) for preferred in pygame.system.get_pref_locales()]
    except (AttributeError, KeyError, pygame.error):
        return []


def fill(sentence: str, **facts: object) -> str:
    """Return a sentence with its facts; a placeholder that is not a fact stays as it is.

    Examples
    --------
    >>> fill("{on} of {count} on {mood}", on=2, count=3)
    '2 of 3 on {mood}'
    """
    return _PLACEHOLDER.sub(lambda found: str(facts.get(found[1], found[0])), sentence)


def _base_code(code: str) -> str:
    return code.replace("_", "-").split("-")[0].casefold()
