"""Fuzz targets for what a mod brings to look at and to hear: pictures, sounds, fonts, sheets and maps."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

os.environ.setdefault("ARCADE_HEADLESS", "True")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import arcade
import numpy
import pygame
import soundfile
import vfsloader.arcade.textures
import vfsloader.pyglet.decoding
from PIL import Image
from vfsloader.pygame.animations import ANIMATIONS, SVGS
from vfsloader.pygame.fonts import FONTS
from vfsloader.pygame.images import IMAGES
from vfsloader.pygame.sounds import SOUNDS
from vfsloader.pygame.spritesheet import SHEETS
from vfsloader.pyglet.pictures import AnimationLoader, PictureLoader

import vfsloader
from tests.fuzz.media_mutate import mutate_ogg, mutate_png, mutate_riff, mutate_xml
from tests.fuzz.mutate import mutate_bytes, mutate_text
from tests.fuzz.targets import Target
from vfsloader import Asset, Loader, Store
from vfsloader.errors import VFSError


def _picture(kind: str, mode: str = "RGBA", size: tuple[int, int] = (32, 24), frames: int = 1, **options: Any) -> bytes:
    pictures = []
    for number in range(frames):
        noise = random.Random(number).randbytes(size[0] * size[1] * 4)
        pictures.append(Image.frombytes("RGBA", size, noise).convert(mode))
    more = {"save_all": True, "append_images": pictures[1:], "duration": 50} if frames > 1 else {}
    out = io.BytesIO()
    pictures[0].save(out, kind, **more, **options)
    return out.getvalue()


def _load(loader: Loader[Any], asset: Asset, **options: Any) -> None:
    try:
        loader.build(loader.decode(asset, **options), **options)
    except VFSError:
        pass


class MediaTarget(Target):
    """Files of mods, as the loaders of all engines get them."""

    seconds = 10.0
    memory_bytes = 1 << 30
    weight = 2
    suffix: ClassVar[str]
    mutate: ClassVar[Any] = staticmethod(mutate_bytes)

    def __init__(self, folder: Path) -> None:
        pygame.display.init()
        pygame.display.set_mode((64, 64))
        pygame.font.init()
        pygame.mixer.init(44100, -16, 2)
        self.seeds = self.make_seeds(folder)

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        raise NotImplementedError

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        mutate = type(self).mutate if rng.random() < 0.7 else mutate_bytes
        return mutate(rng, self.seeds)  # type: ignore[no-any-return]

    def asset(self, data: bytes) -> Asset:
        return Asset(f"/x.{self.suffix}", data, "mod", is_trusted=False)


class PictureTarget(MediaTarget):
    def use(self, data: bytes, folder: Path) -> None:
        _load(IMAGES, self.asset(data))
        _load(ANIMATIONS, self.asset(data))
        for loader in (PictureLoader(_no_bins), AnimationLoader(_no_bins), vfsloader.arcade.textures.TEXTURES):
            try:
                loader.decode(self.asset(data))
            except VFSError:
                continue


def _no_bins(*_: object) -> None:
    return None


class PngTarget(PictureTarget):
    name, suffix, mutate = "png", "png", staticmethod(mutate_png)

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [
            *(_picture("PNG", mode) for mode in ("RGBA", "RGB", "P", "LA", "L", "1", "I;16")),
            _picture("PNG", frames=3),
        ]


class JpegTarget(PictureTarget):
    name, suffix = "jpeg", "jpg"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        more = [_picture("JPEG", "RGB", progressive=True), _picture("JPEG", "RGB", optimize=True, quality=95)]
        return [_picture("JPEG", "RGB"), _picture("JPEG", "L"), _picture("JPEG", "CMYK"), *more]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.03:  # a progressive picture with very many scans
            data = self.seeds[3]
            at = data.rfind(b"\xff\xda")
            head = bytearray(data[: data.find(b"\xff\xda")])
            size = head.find(b"\xff\xc2") + 5
            head[size : size + 4] = struct.pack(">HH", *rng.choice(((24, 32), (4000, 4000), (8000, 8000))))
            return bytes(head) + data[at:-2] * rng.choice((10, 1000, 20_000))
        return super().corrupt(rng, folder)


class WebpTarget(PictureTarget):
    name, suffix, mutate = "webp", "webp", staticmethod(mutate_riff)

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [_picture("WEBP"), _picture("WEBP", lossless=True), _picture("WEBP", frames=3), _picture("WEBP", "RGB")]


class BmpTarget(PictureTarget):
    name, suffix = "bmp", "bmp"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        os2 = b"BM" + struct.pack("<IHHI", 26 + 4 * 12, 0, 0, 26) + struct.pack("<IHHHH", 12, 4, 4, 1, 24) + bytes(48)
        packed = b"\4\1\0\0" * 4 + b"\0\1"
        head = struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 8, 1, len(packed), 0, 0, 256, 0)
        runs = b"BM" + struct.pack("<IHHI", 1078 + len(packed), 0, 0, 1078) + head + bytes(1024) + packed
        return [*(_picture("BMP", mode) for mode in ("RGB", "RGBA", "P", "L", "1")), os2, runs]


class GifTarget(PictureTarget):
    name, suffix = "gif", "gif"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [_picture("GIF", "P"), _picture("GIF", "P", frames=4), _picture("GIF", "L", interlace=0)]


class TgaTarget(PictureTarget):
    name, suffix = "tga", "tga"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [
            _picture("TGA", mode, **more)
            for mode in ("RGBA", "RGB", "P", "L")
            for more in ({}, {"compression": "tga_rle"})
        ]


class QoiTarget(PictureTarget):
    name, suffix = "qoi", "qoi"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [_picture("QOI"), _picture("QOI", "RGB")]


class IconTarget(PictureTarget):
    """Formats that mods may not use, under other names: the decoders must not even see them."""

    name, suffix = "other pictures", "png"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [_picture("ICO"), _picture("TIFF"), _picture("PCX", "P"), _picture("PPM", "RGB"), _picture("DDS")]


_SVGS = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="48" height="32" viewBox="0 0 48 32"><defs>'
    b'<linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#f00"/><stop offset="100%" '
    b'stop-color="blue" stop-opacity=".5"/></linearGradient><radialGradient id="h" xlink:href="#g" cx="5"/></defs>'
    b'<g transform="translate(3 4) rotate(30) scale(1.5,2)"><rect x="1" y="2" width="20" height="10" rx="3" '
    b'fill="url(#g)" stroke="#000" stroke-width="2" stroke-dasharray="3,1"/><circle cx="9" cy="9" r="8"/></g>'
    b'<path d="M10 10 L20 20 h5 v-5 C1 2 3 4 5 6 S7 8 9 10 Q1 1 2 2 T5 5 A5 3 10 1 0 20 25 Z" fill-rule="evenodd"/>'
    b'<polygon points="1,1 2,9 30,4" style="fill:lime;stroke:purple;stroke-width:1"/><ellipse cx="5" cy="6" rx="3"'
    b' ry="2"/><line x1="0" y1="0" x2="40" y2="30" stroke="red" stroke-linecap="round" stroke-linejoin="bevel"/></svg>',
    b"<svg width='9mm' height='1in'><polyline points='0 0 9 9 18 0' fill='none' stroke='url(#h)' opacity='0.5'/></svg>",
)


class SvgTarget(MediaTarget):
    name, suffix, mutate = "svg", "svg", staticmethod(mutate_xml)
    seconds, weight = 10.0, 1

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return _SVGS

    def use(self, data: bytes, folder: Path) -> None:
        _load(SVGS, self.asset(data))
        _load(SVGS, self.asset(data), size=(100, 50))
        _load(IMAGES, self.asset(data))


class SoundTarget(MediaTarget):
    name, suffix = "sounds", "ogg"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        seeds = []
        tone = numpy.sin(numpy.arange(4410) * 0.06)
        both = numpy.stack([tone, -tone], axis=1)
        for samples, rate in ((tone, 44100), (both, 22050), (both, 48000)):
            for kind, subtype in (("OGG", "VORBIS"), ("FLAC", "PCM_16"), ("MP3", None), ("OGG", "OPUS")):
                if subtype == "OPUS" and rate != 48000:
                    continue
                out = io.BytesIO()
                soundfile.write(out, samples, rate, format=kind, subtype=subtype)
                seeds.append(out.getvalue())
            for subtype in ("PCM_16", "PCM_U8", "PCM_24", "FLOAT", "DOUBLE", "IMA_ADPCM", "MS_ADPCM", "ULAW", "GSM610"):
                if subtype == "GSM610" and samples is both:
                    continue
                out = io.BytesIO()
                soundfile.write(out, samples, rate, format="WAV", subtype=subtype)
                seeds.append(out.getvalue())
        self._ogg = [seed for seed in seeds if seed.startswith(b"OggS")]
        self._wav = [seed for seed in seeds if seed.startswith(b"RIFF")]
        return seeds

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        choice = rng.random()
        if choice < 0.3:
            return mutate_ogg(rng, self._ogg)
        if choice < 0.5:
            return mutate_riff(rng, self._wav)
        return mutate_bytes(rng, self.seeds)

    def use(self, data: bytes, folder: Path) -> None:
        _load(SOUNDS, self.asset(data))


class FontTarget(MediaTarget):
    name, suffix = "fonts", "ttf"

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [(Path(pygame.__file__).parent / pygame.font.get_default_font()).read_bytes()]

    def use(self, data: bytes, folder: Path) -> None:
        font = FONTS.build(FONTS.decode(self.asset(data)), size=20)
        try:
            font.render("Hello, wörld", True, (255, 255, 255))
        except pygame.error:
            pass


class ModMediaTarget(MediaTarget):
    """A file of a mod, in a running game."""

    base: ClassVar[dict[str, bytes]] = {}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._base = Store(name="base")
        for path, data in {"/p.png": _picture("PNG"), **self.base}.items():
            self._base.write(path, data)

    def mod(self, folder: Path, files: dict[str, bytes]) -> vfsloader.ResourceManager:
        top = folder / "mods" / "mod"
        for name, data in {"mod.toml": b'id = "mod"\nname = "M"\nversion = "1"\n', **files}.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(data)
        return vfsloader.init(self._base, mods=folder / "mods", watch=False)


class SheetTarget(ModMediaTarget):
    name, suffix, mutate = "sheets", "json", staticmethod(mutate_text)

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        area = {"x": 0, "y": 0, "w": 8, "h": 8}
        row = {"frame": area, "rotated": False, "trimmed": True, "spriteSourceSize": {**area, "x": 2}}
        row = {**row, "sourceSize": {"w": 16, "h": 16}, "duration": 100}
        tags = [{"name": "walk", "from": 0, "to": 1, "direction": "pingpong"}]
        size = {"w": 32, "h": 24}
        aseprite = {"frames": {"a 0.ase": row, "a 1.ase": {**row, "rotated": True}}}
        aseprite["meta"] = {"image": "p.png", "size": size, "frameTags": tags, "app": "http://aseprite.org"}
        packer = {"frames": [{"filename": "a.png", **row}, {"filename": "b.png", **row}]}
        packer["meta"] = {"image": "C:\\art\\p.png", "scale": "1"}
        packer["animations"] = {"all": ["a.png", "b.png"]}
        return [json.dumps(aseprite).encode(), json.dumps(packer).encode()]

    def use(self, data: bytes, folder: Path) -> None:
        with self.mod(folder, {"sheet.json": data}) as game:
            game.load("/sheet.json", SHEETS)


class MetaTarget(ModMediaTarget):
    name, suffix, mutate = "meta", "meta", staticmethod(mutate_text)

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        return [
            b'scale = 2.5\ncolorkey = "corner"\nsmooth = true\nconvert = true\n',
            b"size = [40, 30]\nvolume = 0.5\n",
        ]

    def use(self, data: bytes, folder: Path) -> None:
        with self.mod(folder, {"p.png.meta": data}) as game:
            game.load("/p.png", IMAGES)


_TILES = b"""<tileset version="1.10" name="t" tilewidth="8" tileheight="8" tilecount="12" columns="4" firstgid="1">
 <image source="p.png" width="32" height="24"/><tile id="1" type="x"><properties>
 <property name="a" type="int" value="3"/></properties><animation><frame tileid="0" duration="9"/></animation></tile>
