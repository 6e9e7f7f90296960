"""The player's choices for single files as sheets: whose file the game uses, and all choices that were made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Item, Sheet
from vfsloader.pygame.menu.words import fill

from vfsloader import paths
from vfsloader.globs import glob_escape, has_magic
from vfsloader.mods.state import FileChoice


class FileSheets:
    """Opens the sheets of a session, and keeps what the player chooses in the profile."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = session.words

    def open_file(self, path: str) -> None:
        """Ask whose file the game uses at a path."""
        words, mods, pattern = self._words, self._session.mods, glob_escape(path)
        found = mods.explain(path)
        names = {mod.id: mod.name for mod in mods.available}
        layers = [part.layer for part in found.contributions if part.role == "whole"]
        layers += [file.layer for file in found.left_out]
        owners = {layer.partition(":")[0] for layer in layers}
        winner = "" if found.winner is None else found.winner.partition(":")[0]
        present = [mod.id for mod in reversed(mods.enabled) if mod.id in owners]
        others = tuple(choice for choice in mods.file_choices if choice.paths != pattern)
        items = [
            Item(names[mod], self._choosing((*others, FileChoice(pattern, "prefer", mod))), is_marked=mod == winner)
            for mod in present
        ]
        if owners - names.keys():
            hidden = (FileChoice(pattern, "hide", mod) for mod in present)
            items.append(Item(words.own_file, self._choosing((*others, *hidden)), is_marked=winner not in names))
        if others != mods.file_choices:
            items.append(Item(words.by_order, self._choosing(others)))
        marked = next((index for index, item in enumerate(items) if item.is_marked), 0)
        items.append(Item(words.back, lambda: None))
        self._open(paths.split(path)[1], items, f"{path}\n{words.whose_file}", marked)

    def open_all(self) -> None:
        """Show the player's choices for single files: one file is chosen again, several are forgotten."""
        words = self._words
        names = {mod.id: mod.name for mod in self._session.mods.available}
        items = []
        for choice in self._session.mods.file_choices:
            sentence = words.file_preferred if choice.action == "prefer" else words.file_hidden
            label = fill(sentence, mod=names.get(choice.mod, choice.mod), files=choice.paths)
            is_one = not has_magic(choice.paths) and choice.mod in names
            items.append(Item(label, self._opening(choice.paths) if is_one else self._forgetting(choice, label)))
        items.append(Item(words.back, lambda: None))
        self._open(words.change_files, items)

    def _opening(self, path: str) -> Callable[[], None]:
        return lambda: self.open_file(path)

    def _choosing(self, choices: tuple[FileChoice, ...]) -> Callable[[], None]:
        session = self._session
        return lambda: session.change(lambda: session.mods.set_file_choices(choices))

    def _forgetting(self, choice: FileChoice, label: str) -> Callable[[], None]:
        session = self._session
        forget = partial(session.mods.unchoose, choice.paths, choice.mod)
        return lambda: session.ask(fill(self._words.ask_forget, what=label), lambda: session.change(forget))

    def _open(self, title: str, items: list[Item], note: str = "", chosen: int = 0) -> None:
        self._session.sheet = Sheet(title, tuple(items), note=note)
        self._session.sheet_chosen = chosen
