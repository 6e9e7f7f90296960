"""``python -m vfsloader.arcade.read_recorder FILE GAME``: run a game, and note in a file which files it opens."""

from __future__ import annotations

import sys

from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.read_recorder import ReadRecorder, main


def watch(recorder: ReadRecorder) -> None:
    """Note what decoders open by themselves, where Python does not see it."""
    LatePatches().when_imported("pyglet.media", lambda media: recorder.note_calls(media, "load"))


if __name__ == "__main__":
    sys.exit(main(watch))
