"""``make screenshots``: pictures of the page for docs/page.md, with the sample mods.

With a folder as argument, every page is taken at three widths, light and dark, to be looked at.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium import webdriver

from tools.chromium import chromium
from tools.page_sample import ROOT, make_game, make_studio

IMAGES = ROOT / "docs" / "images"
WIDTHS = {360: 780, 1280: 860, 3840: 2160}
PAGES = {
    "mods": "mods",
    "mod": "mods/lantern-glow",
    "problems": "problems",
    "conflicts": "conflicts/graph",
    "conflict-table": "conflicts/table",
    "conflict-files": "conflicts/files",
    "conflict-values": "conflicts/values",
    "files": "files/%2Fsprites",
    "versions": "files/%2Fsprites%2Fmoth_0.png",
    "data": "files/%2Fdata%2Flevels.json",
    "map": "files/%2Fmaps%2Fgarden.tmj",
    "sounds": "files/%2Fsounds%2Fhurt.wav",
    "text": "files/%2Ftexts%2Fcredits.txt",
    "get": "get",
    "live": "live",
    "doctor": "doctor",
    "history": "history",
    "profiles": "profiles",
}
#: In the docs: the picture, its page, its theme, the height, and how far the side is scrolled.
SHOWN = (
    ("page-mods", "mod", "light", 760, 0),
    ("page-versions", "versions", "dark", 820, 430),
    ("page-live", "live", "dark", 900, 0),
)
#: Runs the demo game without a window, with the page inside.
PLAY = """
import os, pygame, vfsloader
pygame.init()
from demo_game.game import Game
with vfsloader.ResourceManager.from_config({folder!r}) as manager:
    vfsloader.use(manager)
    game, clock = Game(), pygame.time.Clock()
    manager.mods.installer.sources.add({source!r}, trust=True)
    print(manager.serve_inspector().address, flush=True)
    while True:
        game.frame(min(clock.tick(60) / 1000, 0.05))
"""


@contextmanager
def playing(folder: Path) -> Iterator[str]:
    """Run the sample game, and yield the address of its page."""
    game, source = make_game(folder / "moonmoth"), make_studio(folder / "studio")
    environment = {
        **os.environ,
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    }
    script = PLAY.format(folder=str(game), source=str(source))
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().decode().strip()
        finally:
            process.kill()


def take(
    driver: webdriver.Chrome, address: str, page: str, theme: str, size: tuple[int, int], scrolled: int = 0
) -> bytes:
    """Show a page, wait until it is still, and return its picture."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(f"{address}#/{PAGES[page]}")
    driver.execute_script("localStorage.setItem('vfsloader-theme', arguments[0])", theme)
    driver.execute_script("localStorage.setItem('vfsloader-language', 'en')")
    driver.refresh()
    deadline = time.monotonic() + 20
    while not driver.execute_script("return document.body.dataset.ready && !document.querySelector('.skeleton')"):
        assert time.monotonic() < deadline, f"{page} is not ready"
        time.sleep(0.05)
    time.sleep(6.0 if page == "live" else 0.9)  # pictures and frames arrive
    driver.execute_script("document.querySelector('.side')?.scrollTo(0, arguments[0])", scrolled)
    time.sleep(0.2)
    return driver.get_screenshot_as_png()


def main() -> None:
    """Take the pictures."""
    with (
        tempfile.TemporaryDirectory(prefix="vfsloader-page-") as folder,
        playing(Path(folder)) as address,
        chromium("hide-scrollbars", "force-prefers-reduced-motion") as driver,
    ):
        if len(sys.argv) > 1:
            target = Path(sys.argv[1])
            target.mkdir(parents=True, exist_ok=True)
            wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else list(PAGES)
            for width, height in WIDTHS.items():
                for theme in ("light", "dark"):
                    for page in wanted:
                        (target / f"{page}-{width}-{theme}.png").write_bytes(
                            take(driver, address, page, theme, (width, height))
                        )
            return
        for name, page, theme, height, scrolled in SHOWN:
            picture = Image.open(io.BytesIO(take(driver, address, page, theme, (1360, height), scrolled)))
            picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
