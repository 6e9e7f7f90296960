"""Every sentence that a player or modder reads about mods: the fix first, then the reason.

A sentence is a template, and :func:`fill` is the only way to complete one: whatever a mod wrote is shortened and
escaped, and never makes a message fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vfsloader.quoting import plain, quoted

#: kind -> (what to do, why). Names in braces are filled from the problem's facts.
PROBLEMS = {
    "unreadable": ("Repair or remove {where}", "it cannot be read: {reason}"),
    "packed": ("Unpack {where} into a folder of the same name", "{reason}"),
    "partial": ("Download {where} again", "{reason}"),
    "nested": ("Unpack {where} here", "it contains other archives ({names}), and only those can be mods"),
    "empty": ("Get {where} again, or remove it", "it contains no files that a game would load"),
    "manifest": ("Ask the author of {where} for a fixed version", "its manifest is invalid: {reason}"),
    "duplicate": ("Remove one of {where} and {other}", "both are {mod} {version}; {other} is used"),
    "unused_copy": ("Nothing to do", "{mod} {found} from {other} is used; {where} contains {mod} {version}"),
    "game_version": ("Get another version of {mod}", "it is made for game version {wanted}, and this is {found}"),
    "missing": ("Install {wanted}{constraint}", "{mod} requires it{near}"),
    "disabled": ("Enable {wanted}", "{mod} requires it"),
    "version": ("Update {wanted} to {constraint}", "{mod} requires that version, and {found} is installed"),
    "broken": ("Fix {wanted} first", "{mod} requires it, and it cannot load"),
    "copy": ("{fix}", "{mod} requires {wanted}{constraint}, and the copy of {by} that would do cannot load: {why}"),
    "copies": ("Disable {mod} or {names}", "no combination of the copies of {about} lets them load together"),
    "untried": (
        "Remove copies of {names} that you do not need",
        "there are too many combinations to try, so the newest copy of each that fits the game is used",
    ),
    "incompatible": ("Disable {mod} or {other}", "{rule} declares them incompatible"),
    "cycle": ("Disable one of {names}", "each must load after another: {circle}"),
    "soft_cycle": (
        "Nothing to do; report it to the author of {mod}",
        "its rule to load {side} {other} is circular and was ignored",
    ),
    "absent": ("Install {wanted} to get more out of {mod}", "{mod} recommends it"),
    "shadowed": (
        "Ask the author of {other} to ship {path}.merge instead",
        "{other} replaces the whole of {path}, so what {mod} changes in it has no effect",
    ),
    "too_deep": (
        "Move what is in {folder} of {where} up, or ask its author to",
        "the game has {found}, so it does not use {path}",
    ),
    "case": (
        "Rename {path} of {where} to {found}, or ask its author to",
        "the game distinguishes uppercase from lowercase letters, so it does not use what is in it",
    ),
    "hint": ("Ask the author of {mod} for a fixed version", "{reason}"),
    "damaged": ("Get {mod} again, or ask its author for a fixed version", "{path} is not used: {reason}"),
    "undecoded": ("Ask the author of {mod} for a fixed version", "{path} is not used: {reason}"),
    "edit": ("Ask the author of {mod} for a fixed version", "an edit in {path} is left out: {reason}"),
    "left_out": ("Ask the author of {mod} for a fixed version", "files of {where} are left out: {reason}"),
    "covered": (
        "Ask the author of {other} to ship {path}.edit instead",
        "{other} replaces the whole of {path}, so the edits of {mod} in it have no effect",
    ),
    "clash": (
        "Move {mod} above {other} to see what it does there",
        "both change {place} of {path}{more}, and what {other} does is seen",
    ),
    "color_clash": (
        "Move {mod} below {other} to see what it does there",
        "both change {place} of {path}{more}, and what {other} does is seen, because it comes first",
    ),
    "refused": ("Report it to the author of {mod}", "its change to {path} does not fit: {reason}"),
    "item": ("Report it to the author of {mod}", "what {path} has does not fit the game: {reason}"),
    "advice": (
        "Move {mod} above {other} to see more of it",
        "{other} takes {lost} from it, and overrides more than {mod} does ({most} compared with {least})",
    ),
    "option": ("Choose again in the options of {mod}", "{reason}; the default is used"),
    "override": ("Fix overrides.{mod} in mods.json", "it was ignored: {reason}"),
    "mods_folder": ("Check the name of the mods folder", "{reason}"),
    "save": ("Choose another folder for the save", "{where} cannot be made, so nothing is saved: {reason}"),
    "state_kept": (
        "Repair or remove {where}",
        "it cannot be used ({reason}) and cannot be renamed; all choices are reset",
    ),
    "state": ("Nothing to do", "{where} was damaged ({reason}); it was renamed to {other}, and a new one was started"),
}
#: Kinds that leave the mod in: the game goes on, but somebody may want to know.
WARNINGS = frozenset(
    {
        "soft_cycle",
        "absent",
        "case",
        "empty",
        "hint",
        "duplicate",
        "too_deep",
        "unused_copy",
        "untried",
        "shadowed",
        "covered",
        "clash",
        "color_clash",
        "damaged",
        "undecoded",
        "edit",
        "left_out",
        "refused",
        "item",
        "advice",
        "override",
        "option",
        "state",
        "state_kept",
        "mods_folder",
        "save",
    }
)
#: A longer text in a sentence is shortened: a circle of a thousand mods, or all mods that there are.
LONGEST_FACT = 1000
#: Added to "missing" where an installed id is nearly the one required.
NEAR_ID = "; perhaps {near}, which is installed, was meant"

# Finding and reading mods.
NO_FILE = "there is no {path}"
NOT_A_CONTAINER = "it is not a zip, tar or pack, although its name says so"
NOT_READ = "{kind} archives cannot be read"
UNFINISHED = "the browser has not finished downloading it"
NO_BYTES = "the file is empty"
MANIFEST_MISNAMED = "{where}/{name} is not read: rename it to {marker}"
NO_ROOT = "{where}: files.root: the mod has no folder {root}"
MANIFEST_TOO_LARGE = "{where}/{name} is too large for a manifest: at most {most:,} bytes are read"
MANIFEST_NOT_UTF8 = "{where}/{name}: this is not UTF-8 text: {error}"
NOT_A_FILE = "{where}/{name} is not a file"
MODPACK_LINK = "it is a link that leaves its mod pack, or leads to a mod pack; replace it by a copy"
MANIFEST_LINK = "{where}/{name} is a link that leaves the mod"
MANIFEST_NOT_A_TABLE = "{where}: a manifest must be a table of keys, not {type}"
MANIFEST_FAULT = "{where}: {fault}"

# Keys of a manifest, and of a player's overrides.
FAULT = "{key:.100}: {reason}"
SCHEMA_TOO_NEW = "{schema} needs a newer vfsloader; this one reads {known}"
MISSING_KEY = "this key is missing; every mod needs id, name and version"
UNKNOWN_KEY = "there is no such key; the known keys are {known}"
MISSPELT_KEY = "there is no such key; did you mean {near!r}?"
TEXT_TOO_LONG = "this must have at most {most:,} characters, not {found:,}"
TOO_MANY = "this must have at most {most:,} members, not {found:,}"
WRONG_TYPE = "this must be {type}, not {value!r}"
TYPE_NAMES: dict[type, str] = {str: "text", int: "a whole number", dict: "a table", list: "a list"}
NOT_ONE_OF = "{value!r} is not one of {choices}"
NOT_A_LANGUAGE = "{text!r} is not a language: write its code, such as fi or pt-BR"
NOT_AN_ID = "{text!r} is not a valid id: write a lowercase letter, then 1 to 63 lowercase letters, digits, _ or -"
NOT_AN_OTHER_ID = "{text!r} is not a valid id: write 1 to 64 lowercase letters, digits, _ or -"
NOT_A_LUANTI_NAME = "{where}: name: {name!r} is not a valid mod name: write 1 to 128 lowercase letters, digits or _"
NOT_A_LUANTI_RULE = "{where}: {name!r} is not a mod name, and cannot be required"
TOO_MANY_RULES = "{where}: a mod can name at most {most:,} others, not {found:,}"
NOT_A_VERSION = "{text!r} is not a version; write for example 1.2.0"
NOT_A_CONSTRAINT = '{text!r} is not a version constraint; write for example ">=1.0,<2" or "*"'
BARE_VERSION = '{text!r} is ambiguous; write "=={bare}" for exactly that version or ">={bare}" for that or later'
OTHER_STYLE = '{text!r} is a range in another style; write "{write}"'
NO_ALTERNATIVES = '{text!r} has alternatives, and a mod can only name one range; write the one you need: "{write}"'
PREFERRED_OTHER = "you prefer the files of {mod} for {paths}"
HIDDEN_FILE = "you hide the files of {mod} for {paths}"
RELATIVE_GLOB = "{glob!r} must start with /: it is matched against the whole path"
NAMES_ITSELF = "a mod cannot name itself"
NAMED_TWICE = "{mod!r} is in both: {reason}"
#: Two keys that may not name the same mod, and why.
CONTRADICTIONS = (
    ("requires", "incompatible", "a mod cannot be required and forbidden at once"),
    ("recommends", "incompatible", "a mod cannot be recommended and forbidden at once"),
    ("requires", "order.before", "a mod loads after what it requires"),
    ("recommends", "order.before", "a mod loads after what it recommends"),
    ("order.after", "order.before", "a mod cannot load both before and after another"),
)
# Conditions and options.
CONDITION_NOT_A_TABLE = "a condition must be a table, not {value!r}"
CONDITION_VALUE = "{key}: this must be {type}, not {value!r}"
RESERVED_KEY = "{key!r} cannot be the name of a context value: it is empty, too long, or one of {reserved}"
UNKNOWN_OPTION = "{mod} has no option {name!r}; it has: {known}"
NO_WANTED_COPY = "version: no copy of {mod} is {versions}"

# What mods change in data.
PARTLY_LOST = "; a mod above it changes {count} again"
NOTHING_LEFT = "; mods above it change all of that again"
FILE_CONFLICT = "{winner} replaces {name}, and so does {losers}: that of {winner} is used"
VALUE_CONFLICT = "{key} in {name} is set differently ({wanted}): that of {winner} is used"
THE_WHOLE = "everything"
# What mods change in parts of pictures, maps and texts.
CHANGES_PICTURE = "changes {count} part{s} of {name}"
CHANGES_TILES = "changes {count} tile{s} of {name}"
CHANGES_PLACES = "changes {count} place{s} of {name}"
CHANGES_TEXTS = "changes {count} text{s} of {name}"
PIXELS = "{width} x {height} pixels at {x}, {y}"
COLOR = "the color {color} in {place}"
TEXT = "the text {text!r} in {language}"
PLACE_CONFLICT = "{losers} and {winner} both change {place} of {name}: what {winner} does is seen"
AND_MORE = " and {count} more"
REMOVED = "removed"

# What the player chose, and profile files.
UNKNOWN_MOD = "there is no mod {mod!r} in {folder}; there are: {known}"
UNKNOWN_MOD_NEAR = "there is no mod {mod!r} in {folder}; did you mean {near}? There are: {known}"
CANNOT_LOAD = "{mod} cannot load: {problem}"
MOVE_TARGETS = "pass either `before` or `after`, the mod to move {mod} before or after"
MOVE_ITSELF = "{mod} cannot be moved before or after itself"
MOVE_FORBIDDEN = "{first} cannot load before {then}: {rules}"
TIERS = "{first} is of kind {first_kind} and {then} is of kind {then_kind}"
GROUPS = "{first} is in group {first_group} and {then} is in group {then_group}"
PROFILE_EXISTS = "there is already a profile {name!r}"
PROFILE_IN_USE = "{name!r} is the profile in use; use another one first"
NEAR_FOLDER = "there is no {folder}, but there is a folder {near}"
STATE_TOO_NEW = "it has version {version}, and this game reads {known} at most"
UNKNOWN_PROFILE = "there is no profile {name!r}; there are: {known}"
NOT_A_PROFILE = "{file} is not a profile of vfsloader{reason}"
PROFILE_TOO_NEW = "{file} is a profile of version {version!r}; update vfsloader to read it"
PROFILE_FIELDS = "{file}: a profile must have a name and a list of mods"
PROFILE_ROW = "{file}: {row!r} is not a mod of a profile: id, version and sha256 must be text"
NOT_A_FINGERPRINT = "this is not a fingerprint of a set of mods: {reason}"
JOINED = "you play with the mods of a host; leave() it before you change the set"
HOST_DIFFERENCES = {
    "missing": "The host has {name} {wanted}, and you do not.",
    "disabled": "The host has {name} on.",
    "broken": "The host has {name} on, and it does not load here.",
    "extra": "The host does not have {name}: it is off while you play together.",
    "version": "The host has {name} {wanted}, and you have {found}.",
    "content": "The host has other files in {name} {wanted}.",
    "order": "The host has {name} at another place in the order: {wanted}.",
    "option": "The host has {key} of {name} at {wanted}, and you have {found}.",
    "rules": "The host overrides other rules of {name}.",
    "files": "The host chose differently for single files.",
    "game": "The host has version {wanted} of the game, and you have {found}.",
}
SAME_SET = "You have the same mods."
NOT_JOINED = "the host's set cannot be shown: {why}"
NOT_A_JOINED_SET = "{file} does not name a set that was joined: {reason}"
BISECTING = "mods are being tested for a fault; end that with cancel() before you change the set"
BAD_SET_NAME = "a set needs a name of at most {most} characters"
TOO_MANY_NAMED = "{most} sets have names already; forget one of them first"
NO_SUCH_SET = "no set has the name {name!r}; there are: {known}"
NO_STAMPS = "only the mods of a running game can keep their fingerprint with a save"
NOT_OF_THE_SAVE = "a fingerprint is kept with a path, or with a collection of game.state(), not with this {what}"
NOTHING_AT_SAVE = "there is no {path} to keep a fingerprint with; save first"
#: How the present set can differ from a fingerprint, worst first.
SET_DIFFERENCES = {
    "missing": "Install {name} {wanted}: it was in use{where}.",
    "disabled": "Enable {name}: it was in use.",
    "broken": "Look at the problems of {name}: it was in use, and does not load now.",
    "extra": "Disable {name}: it was not in use.",
    "version": "Get {name} {wanted}: that version was in use, and {found} is now{where}.",
    "content": "Get {name} {wanted} again: its files have changed since{where}.",
    "order": "Move {name}: mods were in another order ({wanted}).",
    "option": "Set {key} of {name} to {wanted}: it is {found} now.",
    "rules": "Restore the rules of {name}: others were overridden.",
    "files": "Restore the choices for single files: others were in use.",
    "game": "Use version {wanted} of the game: this is {found}.",
}
IMPORTED = "imported a profile"
BREAKS_SAVE = " Without it, the save may not work."
#: How an installation can differ from an imported profile.
DIFFERENCES = {
    "missing": "Install {mod} {wanted}: it is in the profile.",
    "version": "Get {mod} {wanted}: that version is in the profile, and {found} is installed.",
    "content": "Get {mod} again: its version is the profile's {wanted}, but its files differ.",
    "extra": "Nothing to do: {mod} {found} is not in the profile, so it was disabled.",
}

# Findings of `mods check`.
NOT_STRICT_JSON = "this has {extras}: vfsloader reads them, but other programs may refuse the file"
TOO_DEEP = "the game has {found}: move what is in {folder} up, so that the game uses it"
FOLDER_CASE = "the game's folder is {other}: with different case, no file in this one replaces a file of the game"
DIFFERS_IN_CASE = "this differs from {other} only in case: Windows keeps only one of them"
MISSES_IN_CASE = "the game's file is {other}: with different case, this file does not replace it"
JUNK_FOLDER = "this folder is not part of a mod"
JUNK_FILE = "an editor or the system left this file: no game loads it"
SECOND_MANIFEST = "mod.toml is here too, and only mod.toml is read"
INNER_MANIFEST = "a manifest is only read at the top of the mod"
OUTSIDE_ROOT = "this is outside of files.root, which is {root}"
UNREADABLE = "this cannot be read: {error}"
EMPTY_FILE = "this file is empty"
WRONG_SIGNATURE = "this is not a {suffix} file: its first bytes are not a {suffix} signature"
PATCH_NOT_A_LIST = "a patch must be a list of operations"
NO_SUCH_PATH = "there is no {path}"
NO_SUCH_ID = "no mod with this id is installed here"
NO_SUCH_ID_NEAR = "no mod with this id is installed here; did you mean {near}?"
NOTHING_TO_REMOVE = "no layer below the mod has such a path"
NOTHING_TO_CHANGE = "there is no {path} to change"
REPLACED_WHOLE = "the mod replaces the whole of {path}: make the change there"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the mods that a player should know.

    ``str(problem)`` is the whole sentence.
    """

    kind: str
    mod: str
    """The mod's id, or the file's name if it has no id."""
    fix: str
    why: str
    chain: tuple[str, ...] = ()
    """Ids from the root cause to `mod`."""
    other: str = ""
    """The other mod involved: the one that is required, recommended or incompatible."""

    @property
    def is_warning(self) -> bool:
        """Whether the mod loads despite the problem."""
        return self.kind in WARNINGS

    def __str__(self) -> str:
        return f"{self.fix}: {self.why}" if self.why.endswith((".", "?")) else f"{self.fix}: {self.why}."


