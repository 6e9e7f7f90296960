"""The set of mods as sheets: its history, the search for a mod at fault, and a start with the last good set."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Item, Sheet
from vfsloader.pygame.menu.words import fill

from vfsloader.mods.sets.history import MAX_NAME, PastSet
from vfsloader.mods.sets.live_bisection import Bisection
from vfsloader.mods.state import Profile


class SetSheets:
    """Opens the sheets of a session, and does what the player chooses there.

    Attributes
    ----------
    search
        The search for a mod at fault, while it goes on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = session.words
        self.search: Bisection | None = None

    def open_pending(self) -> None:
        """Open what waits for the player: the question of a search, or what to do after failed starts."""
        safe_start = self._session.game.safe_start
        if self.search is not None and self.search.testing is not None:
            self.ask_about_fault()
        elif safe_start is not None and safe_start.is_open:
            self._open_safe_start()

    # --- history -------------------------------------------------------------------------------------

    def open_history(self) -> None:
        """Show the changes of the profile, newest first, and the sets that have names."""
        words, mods = self._words, self._session.mods
        past = mods.history()
        present = mods.profiles[mods.profile]
        after = [present, *(earlier.profile for earlier in past)]
        changes = [self._change_in_words(earlier, later) for earlier, later in zip(past, after, strict=False)]
        undone = mods.redoable
        items = [Item(fill(words.undo, what=changes[0]), self._changing(mods.undo))] if past else []
        if undone is not None:
            items.append(Item(fill(words.redo, what=undone), self._changing(mods.redo)))
        items.append(Item(words.keep_set, self._ask_name))
        for named in mods.named_sets():
            question = fill(words.ask_restore_named, name=named.name)
            items.append(Item(fill(words.kept_set, name=named.name), self._restoring(named, question)))
        for named in mods.named_sets():
            items.append(Item(fill(words.forget_set, name=named.name), self._forgetting(named.name)))
        for change, earlier in zip(changes, past, strict=True):
            when = _local(earlier.when)
            question = fill(words.ask_restore, when=when, what=change)
            items.append(Item(f"{when}  {change}", self._restoring(earlier, question)))
        items.append(Item(words.back, lambda: None))
        self._open(words.history, items, "" if past else words.no_history)

    def _ask_name(self) -> None:
        words, mods = self._words, self._session.mods
        names = {named.name for named in mods.named_sets()}
        proposed = (fill(words.set_number, number=number) for number in range(1, len(names) + 2))
        items = [Item(words.done, self._keep, reads_text=True), Item(words.back, self.open_history)]
        self._open(words.name_set, items, text=next(name for name in proposed if name not in names))

    def _keep(self) -> None:
        session = self._session
        name = "" if session.sheet is None or session.sheet.text is None else session.sheet.text.strip()
        session.sheet = None
        if name:
            session.change(lambda: session.mods.name_set(name[:MAX_NAME]))
        self.open_history()

    def _restoring(self, past: PastSet, question: str) -> Callable[[], None]:
        session = self._session
        return lambda: session.ask(question, lambda: session.change(lambda: session.mods.restore(past)))

    def _forgetting(self, name: str) -> Callable[[], None]:
        return self._changing(lambda: self._session.mods.forget_set(name))

    def _changing(self, act: Callable[[], object]) -> Callable[[], None]:
        """Return a function that changes the set, and shows the history again."""

        def change() -> None:
            self._session.change(act)
            self.open_history()

        return change

    def _change_in_words(self, past: PastSet, after: Profile) -> str:
        words, before = self._words, past.profile
        parts = []
        for sentence, mods in (
            (words.change_enabled, before.disabled - after.disabled),
            (words.change_disabled, after.disabled - before.disabled),
            (words.change_options, _differing(before.options, after.options)),
            (words.change_rules, _differing(before.overrides, after.overrides)),
        ):
            if mods:
                parts.append(fill(sentence, mods=self._names(mods)))
        if before.order != after.order and not parts:
            parts.append(words.change_order)
        if before.files != after.files:
            parts.append(words.change_files)
        return "; ".join(parts) or past.what

    def _names(self, mods: Iterable[str]) -> str:
        known = {mod.id: mod.name for mod in self._session.mods.available}
        names = sorted(known.get(mod, mod) for mod in mods)
        return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} +{len(names) - 2}"

    # --- the mod at fault ----------------------------------------------------------------------------

    def start_search(self) -> None:
        """Begin to search for the mods that cause a fault."""
        session = self._session
        session.change(lambda: self._begin(session.mods.bisect))

    def _begin(self, begin: Callable[[], Bisection]) -> None:
        self.search = begin()
        self.ask_about_fault()

    def ask_about_fault(self) -> None:
        """Ask whether the fault is there with the mods that are on now; or show what was found."""
        words, search = self._words, self.search
        if search is None or search.testing is None:
            self._show_found()
            return
        note = fill(words.fault_question, on=len(search.testing), left=max(search.steps_left, 1))
        items = [
            Item(words.look_at_game, self._close),
            Item(words.all_is_well, self._answering(search.good)),
            Item(words.fault_is_there, self._answering(search.bad)),
            Item(words.cannot_say, self._answering(search.skip)),
            Item(words.stop_search, self._stop),
        ]
        self._open(words.find_fault, items, note)

    def _answering(self, answer: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            self._session.change(answer)
            self.ask_about_fault()

        return run

    def _stop(self) -> None:
        search, self.search = self.search, None
        if search is not None:
            self._session.change(search.cancel)

    def _show_found(self) -> None:
        words, search, mods = self._words, self.search, self._session.mods
        self.search = None
        if search is None:
            return
        names = self._names(search.found)
        items = [Item(words.done, lambda: None)]
        if search.is_contradictory:
            note = words.found_contradiction
        elif not search.found:
            note = words.found_none
        elif search.is_absence:
            note = fill(words.found_absent, mods=names)
            enable = self._each(search.found, lambda mod: mods.apply(mods.plan_enable(mod)))
            items.insert(0, Item(fill(words.enable_mods, mods=names), enable))
        else:
            note = fill(words.found_together if len(search.found) > 1 else words.found_guilty, mods=names)
            last = search.found[-1:]  # without one of them, they no longer fail together
            disable = self._each(last, lambda mod: mods.apply(mods.plan_disable(mod)))
            items.insert(0, Item(fill(words.disable_mods, mods=self._names(last)), disable))
        self._open(words.find_fault, items, note)

    def _each(self, ids: tuple[str, ...], act: Callable[[str], object]) -> Callable[[], None]:
        def run() -> None:
            for mod in ids:
                self._session.change(partial(act, mod))

        return run

    # --- after failed starts -------------------------------------------------------------------------

    def _open_safe_start(self) -> None:
        words, safe_start = self._words, self._session.game.safe_start
        if safe_start is None:
            return
        session = self._session
        items = [
            Item(words.keep_out, lambda: session.change(safe_start.keep_out)),
            Item(words.try_again, lambda: session.change(safe_start.try_again)),
            Item(words.find_fault, lambda: session.change(lambda: self._begin(safe_start.bisect))),
            Item(words.decide_later, lambda: None),
        ]
        self._open(
            words.safe_title, items, fill(words.safe_why, mods=self._names(safe_start.left_out) or words.no_mods)
        )

    # --- inside --------------------------------------------------------------------------------------

    def _open(self, title: str, items: list[Item], note: str = "", text: str | None = None) -> None:
        self._session.sheet = Sheet(title, tuple(items), text, note)
        self._session.sheet_chosen = 0

    def _close(self) -> None:
        self._session.is_open = False


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {mod for mod in {*before, *after} if before.get(mod) != after.get(mod)}


def _local(when: str) -> str:
    """Return a time of the history as a clock on the player's wall shows it."""
    try:
        return f"{datetime.datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return when
