"""The options of a mod as sheets: one for all of them, and one for a value that is not just switched."""

from __future__ import annotations

from collections.abc import Callable

from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Item, Sheet
from vfsloader.pygame.menu.words import fill

from vfsloader.errors import OptionError
from vfsloader.mods.conditions import Scalar, World
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.options import Option

#: So many whole numbers are shown as a list to choose from; more are typed, or reached step by step.
_FEW = 12


class OptionSheets:
    """Opens the sheets of a session, and keeps what the player chooses in the profile."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = session.words

    def open(self, mod: Mod, chosen: int = 0) -> None:
        """Show the options of a mod that can be chosen now."""
        words, session = self._words, self._session
        values = session.mods.options(mod.id)
        options = [option for option in mod.manifest.options.values() if option.shown(World(), values)]
        items = [
            Item(
                f"{_label(option)}: {self._shown(option, values[option.name])}",
                self._editing(mod, option),
            )
            for option in options
        ]
        items.append(Item(words.default_values, lambda: self._change(mod, lambda: session.mods.reset_options(mod.id))))
        items.append(Item(words.back, lambda: None))
        session.sheet = Sheet(fill(words.options_of, mod=mod.name), tuple(items))
        session.sheet_chosen = min(chosen, len(items) - 1)

    def _editing(self, mod: Mod, option: Option) -> Callable[[], None]:
        return lambda: self._edit(mod, option)

    def _edit(self, mod: Mod, option: Option) -> None:
        value = self._session.mods.options(mod.id)[option.name]
        if option.type == "bool":
            self._set(mod, option, not value)
            return
        values = _few_values(option)
        if values:
            items = [Item(self._shown(option, one), self._setting(mod, option, one), one == value) for one in values]
            chosen = next((index for index, one in enumerate(values) if one == value), 0)
            self._open_value(mod, option, [*items, self._back_to(mod, option)], None, chosen)
            return
        items = [Item(self._words.done, lambda: self._take(mod, option), reads_text=True)]
        if option.type in ("int", "float"):
            step = option.step or 1
            items += [
                Item(f"{sign}{step:g}", self._stepping(mod, option, by), reads_text=True)
                for sign, by in (("+", step), ("\N{MINUS SIGN}", -step))
            ]
        self._open_value(mod, option, [*items, self._back_to(mod, option)], _text(value), 0)

    def _open_value(self, mod: Mod, option: Option, items: list[Item], text: str | None, chosen: int) -> None:
        title = option.label or option.name
        self._session.sheet = Sheet(f"{title} \N{EM DASH} {option.help}" if option.help else title, tuple(items), text)
        self._session.sheet_chosen = chosen

    def _back_to(self, mod: Mod, option: Option) -> Item:
        return Item(self._words.back, lambda: self.open(mod, self._place(mod, option)))

    def _stepping(self, mod: Mod, option: Option, by: float) -> Callable[[], None]:
        def step() -> None:
            sheet, session = self._session.sheet, self._session
            if sheet is None or sheet.text is None:
                return
            try:
                value = float(option.read(sheet.text)) + by
            except OptionError:
                value = float(session.mods.options(mod.id)[option.name])
            low, high = option.min, option.max
            value = value if low is None else max(value, low)
            value = value if high is None else min(value, high)
            session.sheet = Sheet(sheet.title, sheet.items, f"{round(value, 6):g}")

        return step

    def _take(self, mod: Mod, option: Option) -> None:
        sheet = self._session.sheet
        if sheet is not None and sheet.text is not None:
            text = sheet.text
            self._change(mod, lambda: self._session.mods.set_option(mod.id, option.name, option.read(text)), option)

    def _setting(self, mod: Mod, option: Option, value: Scalar) -> Callable[[], None]:
        return lambda: self._set(mod, option, value)

    def _set(self, mod: Mod, option: Option, value: Scalar) -> None:
        self._change(mod, lambda: self._session.mods.set_option(mod.id, option.name, value), option)

    def _change(self, mod: Mod, act: Callable[[], object], option: Option | None = None) -> None:
        """Change the profile, and show the options again; a value that is not allowed is said as a message."""
        self._session.change(act)
        self.open(mod, 0 if option is None else self._place(mod, option))

    def _place(self, mod: Mod, option: Option) -> int:
        """Return where an option is in its sheet."""
        values = self._session.mods.options(mod.id)
        names = [other.name for other in mod.manifest.options.values() if other.shown(World(), values)]
        return names.index(option.name) if option.name in names else 0

    def _shown(self, option: Option, value: Scalar) -> str:
        if isinstance(value, bool):
            return self._words.switched_on if value else self._words.switched_off
        if value in option.choices:
            return option.choice_labels[option.choices.index(value)]
        return _text(value)


def _label(option: Option) -> str:
    label = option.label or option.name
    return f"{option.group} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {label}" if option.group else label


def _few_values(option: Option) -> tuple[Scalar, ...]:
    """Return all values of an option if they fit into a short list."""
    if option.type == "choice":
        return option.choices
    if option.type != "int" or option.min is None or option.max is None:
        return ()
    step = max(1, round(option.step or 1))
    values = range(int(option.min), int(option.max) + 1, step)
    return tuple(values) if len(values) <= _FEW else ()


def _text(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
