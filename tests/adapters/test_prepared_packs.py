"""Packs that keep prepared pixels: the same pictures, and nothing else that anybody sees."""

from __future__ import annotations

import hashlib
import io
import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from hypothesis import given, settings
from hypothesis import strategies as st

import vfsloader
from tests.adapters.png_kinds import kinds, png
from vfsloader import ResourceManager, Store, VFSError, open_layer, packs
from vfsloader.assets import prepared_groups, prepared_pixels
from vfsloader.assets.prepared_groups import Source, prepare_all, unpack_form
from vfsloader.assets.prepared_pixels import BLOCK, LARGEST_RATIO, SPARSE_BYTES, PreparedPixels, prepare
from vfsloader.cli import main
from vfsloader.errors import ResourceError
from vfsloader.layers.protocol import prepared_of
from vfsloader.store.schema import PREPARED_FOLDER

pytestmark = pytest.mark.usefixtures("screen")


def sheet(size: tuple[int, int] = (400, 700), dots: int = 40) -> bytes:
    """A large sheet that is mostly transparent."""
    surface = pygame.Surface(size, pygame.SRCALPHA, 32)
    chance = random.Random(3)
    for _ in range(dots):
        place = chance.randrange(size[0]), chance.randrange(size[1])
        pygame.draw.circle(surface, [chance.randrange(256) for _ in range(4)], place, 6)
    with io.BytesIO() as file:
        pygame.image.save(surface, file, "x.png")
        return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for number, (_, data) in enumerate(kinds()):
        file = source / f"kinds/{number:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (source / "sheet.png").write_bytes(sheet())
    (source / "copy.png").write_bytes(sheet())
    (source / "broken.png").write_bytes(png(6, 8)[:-50])
    (source / "level.txt").write_text("#.#")
    return source


@pytest.fixture
def pack(folder: Path, tmp_path: Path) -> Path:
    report = packs.build(folder, tmp_path / "prepared.pack", prepare=True)
    assert report.files == sum(1 for file in folder.rglob("*") if file.is_file())
    assert report.size == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert report.prepared > 20
    return tmp_path / "prepared.pack"


def facts(picture: pygame.Surface) -> tuple[object, ...]:
    has_alpha = bool(picture.get_flags() & pygame.SRCALPHA)
    return picture.get_size(), picture.get_masks(), pygame.image.tobytes(picture, "RGBA" if has_alpha else "RGB")


def test_the_pictures_are_the_same(folder: Path, pack: Path) -> None:
    with vfsloader.init(folder, watch=False) as game:
        names = [path for path in game.vfs.glob("/**/*.png") if path != "/broken.png"]
        expected = {name: facts(vfsloader.pygame.load_image(name)) for name in names}
    with vfsloader.init(pack, watch=False) as game:
        assert {name: facts(vfsloader.pygame.load_image(name)) for name in names} == expected
        assert game.stats()["prepared"] > 20
        scaled = vfsloader.pygame.load_image("/sheet.png", scale=2)
        assert scaled.get_size() == (800, 1400)
        with pytest.raises(ResourceError):
            vfsloader.pygame.load_image("/broken.png")


