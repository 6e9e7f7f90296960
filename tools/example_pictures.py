"""Take the pictures of the examples for docs/examples.md: ``python -m tools.example_pictures``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tools.example_scripts import EXAMPLES, SCRIPTS

IMAGES = EXAMPLES.parent / "docs" / "images" / "examples"
SIZE, GAP = (360, 240), 12


def compose(name: str, shots: Path) -> Image.Image:
    """Put the pictures of an example that the docs show side by side."""
    shown = [Image.open(shots / f"{name}-{shot}.png").convert("RGB") for shot in SCRIPTS[name].shown]
    picture = Image.new("RGB", (len(shown) * (SIZE[0] + GAP) - GAP, SIZE[1]), "white")
    for index, shot in enumerate(shown):
        picture.paste(shot.resize(SIZE, Image.Resampling.LANCZOS), (index * (SIZE[0] + GAP), 0))
    return picture


def main() -> None:
    """Run all examples, and write their pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vfsloader-shots-") as folder:
        subprocess.run([sys.executable, "-m", "tools.example_driver", folder], check=True, cwd=EXAMPLES.parent)
        for name in SCRIPTS:
            picture = compose(name, Path(folder)).quantize(96, dither=Image.Dither.NONE)
            picture.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
