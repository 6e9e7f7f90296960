"""The page of a game that has no own: its pictures on a canvas, its mods to switch, and the layer that wins."""

from __future__ import annotations

from typing import Any

from vfsloader.game.manager import ResourceManager
from vfsloader.web.pictures import LivePicture, load_image
from vfsloader.web.storage import Persistence

_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


class Viewer:
    """What is on the page.

    Parameters
    ----------
    game
        The game.
    kept
        The folder with its saves.
    """

    def __init__(self, game: ResourceManager, kept: Persistence) -> None:
        import js
        from pyodide.ffi import create_proxy

        self.game = game
        self.kept = kept
        self.picture: LivePicture | None = None
        self._document = js.document
        self._proxy = create_proxy
        self._side = js.document.getElementById("side")
        self._shown: tuple[object, ...] = ()
        self.paths = sorted(path for path in game.vfs.glob("/**/*") if path.endswith(_SUFFIXES))
        self.path = game.vfs.read_text("/viewer.txt") if game.vfs.exists("/viewer.txt") else ""
        if self.path not in self.paths:
            self.path = self.paths[0] if self.paths else ""

    async def show(self, path: str) -> None:
        """Show a picture, and remember it for the next visit."""
        self.path = path
        self.game.vfs.write_text("/viewer.txt", path)
        self.picture = load_image(path)
        await self.draw()

    async def draw(self) -> None:
        """Draw the picture and the list of mods."""
        if self.picture is not None:
            element = (await self.picture.ready()).element
            canvas = self._document.getElementById("canvas")
            context = canvas.getContext("2d")
            scale = min(canvas.width / element.naturalWidth, canvas.height / element.naturalHeight, 8)
            context.imageSmoothingEnabled = False
            context.clearRect(0, 0, canvas.width, canvas.height)
            context.drawImage(element, 0, 0, element.naturalWidth * scale, element.naturalHeight * scale)
        self._list()

    def refresh(self, *_event: Any) -> None:
        """Show what has changed; called by the page's clock."""
        import asyncio

        changes = self.game.update()
        if changes or self._state() != self._shown:
            self._task = asyncio.ensure_future(self.draw())

    def _state(self) -> tuple[object, ...]:
        return tuple((mod.id, mod in self.game.mods.enabled) for mod in self.game.mods.available), self.path

    def _list(self) -> None:
        self._shown = self._state()
        self._side.replaceChildren()
        choice = self._add("select")
        for path in self.paths:
            option = self._document.createElement("option")
            option.textContent = path
            option.selected = path == self.path
            choice.appendChild(option)
        choice.addEventListener("change", self._proxy(lambda event: self.show(str(event.target.value))))
        if self.path:
            self._add("p").textContent = f"from {self.game.vfs.which_layer(self.path)}"
        enabled = {mod.id for mod in self.game.mods.enabled}
        for mod in self.game.mods.available:
            label = self._add("label")
            box = self._document.createElement("input")
            box.type, box.checked, box.id = "checkbox", mod.id in enabled, f"mod-{mod.id}"
            box.addEventListener("change", self._proxy(lambda event, mod=mod: self._switch(mod.id, event)))
            label.append(box, f" {mod.manifest.name}")
        for problem in self.game.mods.problems:
            self._add("p").textContent = str(problem)
        self._add("p").textContent = "Drop a mod's zip on this page to add it."

    def _add(self, name: str) -> Any:
        element = self._document.createElement(name)
        self._side.appendChild(element)
        return element

    def _switch(self, mod: str, event: Any) -> None:
        (self.game.mods.enable if event.target.checked else self.game.mods.disable)(mod)


async def main(game: ResourceManager, kept: Persistence) -> None:
    """Show the game's pictures."""
    import js
    from pyodide.ffi import create_proxy

    viewer = Viewer(game, kept)
    if viewer.path:
        await viewer.show(viewer.path)
    js.setInterval(create_proxy(viewer.refresh), 100)