def test_nothing_else_is_seen(folder: Path, pack: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.pack"
    packs.build(folder, plain)
    with open_layer(plain) as expected, open_layer(pack) as layer:
        assert sorted(layer.list("/")) != []
        assert {entry.path for entry in layer.list("/")} == {entry.path for entry in expected.list("/")}
        assert sorted(layer.glob("/**")) == sorted(expected.glob("/**"))
    assert packs.verify(pack).ok
    packs.extract(pack, tmp_path / "out")
    assert not (tmp_path / "out" / PREPARED_FOLDER[1:]).exists()
    assert (tmp_path / "out" / "sheet.png").read_bytes() == (folder / "sheet.png").read_bytes()


def test_the_same_tree_gives_the_same_bytes(folder: Path, pack: Path, tmp_path: Path) -> None:
    packs.build(folder, tmp_path / "again.pack", prepare=True)
    assert pack.read_bytes() == (tmp_path / "again.pack").read_bytes()
    packs.build(pack, tmp_path / "of_pack.pack", prepare=True)
    assert pack.read_bytes() == (tmp_path / "of_pack.pack").read_bytes()


def test_forms_are_small(folder: Path, pack: Path) -> None:
    files_of: dict[bytes, dict[bytes, int]] = {}
    with Store(pack, read_only=True) as layer:
        for path in layer.glob("/**/*.png"):
            entry = layer.find(path)
            assert entry is not None
            assert entry.digest is not None
            form = layer.prepared(entry)
            if form is not None:
                files_of.setdefault(bytes(form), {})[entry.digest] = entry.size
    assert len(files_of) > 2
    for form, files in files_of.items():
        assert len(form) <= sum(files.values()) * LARGEST_RATIO
    assert max(len(files) for files in files_of.values()) > 5


def test_a_picture_of_another_layer_is_decoded(folder: Path, pack: Path) -> None:
    over = Store(name="over")
    over.write("/sheet.png", png(2, 8))
    with vfsloader.init(pack, dlc=[over], watch=False) as game:
        assert vfsloader.pygame.load_image("/sheet.png").get_size() == (37, 21)
        assert game.stats()["prepared"] == 0


def test_a_mod_in_a_folder_of_its_pack(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "mod"
    (source / "assets").mkdir(parents=True)
    (source / "assets" / "sheet.png").write_bytes(sheet())
    (source / "mod.toml").write_text(
        'id = "winter"\nname = "W"\nversion = "1"\n[files]\nroot = "assets"\nmount = "/sprites"\n'
    )
    (tmp_path / "mods").mkdir()
    packs.build(source, tmp_path / "mods" / "winter.pack", prepare=True)
    with vfsloader.init(folder, mods=tmp_path / "mods", watch=False) as game:
        assert vfsloader.pygame.load_image("/sprites/sheet.png").get_size() == (400, 700)
        assert game.stats()["prepared"] == 1


def test_without_a_display_the_file_is_decoded(pack: Path) -> None:
    pygame.display.quit()
    with vfsloader.init(pack, watch=False) as game:
        assert vfsloader.pygame.load_image("/sheet.png").get_size() == (400, 700)
        assert game.stats()["prepared"] == 0


def test_a_preload_uses_them(pack: Path) -> None:
    with ResourceManager(pack, watch=False) as game:
        job = game.preload("/*.png")
        job.wait()
        assert set(job.resources) == {"/sheet.png", "/copy.png"}
        assert game.stats()["prepared"] == 2


# --- damaged, or hostile -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["cut", "flip", "size", "digest"])
def test_a_damaged_form_is_not_used(tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Store()
    data = sheet()
    source.write("/p.png", data)

    def damage(*args: object, **options: object) -> bytes:
        form = bytearray(prepare(*args, **options))  # type: ignore[arg-type]
        if change == "cut":
            del form[-30:]
        elif change == "flip":
            form[-100] ^= 255
        elif change == "size":
            form[36:44] = b"\xff\xff\0\0\xff\xff\0\0"
        else:
            form[4] ^= 1
        return bytes(form)

    monkeypatch.setattr("vfsloader.assets.prepared_groups.prepare", damage)
    packs.build(source, tmp_path / "p.pack", prepare=True)
    with vfsloader.init(tmp_path / "p.pack", watch=False) as game:
        shown = vfsloader.pygame.load_image("/p.png")
        assert game.stats()["prepared"] == 0
    assert facts(shown) == facts(pygame.image.load(io.BytesIO(data)).convert_alpha())


def small_pictures(count: int = 4) -> dict[str, bytes]:
    return {f"/p{number}.png": sheet((20 + number, 30), 5 + number) for number in range(count)}


def pack_of(files: dict[str, bytes], out: Path) -> Path:
    source = Store()
    for path, data in files.items():
        source.write(path, data)
    packs.build(source, out, prepare=True)
    return out


def test_pictures_of_one_form_are_unpacked_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = small_pictures()
    pack_of(files, tmp_path / "p.pack")
    asked: list[str] = []

    def noted(layer: Any, entry: Any) -> Any:
        asked.append(entry.path)
        return prepared_of(layer, entry)

    monkeypatch.setattr("vfsloader.assets.decoder.prepared_of", noted)
    with vfsloader.init(tmp_path / "p.pack", watch=False) as game:
        for path in ("/p2.png", "/p0.png", "/p3.png"):
            shown = vfsloader.pygame.load_image(path)
            assert facts(shown) == facts(pygame.image.load(io.BytesIO(files[path])).convert_alpha())
        assert asked == ["/p2.png"]
        assert game.stats()["prepared"] == 3
        del shown
        again = vfsloader.pygame.load_image("/p2.png")
        assert facts(again) == facts(pygame.image.load(io.BytesIO(files["/p2.png"])).convert_alpha())


def test_a_form_of_a_mod_says_nothing_about_the_pictures_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = small_pictures()
    pack_of(files, tmp_path / "base.pack")
    own = sheet((25, 25))

    def hostile(pictures: Sequence[Source]) -> dict[bytes, bytes]:
        claimed = [
            Source(hashlib.sha256(data).digest(), 1 << 20, (9, 9), True, bytes(9 * 9 * 4)) for data in files.values()
        ]
        return {picture.digest: prepared_groups._pack_group([picture, *claimed]) for picture in pictures}

    monkeypatch.setattr("vfsloader.pygame.prepared.prepare_all", hostile)
    (tmp_path / "mods").mkdir()
    manifest = b'id = "winter"\nname = "W"\nversion = "1"\n'
    pack_of({"/mod.toml": manifest, "/own.png": own}, tmp_path / "mods" / "winter.pack")
    with vfsloader.init(tmp_path / "base.pack", mods=tmp_path / "mods", watch=False) as game:
        assert vfsloader.pygame.load_image("/own.png").get_size() == (25, 25)
        for path, data in files.items():
            expected = pygame.image.load(io.BytesIO(data)).convert_alpha()
            assert facts(vfsloader.pygame.load_image(path)) == facts(expected)
        assert game.stats()["prepared"] == 5


@pytest.mark.parametrize("change", ["cut", "flip", "size", "count", "digest"])
def test_a_damaged_group_is_not_used(tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pack_group = prepared_groups._pack_group

    def damage(group: Sequence[Source]) -> bytes:
        form = bytearray(pack_group(group))
        if change == "cut":
            del form[-30:]
        elif change == "flip":
            form[-100] ^= 255
        elif change == "size":
            form[40:48] = b"\xff\xff\0\0\xff\xff\0\0"
        elif change == "count":
            form[4:8] = b"\xff\xff\xff\xff"
        else:
            form[8] ^= 1
        return bytes(form)

    monkeypatch.setattr(prepared_groups, "_pack_group", damage)
    files = small_pictures(2)
    pack_of(files, tmp_path / "p.pack")
    with vfsloader.init(tmp_path / "p.pack", watch=False) as game:
        shown = vfsloader.pygame.load_image("/p0.png")
        assert game.stats()["prepared"] == 0
    assert facts(shown) == facts(pygame.image.load(io.BytesIO(files["/p0.png"])).convert_alpha())


def test_packs_with_a_frame_for_each_picture_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they were built before pictures shared frames."""
    monkeypatch.setattr(prepared_groups, "MEMBER_BYTES", 0)
    files = small_pictures()
    pack_of(files, tmp_path / "p.pack")
    with Store(tmp_path / "p.pack", read_only=True) as layer:
        entry = layer.find("/p1.png")
        assert entry is not None
        form = layer.prepared(entry)
        assert form is not None
        assert bytes(form[:4]) == b"vpx1"
    with vfsloader.init(tmp_path / "p.pack", watch=False) as game:
        for path, data in files.items():
            expected = pygame.image.load(io.BytesIO(data)).convert_alpha()
            assert facts(vfsloader.pygame.load_image(path)) == facts(expected)
        assert game.stats()["prepared"] == 4


drawn_pictures = st.lists(
    st.tuples(st.integers(1, 200), st.integers(1, 200), st.booleans(), st.integers(0, 3)), min_size=1, max_size=9
)


@settings(max_examples=int(os.environ.get("VFSLOADER_EXAMPLES", "20")))
@given(drawn_pictures, st.randoms(use_true_random=False))
def test_pictures_of_a_pack_are_those_of_the_files(
    drawn: list[tuple[int, int, bool, int]], order: random.Random
) -> None:
    """The same as pygame makes of the files, in any order, whatever shares a frame."""
    files = {}
    for number, (width, height, has_alpha, seed) in enumerate(drawn):
        surface = pygame.Surface((width, height), pygame.SRCALPHA if has_alpha else 0, 32 if has_alpha else 24)
        chance = random.Random(seed)
        for _ in range(seed * 20):
            surface.set_at((chance.randrange(width), chance.randrange(height)), chance.randbytes(4))
        with io.BytesIO() as file:
            pygame.image.save(surface, file, "x.png")
            files[f"/p{number}.png"] = file.getvalue()
    paths = list(files)
    order.shuffle(paths)
    with tempfile.TemporaryDirectory() as folder:
        out = pack_of(files, Path(folder, "p.pack"))
        with vfsloader.init(out, watch=False):
            for path in paths:
                expected = pygame.image.load(io.BytesIO(files[path]))
                expected = expected.convert_alpha() if expected.get_masks()[3] else expected.convert()
                assert facts(vfsloader.pygame.load_image(path)) == facts(expected)


pixels_of = st.builds(
    lambda width, height, seed, holes: (
        (width, height),
        b"".join(
            bytes(width * 4) if holes and (row * 7 + seed) % 5 else random.Random(seed + row).randbytes(4) * width
            for row in range(height)
        ),
    ),
    st.integers(1, 700),
    st.integers(1, 700),
    st.integers(0, 1000),
    st.booleans(),
)


@settings(max_examples=int(os.environ.get("VFSLOADER_EXAMPLES", "60")))
@given(pixels_of)
def test_packing_and_unpacking(drawn: tuple[tuple[int, int], bytes]) -> None:
    size, pixels = drawn
    form = prepare(pixels, size, is_transparent=True, digest=bytes(32), file_bytes=1 << 30)
    unpacked = PreparedPixels.of(form, bytes(32))
    assert unpacked is not None
    assert (unpacked.size, unpacked.unpack()) == (size, pixels)
    assert PreparedPixels.of(form, hashlib.sha256(b"another").digest()) is None
    assert prepare(pixels, size, is_transparent=True, digest=bytes(32), file_bytes=1) == b""


@settings(max_examples=int(os.environ.get("VFSLOADER_EXAMPLES", "60")))
@given(st.lists(pixels_of, min_size=1, max_size=8))
def test_packing_and_unpacking_many(drawn: list[tuple[tuple[int, int], bytes]]) -> None:
    pictures = [
        Source(bytes([number]) * 32, 1 << 30, size, is_transparent=bool(number % 2), pixels=pixels)
        for number, (size, pixels) in enumerate(drawn)
    ]
    forms = prepare_all(pictures)
    for digest, _, size, is_transparent, pixels in pictures:
        unpacked = unpack_form(forms[digest], digest, lambda size: None)[digest]
        assert unpacked == (size, is_transparent, pixels)
        assert not unpack_form(forms[digest], b"?" * 32, lambda size: None)
    assert not prepare_all([picture._replace(file_bytes=1) for picture in pictures])


def test_empty_blocks_are_left_out() -> None:
    pixels = bytearray(2 * SPARSE_BYTES)
    pixels[10 * BLOCK : 12 * BLOCK] = b"x" * 2 * BLOCK
    pixels[-1] = 1
    form = prepare(bytes(pixels), (1024, 512), is_transparent=True, digest=bytes(32), file_bytes=1 << 20)
    unpacked = PreparedPixels.of(form, bytes(32))
    assert unpacked is not None
    assert unpacked.runs == ((0, 1), (10, 2), (2047, 1))
    assert unpacked.unpack() == pixels


def test_no_damage_costs_more_than_an_error() -> None:
    chance = random.Random(7)
    pixels = bytes(SPARSE_BYTES) + chance.randbytes(5000) + bytes(SPARSE_BYTES - 5000)
    form = prepare(pixels, (1024, 512), is_transparent=True, digest=bytes(32), file_bytes=1 << 20)
    refused = 0
    for _ in range(500):
        changed = bytearray(form)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(36, len(changed))] ^= 1 << chance.randrange(8)
        del changed[chance.randrange(40, len(changed) + 40) :]
        try:
            unpacked = PreparedPixels.of(bytes(changed), bytes(32))
            if unpacked is not None and unpacked.size[0] * unpacked.size[1] <= 1 << 22:
                assert len(unpacked.unpack()) == unpacked.size[0] * unpacked.size[1] * 4
        except ValueError:
            refused += 1
    assert refused > 300


def test_no_damage_of_a_group_costs_more_than_an_error() -> None:
    chance = random.Random(9)
    pictures = [Source(bytes([n]) * 32, 1 << 20, (60, 60), True, chance.randbytes(14_400)) for n in range(4)]
    form = prepare_all(pictures)[bytes(32)]
    refused = 0
    for _ in range(500):
        changed = bytearray(form)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(4, 8 + 4 * 44 + 40)] ^= 1 << chance.randrange(8)
        del changed[chance.randrange(8, len(changed) + 40) :]
        try:
            for picture in unpack_form(bytes(changed), bytes(32), lambda size: None).values():
                assert len(picture.pixels) == picture.size[0] * picture.size[1] * 4
        except ValueError:
            refused += 1
    assert refused > 300


def test_a_mods_form_counts_as_its_picture(tmp_path: Path) -> None:
    """A form may claim more pixels than a mod's picture may have."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "p.png").write_bytes(sheet((2000, 2000)))
    (tmp_path / "source" / "mod.toml").write_text('id = "big"\nname = "B"\nversion = "1"\n')
    (tmp_path / "mods").mkdir()
    (tmp_path / "base").mkdir()
    packs.build(tmp_path / "source", tmp_path / "mods" / "big.pack", prepare=True)
    options = {"mods": tmp_path / "mods", "watch": False, "budget": {"pixels": 1_000_000}}
    with vfsloader.init(tmp_path / "base", **options) as game:  # type: ignore[arg-type]
        with pytest.raises(VFSError, match="pixels"):
            vfsloader.pygame.load_image("/p.png")
        assert game.stats()["prepared"] == 0


# --- building ------------------------------------------------------------------------------------------------------


def test_the_command(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "c.pack"
    assert main(["pack", "build", str(folder), str(out), "--prepare"]) == 0
    with Store(out, read_only=True) as layer:
        entry = layer.find("/sheet.png")
        assert entry is not None
        assert prepared_of(layer, entry) is not None


def test_without_an_engine(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfsloader.assets.loader._BY_SUFFIX", {})
    with pytest.raises(ValueError, match=r"vfsloader\.pygame"):
        packs.build(folder, tmp_path / "x.pack", prepare=True)
    assert prepared_pixels.LEVELS


def test_filling_an_opaque_picture_is_not_taken_for_something_that_the_game_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").mkdir()
    opaque = pygame.Surface((40, 30), 0, 32)
    opaque.fill("tomato")
    pygame.image.save(opaque, tmp_path / "source" / "wall.png")
    packs.build(tmp_path / "source", tmp_path / "x.pack", prepare=True)
    watched: list[object] = []
    monkeypatch.setattr("vfsloader.pygame.live_copies.journal._fingerprint", lambda surface: watched.append(surface))
    with ResourceManager(tmp_path / "x.pack", watch=False) as game:
        vfsloader.use(game)
        wall = vfsloader.pygame.load_image("/wall.png")
        assert game.stats()["prepared"] == 1
        assert wall.get_at((5, 5)) == pygame.Color("tomato")
    assert not watched
