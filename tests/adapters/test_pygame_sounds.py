"""Sounds and music of pygame, live."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from tests.adapters.pygame_files import rss, wav
from vfsloader import ResourceManager, Store
from vfsloader.errors import NotInitializedError, PathNotFoundError, ResourceError


def test_a_sound_takes_its_volume_from_the_metadata(base: Store, game: ResourceManager) -> None:
    base.write("/s.wav", wav(1, 100))
    base.write("/s.wav.meta", b"volume = 0.25")
    assert vfsloader.pygame.load_sound("/s.wav").get_volume() == 0.25
    assert vfsloader.pygame.load_sound("/s.wav", volume=0.5).get_volume() == 0.5


def test_thousands_of_sounds_of_other_lengths_leave_no_memory_behind(screen: object) -> None:
    sound = vfsloader.pygame.LiveSound(buffer=bytes(4))
    for step in range(2000):
        if step == 200:
            gc.collect()
            start = rss()
        samples = bytes(40_000 + step % 7 * 40_000)
        sound.copy_from(samples)
        assert len(sound.get_raw()) == len(samples)
        if step % 3 == 0:
            sound.play()
    gc.collect()
    assert rss() - start < 8 << 20


@pytest.fixture
def music(base: Store, game: ResourceManager) -> vfsloader.pygame.Music:
    """Ten seconds of music that is playing, again and again."""
    base.write("/m.wav", wav(1000, 441_000))
    return vfsloader.pygame.play_music("/m.wav", loops=-1)


def test_music_plays_from_a_real_file(music: vfsloader.pygame.Music) -> None:
    assert Path(music.file).read_bytes() == wav(1000, 441_000)
    assert music.is_playing
    assert pygame.mixer.music.get_busy()


def test_music_pauses_without_a_deadlock(music: vfsloader.pygame.Music) -> None:
    for _ in range(10_000):
        pygame.mixer.music.pause()
        pygame.mixer.music.unpause()
    assert music.is_playing


def test_music_that_plays_goes_on_with_the_changed_file(music: vfsloader.pygame.Music, base: Store) -> None:
    old = music.file
    base.write("/m.wav", wav(2000, 441_000))
    (change,) = vfsloader.update()
    assert change.resources == (music,)
    assert music.file != old
    assert Path(music.file).read_bytes() == wav(2000, 441_000)
    assert music.is_playing


def test_music_that_was_stopped_is_not_started_by_a_change(music: vfsloader.pygame.Music, base: Store) -> None:
    pygame.mixer.music.stop()
    assert not music.is_playing
    base.write("/m.wav", wav(2000, 441_000))
    vfsloader.update()
    assert not music.is_playing


def test_only_the_music_that_plays_is_playing(music: vfsloader.pygame.Music, base: Store) -> None:
    base.write("/other.wav", wav(1000, 441_000))
    other = vfsloader.pygame.play_music("/other.wav")
    assert (music.is_playing, other.is_playing) == (False, True)


def test_bytes_that_are_not_music(base: Store, game: ResourceManager) -> None:
    base.write("/m.wav", b"no music")
    music = vfsloader.pygame.load_music("/m.wav")
    with pytest.raises(ResourceError, match=r"/m\.wav is not music"):
        music.play()
    assert not music.is_playing


def test_music_of_a_folder_is_the_folders_own_file(tmp_path: Path, screen: object) -> None:
    (tmp_path / "m.wav").write_bytes(wav(1, 1000))
    with vfsloader.init(tmp_path, watch=False) as game:
        assert vfsloader.pygame.load_music("/m.wav").file == str(tmp_path / "m.wav")
        assert game.real_path("m.wav") == str(tmp_path / "m.wav")
        with pytest.raises(PathNotFoundError):
            game.real_path("/nope.ogg")


def test_music_is_played_to_its_end(base: Store, game: ResourceManager, wait_for: Callable[..., object]) -> None:
    base.write("/m.wav", wav(1000, 8820))
    end = pygame.event.custom_type()
    pygame.mixer.music.set_endevent(end)
    music = vfsloader.pygame.play_music("/m.wav")
    assert music.is_playing
    wait_for(lambda: pygame.event.get(end), "the event that the music has ended")
    assert not music.is_playing


@pytest.mark.parametrize("name", ["load_sound", "play_music"])
def test_without_a_sound_device_the_error_says_what_to_call(name: str, base: Store, game: ResourceManager) -> None:
    base.write("/s.wav", wav(1, 100))
    pygame.mixer.quit()
    with pytest.raises(NotInitializedError, match=r"pygame\.mixer\.init\(\)"):
        getattr(vfsloader.pygame, name)("/s.wav")
