"""Mods that repaint all pictures of a game."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PIL import Image

import vfsloader.packs

GREEN = (0, 255, 0)
_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "gif": "GIF", "bmp": "BMP", "tga": "TGA"}


def green(picture: Image.Image) -> Image.Image:
    """Paint all that can be seen of a picture green."""
    whole = picture.convert("RGBA")
    painted = Image.new("RGBA", whole.size, (*GREEN, 255))
    painted.putalpha(whole.getchannel("A"))
    return painted


def larger(picture: Image.Image) -> Image.Image:
    """Return a green picture of another size."""
    painted = green(picture)
    return painted.resize((painted.width + 3, painted.height * 2))


def smaller(picture: Image.Image) -> Image.Image:
    """Return one pixel."""
    return green(picture).resize((1, 1))


def mirrored(picture: Image.Image) -> Image.Image:
    """Return a picture with other colours and other contours, in the same form."""
    whole = picture.convert("RGBA").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    alpha = whole.getchannel("A")
    painted = whole.convert("RGB").point(lambda value: 255 - value).convert("RGBA")
    painted.putalpha(alpha)
    return painted


def paint(home: Path, folders: Iterable[str], how: Callable[[Image.Image], Image.Image]) -> Iterator[tuple[str, bytes]]:
    """Return the painted pictures of a game by their paths in a mod."""
    folders = list(folders)
    for folder in folders:
        for file in sorted((home / folder).rglob("*")):
            kind = _FORMATS.get(re.split("[._]", file.name.lower())[-1])  # lightyears has letters_png
            if kind is None or not file.is_file():
                continue
            with Image.open(file) as picture:
                painted = how(picture)
            if kind in ("JPEG", "BMP") or (kind == "TGA" and picture.mode == "RGB"):
                painted = painted.convert("RGB")
            out = io.BytesIO()
            painted.save(out, kind, **({"quality": 100} if kind == "JPEG" else {}))
            place = file.relative_to(home / folder if len(folders) == 1 else home)
            yield place.as_posix(), out.getvalue()


def manifest(name: str) -> str:
    return f'id = "{name}"\nname = "{name}"\nversion = "1"\n'


def write_folder(mods: Path, name: str, files: Iterable[tuple[str, bytes]]) -> Path:
    """Write a mod as a folder."""
    mod = mods / name
    mod.mkdir(parents=True)
    (mod / "mod.toml").write_text(manifest(name))
    for path, data in files:
        (mod / path).parent.mkdir(parents=True, exist_ok=True)
        (mod / path).write_bytes(data)
    return mod


def write_zip(mods: Path, name: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a mod as a zip."""
    with zipfile.ZipFile(mods / f"{name}.zip", "w") as out:
        out.writestr("mod.toml", manifest(name))
        for path, data in files:
            out.writestr(path, data)


def write_pack(mods: Path, name: str, work: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a mod as a pack."""
    vfsloader.packs.build(write_folder(work, name, files), mods / f"{name}.pack")
