"""Sounds of mods in pyglet and arcade, which would hand them to whatever decoders the system has."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["ARCADE_HEADLESS"] = "True"
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import numpy
import pytest
import soundfile
import vfsloader.arcade
from vfsloader.pyglet import Loader

import vfsloader
from vfsloader import ResourceManager
from vfsloader.assets.sound_decoding import SOUND_FILES
from vfsloader.errors import ResourceError

Load = Callable[[str], Any]


def sound(kind: str, seconds: float, subtype: str | None = None) -> bytes:
    out = io.BytesIO()
    samples = numpy.sin(numpy.arange(int(44100 * seconds)) / 20) / 2
    soundfile.write(out, samples, 44100, format=kind, subtype=subtype)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    (tmp_path / "mods" / "winter" / "mod.toml").write_text('id = "winter"\nname = "W"\nversion = "1"\n')
    (tmp_path / "base" / "s.ogg").write_bytes(sound("WAV", 0.5))  # pyglet itself may have no decoder but that of WAVE
    return tmp_path


@pytest.fixture(params=["pyglet", "arcade"])
def load(request: pytest.FixtureRequest) -> Iterator[Callable[[ResourceManager, str, bool], Any]]:
    loaders: list[Loader] = []

    def by_pyglet(game: ResourceManager, name: str, streaming: bool) -> Any:
        loaders.append(Loader(game, pump=False))
        return loaders[-1].media(name, streaming=streaming)

    def by_arcade(game: ResourceManager, name: str, streaming: bool) -> Any:
        vfsloader.use(game)
        return vfsloader.arcade.load_sound(name, streaming).source

    yield by_pyglet if request.param == "pyglet" else by_arcade
    for loader in loaders:
        loader.close()


def game_of(folder: Path, **options: Any) -> ResourceManager:
    return ResourceManager(folder / "base", mods=folder / "mods", watch=False, **options)


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("kind", ["OGG", "FLAC", "WAV", "MP3"])
def test_a_mods_sound_is_decoded_here(kind: str, streaming: bool, folder: Path, load: Any) -> None:
    (folder / "mods" / "winter" / "s.ogg").write_bytes(sound(kind, 0.25))
    with game_of(folder) as game:
        source = load(game, "s.ogg", streaming)
        assert source.duration == pytest.approx(0.25, abs=0.06)  # MP3 has whole frames only
        assert source.audio_format.sample_size == 16
        assert game.mods.problems == []
        # What the engine was given is plain samples.
        played = Path(game.load("/s.ogg", SOUND_FILES).file)
        assert played.read_bytes()[:4] == b"RIFF"
        assert folder not in played.parents


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("data", [b"OggS" + bytes(100), b"MThd" + bytes(100), b"\0\0\0\x18ftypisom" + bytes(100)])
def test_a_bad_sound_of_a_mod_is_replaced_by_the_games_own(
    data: bytes, streaming: bool, folder: Path, load: Any
) -> None:
    (folder / "mods" / "winter" / "s.ogg").write_bytes(data)
    (folder / "mods" / "winter" / "only.ogg").write_bytes(data)
    with game_of(folder) as game:
        assert load(game, "s.ogg", streaming).duration == pytest.approx(0.5)
        with pytest.raises(ResourceError, match=r"/only\.ogg in winter is not a sound"):
            load(game, "only.ogg", streaming)
        assert {problem.mod for problem in game.mods.problems} == {"winter"}


@pytest.mark.parametrize("streaming", [True, False])
def test_a_long_sound_of_a_mod_is_refused_within_the_budget(streaming: bool, folder: Path, load: Any) -> None:
    (folder / "mods" / "winter" / "s.ogg").write_bytes(sound("FLAC", 3))
    with game_of(folder, budget={"samples": 100_000}) as game:
        assert load(game, "s.ogg", streaming).duration == pytest.approx(0.5)
        (problem,) = game.mods.problems
        assert "budget.samples" in problem.why