def problem(kind: str, mod: str, *, chain: Iterable[str] = (), **facts: object) -> Problem:
    """Make a problem from its kind and facts."""
    fix, why = PROBLEMS[kind]
    facts["mod"] = mod
    other = plain(str(facts.get("wanted") or facts.get("other") or ""))
    return Problem(kind, plain(mod), fill(fix, **facts), fill(why, **facts), tuple(chain), other)


def fill(sentence: str, /, **facts: object) -> str:
    r"""Return a sentence with its facts, shortened and escaped. It never fails because of a fact.

    Examples
    --------
    >>> fill("{name} needs {value!r}", name="winter\x1b", value=16 ** 5000)
    'winter\\x1b needs a number of 20001 bits'
    """
    return sentence.format_map({name: _Fact(value) for name, value in facts.items()})


class _Fact:
    """A fact of a sentence: ``{x}`` is its text, ``{x!r}`` a short representation."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        if isinstance(self._value, (int, list, dict)) and not isinstance(self._value, bool):
            return quoted(self._value)
        try:
            return plain(str(self._value), LONGEST_FACT)
        except ValueError:
            return quoted(self._value)

    def __repr__(self) -> str:
        return quoted(self._value)

    def __format__(self, form: str) -> str:
        is_number = isinstance(self._value, int) and self._value.bit_length() < 64 and "," in form
        return format(self._value if is_number else str(self), form)


def count_paths(count: int) -> str:
    """Return a number of paths in words.

    >>> count_paths(1), count_paths(2000)
    ('1 path', '2,000 paths')
    """
    return "1 path" if count == 1 else f"{count:,} paths"
