"""``python -m vfsloader.pygame.read_recorder FILE GAME``: run a game, and note in a file which files it opens."""

from __future__ import annotations

import sys

import pygame
import pygame.freetype

from vfsloader.adopting.read_recorder import ReadRecorder, main


def watch(recorder: ReadRecorder) -> None:
    """Note the calls that open a file by themselves, where Python does not see it."""
    recorder.note_calls(pygame.image, "load", "load_extended", "load_basic", "load_sized_svg", "load_animation")
    recorder.note_calls(pygame.mixer.music, "load", "queue")
    recorder.note_class(pygame.mixer.Sound, pygame.mixer, pygame)
    recorder.note_class(pygame.font.Font, pygame.font, pygame)
    recorder.note_class(pygame.freetype.Font, pygame.freetype)


if __name__ == "__main__":
    sys.exit(main(watch))