</tileset>"""
_MAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down" width="4" height="2"
 tilewidth="8" tileheight="8" infinite="0" nextlayerid="5" nextobjectid="3">
 %b <tileset firstgid="20" source="t.tsx"/>
 <layer id="1" name="ground" width="4" height="2" opacity="0.5" offsetx="1" offsety="2"><data encoding="csv">1,2,3,4,
5,6,7,2147483650</data></layer>
 <layer id="2" name="z" width="4" height="2"><data encoding="base64" compression="zlib">%b</data></layer>
 <objectgroup id="3" name="o"><object id="1" name="n" x="1" y="2" width="8" height="8"/><object id="2" gid="1" x="0"
 y="0" width="8" height="8" rotation="9"><polygon points="0,0 1,1 2,0"/></object></objectgroup>
 <imagelayer id="4" name="i"><image source="p.png" width="32" height="24"/></imagelayer></map>"""


class MapTarget(ModMediaTarget):
    name, suffix, mutate = "maps", "tmx", staticmethod(mutate_xml)
    base = {"/t.tsx": _TILES.replace(b' firstgid="1"', b"")}

    def make_seeds(self, folder: Path) -> Sequence[bytes]:
        tiles = {
            "firstgid": 1,
            "name": "t",
            "tilewidth": 8,
            "tileheight": 8,
            "tilecount": 12,
            "columns": 4,
            "margin": 0,
        }
        tiles = {**tiles, "spacing": 0, "image": "p.png", "imagewidth": 32, "imageheight": 24}
        layer = {"id": 1, "name": "ground", "type": "tilelayer", "width": 2, "height": 1, "data": [1, 2], "opacity": 1}
        layer = {**layer, "visible": True, "x": 0, "y": 0}
        whole = {"version": "1.10", "tiledversion": "1.10", "orientation": "orthogonal", "renderorder": "right-down"}
        whole |= {"width": 2, "height": 1, "tilewidth": 8, "tileheight": 8, "infinite": False, "nextlayerid": 2}
        whole |= {"nextobjectid": 1, "type": "map", "layers": [layer], "tilesets": [tiles]}
        self._json = [json.dumps(whole).encode()]
        return [_MAP % (_TILES, base64.b64encode(zlib.compress(struct.pack("<8I", *range(1, 9)))))]

    def corrupt(self, rng: random.Random, folder: Path) -> bytes:
        if rng.random() < 0.3:
            return mutate_text(rng, self._json)
        data = super().corrupt(rng, folder)
        names = (b"../../secret", b"../secret", str(folder.parent / "secret").encode(), b"//x/y", b"file:///etc/passwd")
        return data.replace(b"p.png", rng.choice(names)) if rng.random() < 0.1 else data

    def use(self, data: bytes, folder: Path) -> None:
        name = "a.tmj" if data.startswith(b"{") else "a.tmx"
        with self.mod(folder, {name: data}):
            tilemap: arcade.TileMap = vfsloader.arcade.load_tilemap(f"/{name}")
            assert tilemap.sprite_lists is not None


MEDIA_TARGETS = (
    PngTarget,
    JpegTarget,
    WebpTarget,
    BmpTarget,
    GifTarget,
    TgaTarget,
    QoiTarget,
    IconTarget,
    SvgTarget,
    SoundTarget,
    FontTarget,
    SheetTarget,
    MetaTarget,
    MapTarget,
)
