"""What is done to each example while it runs: keys, and when a picture is taken.

A step is ``press KEY``, ``click``, ``frames COUNT``, ``changes`` (wait until the picture is another one), the name of
a picture to take, or a function to call.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import vfsloader

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@dataclass(frozen=True, slots=True)
class Script:
    """How an example is run.

    Attributes
    ----------
    engine
        What it is written for: pygame, pyglet or arcade.
    title
        What the gallery calls it.
    steps
        What is done to it, in order. Words that are no step take a picture of that name.
    shown
        The pictures that the docs show side by side.
    command
        The module and arguments that start it, if not ``main.py``.
    beside
        A program that runs beside it.
    """

    engine: str
    title: str
    steps: tuple[str | Callable[[], object], ...]
    shown: tuple[str, ...]
    command: tuple[str, ...] = ()
    beside: Callable[[], AbstractContextManager[object]] | None = None


def _paint() -> None:
    """Save a picture as a paint program does: the bird in another colour, with a frame."""
    from PIL import Image, ImageDraw

    picture = Image.open("assets/bird.png").convert("RGBA")
    red, green, blue, alpha = picture.split()
    picture = Image.merge("RGBA", (blue, red, green, alpha))
    ImageDraw.Draw(picture).line([(20, 90), (50, 84), (84, 92)], (38, 30, 72), 4)
    picture.save("assets/bird.png")


@contextmanager
def _server() -> Iterator[None]:
    """Run serve.py at any free port until the example is over."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    command = [sys.executable, "-u", "serve.py", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            sys.argv.append(process.stdout.readline().decode().strip())
            yield
        finally:
            process.kill()


@contextmanager
def _bucket() -> Iterator[None]:
    """Run a server that speaks as S3 does, with the expansion in a bucket, until the example is over."""
    from benchmarks import servers

    kept = dict(os.environ)
    with servers.moto() as address:
        servers.resource(address).Bucket("my-bucket").create()
        os.environ.update(AWS_ENDPOINT_URL=address, AWS_ACCESS_KEY_ID=servers.KEY, AWS_SECRET_ACCESS_KEY=servers.SECRET)
        os.environ.update(AWS_DEFAULT_REGION="us-east-1")
        environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
        for command in ("build expansion expansion.pack", "publish expansion.pack s3://my-bucket/expansion"):
            words = [sys.executable, "-m", "vfsloader", "pack", *command.split()]
            subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)


def _switch_off(mod: str) -> Callable[[], None]:
    return lambda: vfsloader.current().mods.disable(mod)


SCRIPTS = {
    "layers": Script("pygame", "Layers", ("all",), ("all",)),
    "toggle": Script("pygame", "A mod on and off", ("on", "press m", "changes", "off"), ("off", "on")),
    "live_drawing": Script("pyglet", "Draw while it runs", ("before", _paint, "changes", "after"), ("before", "after")),
    "sprite_sheet": Script(
        "pygame", "A sprite sheet", ("frames 120", "mod", "press m", "frames 4", "base"), ("base", "mod")
    ),
    "picture_edits": Script(
        "pygame", "Edits of pictures", ("both", "press 1", "changes", "scarf", "press 2", "changes", "none"),
        ("none", "both"),
    ),
    "data_patches": Script("arcade", "Data", ("mods", "press m", "changes", "frames 20", "base"), ("base", "mods")),
    "options": Script(
        "pyglet", "Options of a mod",
        ("default", "press space", "changes", "blue", "press space", "changes", "gold"), ("default", "blue"),
    ),
    "mod_menu": Script(
        "pygame", "A menu for mods",
        ("game", "press escape", "changes", "frames 30", "menu", "press return", "changes", "frames 30", "toggled"),
        ("menu", "toggled"),
    ),
    "saves": Script(
        "pygame", "Saves that know their mods",
        ("press s", "frames 60", "saved", "press m", "frames 60", "without", "press l", "frames 3", "loaded"),
        ("without", "loaded"),
    ),
    "tiled_map": Script("arcade", "A map of Tiled", ("mod", "press m", "changes", "base"), ("base", "mod")),
    "sounds": Script("pygame", "Sounds", ("mod", "press space", "press m", "changes", "base"), ("base", "mod")),
    "translations": Script(
        "pyglet", "Languages",
        ("pirates", "press m", "changes", "english", "press l", "changes", "frames 2", "finnish"),
        ("english", "finnish"),
    ),
    "events": Script("pyglet", "What changed?", ("before", "press m", "changes", "after"), ("before", "after")),
    "memory_layer": Script(
        "pygame", "A layer in memory", ("first", "click", "changes", "second"), ("first", "second")
    ),
    "packs": Script("arcade", "One file for everything", ("shown",), ("shown",)),
    "remote": Script("arcade", "An expansion from a web server", ("shown",), ("shown",), beside=_server),
    "bucket": Script("pyglet", "An expansion from a bucket", ("shown",), ("shown",), beside=_bucket),
    "fonts": Script(
        "pygame", "A language in a mod", ("english", "press l", "changes", "greek"), ("english", "greek")
    ),
    "adopted": Script(
        "arcade", "A finished game", ("mod", _switch_off("winter"), "frames 3", "base"), ("base", "mod"),
        ("vfsloader.arcade", "adopt", "--assets", "resources", "--mods", "mods", "main.py"),
    ),
}  # fmt: skip
