"""The playground: a picture on a canvas, the layers that it may come from, and a mod that the reader makes.

`vfsloader web build` puts this beside Pyodide; ``docs/playground.md`` shows it. What happens is what happens in a game:
a switch enables a mod, `update()` shows it, and the same picture is drawn again.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import js
from pyodide.ffi import create_proxy

import vfsloader
from vfsloader import web

#: The reader's own mod.
MINE = "my-mod"
_STYLE = """
body { margin: 0; padding: 1rem; background: #14151f; color: #eceaf6; }
h1, #status:empty { display: none; }
#app { display: grid; grid-template-columns: minmax(0, 3fr) minmax(15rem, 2fr); gap: 1rem; align-items: start; }
@media (max-width: 620px) { #app { grid-template-columns: minmax(0, 1fr); } }
canvas { width: 100%; border-radius: 12px; border: 1px solid #34384e; background: repeating-conic-gradient(#1d1f2c 0 25%, #262938 0 50%) 0 / 24px 24px; }
#side { display: grid; gap: .8rem; min-width: 0; }
#side h2 { font-size: .85rem; margin: 0; color: #a9abc4; font-weight: 600; }
#side select, #side button { font: inherit; color: inherit; background: #262938; border: 1px solid #454a66; border-radius: 8px; padding: .3rem .6rem; max-width: 100%; }
#side button { cursor: pointer; }
#side button:disabled { opacity: .35; cursor: default; }
#side ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .35rem; }
#side li { display: flex; gap: .5rem; align-items: center; padding: .45rem .6rem; border: 1px solid #34384e; border-radius: 10px; background: #1b1d2a; min-width: 0; }
#side li.wins { border-color: #6fdca6; box-shadow: inset 3px 0 #6fdca6; }
#side li.off { opacity: .75; background: none; }
#side li label { flex: 1; padding: 0; min-width: 0; overflow-wrap: anywhere; }
#side li small { color: #a9abc4; }
#side li button { padding: 0 .45rem; }
#side .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
#call { margin: 0; padding: .7rem .9rem; background: #0d0e15; border-radius: 10px; font: 13px/1.5 ui-monospace, Consolas, monospace; overflow-x: auto; color: #c9c3ff; white-space: pre-wrap; overflow-wrap: anywhere; }
"""  # noqa: E501


class Playground:
    """What is on the page."""

    def __init__(self, game: vfsloader.ResourceManager) -> None:
        self.game = game
        self.paths = sorted(path for path in game.vfs.glob("/**/*.png"))
        self.path = "/sprites/moth_0.png"
        self.color = "#ff5ea8"
        self.call = f'picture = vfsloader.web.load_image("{self.path}")'
        self.picture = web.load_image(self.path)
        style = js.document.createElement("style")
        style.textContent = _STYLE
        js.document.head.appendChild(style)
        self._side = js.document.getElementById("side")
        self._tasks: set[asyncio.Task[None]] = set()

    async def draw(self) -> None:
        """Draw the picture, and list the layers."""
        element = (await self.picture.ready()).element
        canvas = js.document.getElementById("canvas")
        context = canvas.getContext("2d")
        scale = min(canvas.width / element.naturalWidth, canvas.height / element.naturalHeight, 4)
        width, height = element.naturalWidth * scale, element.naturalHeight * scale
        context.clearRect(0, 0, canvas.width, canvas.height)
        context.drawImage(element, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height)
        self._list()

    def _list(self) -> None:
        self._side.replaceChildren()
        self._add(self._side, "h2", "Picture")
        choice = self._add(self._side, "select")
        choice.setAttribute("aria-label", "Picture")
        for path in self.paths:
            option = self._add(choice, "option", path)
            option.selected = path == self.path
        self._on(choice, "change", lambda event: self.show(str(event.target.value)))
        self._add(self._side, "h2", "Layers: the highest that has the picture wins")
        rows = self._add(self._side, "ol")
        explained = self.game.mods.explain(self.path)
        parts = {part.layer for part in explained.contributions}
        enabled = [mod for mod in reversed(self.game.mods.available) if mod in self.game.mods.enabled]
        for index, mod in enumerate(enabled):
            row = self._row(rows, mod.id, mod.manifest.name, parts, explained.winner)
            self._button(row, "↑", f"Move {mod.manifest.name} up", index == 0,
                         lambda mod=mod, above=enabled[index - 1]: self._move(mod.id, above.id))  # fmt: skip
        base = self._row(rows, "base", "the game itself", parts, explained.winner)
        base.querySelector("input").disabled = True
        for mod in self.game.mods.available:
            if mod not in enabled:
                self._row(rows, mod.id, mod.manifest.name, parts, None, is_on=False)
        self._add(self._side, "h2", "A mod of your own")
        row = self._add(self._side, "div")
        row.className = "row"
        color = self._add(row, "input")
        color.type, color.value, color.id = "color", self.color, "color"
        color.setAttribute("aria-label", "Color")
        self._button(row, "Paint this picture", "", False, lambda: self._paint(str(color.value)))
        self._add(self._side, "h2", "What just happened, in Python")
        call = self._add(self._side, "pre", self.call)
        call.id = "call"

    def _row(self, rows: Any, id: str, name: str, parts: set[str], winner: str | None, *, is_on: bool = True) -> Any:
        row = self._add(rows, "li")
        row.className = "wins" if id == winner else "" if is_on else "off"
        label = self._add(row, "label")
        box = self._add(label, "input")
        box.type, box.checked, box.id = "checkbox", is_on, f"mod-{id}"
        label.append(f" {name} ")
        what = "wins" if id == winner else "has it, too" if id in parts else "" if is_on else "off"
        self._add(label, "small", what)
        self._on(box, "change", lambda event: self._switch(id, bool(event.target.checked)))
        return row

    def show(self, path: str) -> None:
        """Show another picture."""
        self.path = path
        self.picture = web.load_image(path)
        self._did(f'picture = vfsloader.web.load_image("{path}")')

    def _switch(self, mod: str, is_on: bool) -> None:
        word = "enable" if is_on else "disable"
        getattr(self.game.mods, word)(mod)
        self._did(f'game.mods.{word}("{mod}")')

    def _move(self, mod: str, above: str) -> None:
        self.game.mods.move(mod, after=above)
        self._did(f'game.mods.move("{mod}", after="{above}")')

    def _paint(self, color: str) -> None:
        """Write a mod with the picture in another color, as an author would with a paint program."""
        self.color = color
        element = self.picture.element
        canvas = js.document.createElement("canvas")
        canvas.width, canvas.height = element.naturalWidth, element.naturalHeight
        context = canvas.getContext("2d")
        context.drawImage(element, 0, 0)
        context.globalCompositeOperation = "source-atop"
        context.globalAlpha = 0.75
        context.fillStyle = color
        context.fillRect(0, 0, canvas.width, canvas.height)
        folder = Path(self.game.mods.folders[-1], MINE)
        file = folder / self.path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(str(canvas.toDataURL("image/png")).partition(",")[2]))
        (folder / "mod.toml").write_text(f'id = "{MINE}"\nname = "My mod"\nversion = "1.0"\n')
        self.game.mods.rescan()
        self.game.mods.enable(MINE)
        self._did(f'# a new file: mods/{MINE}{self.path}\ngame.mods.rescan()\ngame.mods.enable("{MINE}")')

    def _did(self, call: str) -> None:
        self.call = f"{call}\nvfsloader.update()"
        vfsloader.update()
        task = asyncio.ensure_future(self.draw())
        self._tasks.add(task)  # a task that nobody holds may vanish
        task.add_done_callback(self._tasks.discard)

    def _button(self, parent: Any, text: str, name: str, is_off: bool, do: Any) -> None:
        button = self._add(parent, "button", text)
        button.disabled = is_off
        if name:
            button.setAttribute("aria-label", name)
        self._on(button, "click", lambda _: do())

    def _add(self, parent: Any, tag: str, text: str = "") -> Any:
        element = js.document.createElement(tag)
        element.textContent = text
        parent.appendChild(element)
        return element

    def _on(self, element: Any, event: str, do: Any) -> None:
        element.addEventListener(event, create_proxy(do))


async def main(game: vfsloader.ResourceManager, kept: Any) -> None:
    """Show the playground."""
    await Playground(game).draw()
