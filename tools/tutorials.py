"""Follow the tutorials as a newcomer does: type them into an empty folder, run them, and look at their windows.

``python -m tools.tutorials [--release] [PAGE …]`` does it with the wheel in ``dist``, in an environment that it makes
in ``build/tutorials`` (``make tutorials``). A test does it with the checkout.

A block of code is saved in the file that the paragraph before it names: "… into `game.py`:". Commands of ``console``
blocks are run, and what they print is compared with what the page shows, where ``...`` stands for anything. Comments
of the page say what a reader sees and does:

- ``<!-- window #d62839 not #2a9d4a -->``: the program that was started last has a window, with one colour and without
  the other;
- ``<!-- page #d62839 not #2a9d4a -->``: the same of the page that the server shows which was started last;
- ``<!-- paint FILE #2a9d4a -->``: what is visible in a picture gets this colour, and is saved;
- ``<!-- move OLD NEW -->``: a file gets another place, in a folder that may be new;
- ``<!-- duplicate FILE NEW -->``: a file is copied;
- ``<!-- copy FOLDER -->``: files of the checkout that a reader downloads;
- ``<!-- start COMMAND -->``: what the reader starts again;
- ``<!-- key NAME -->``: a key, by its name in X;
- ``<!-- release only -->``: the next block takes long, and is left out unless ``--release`` is said.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops, ImageGrab
from selenium.common.exceptions import WebDriverException

from benchmarks.servers import free_port
from tools.chromium import chromium
from tools.playground import find_pyodide

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "tutorials"
SECONDS = 60.0
_STEP = re.compile(r"^```(\w+)\n(.*?)^```$|^<!-- (.*?) -->$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"into\s+`([\w./-]+)`[^`]*:\s*$")


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to do: write a `file`, run the lines of a console, or what a comment says."""

    kind: str
    text: str
    file: str = ""


def steps(page: str) -> list[Step]:
    r"""Return what a page says to do, in its order.

    Examples
    --------
    >>> steps("Save this into `a.py`:\n\n```python\nprint(1)\n```\n\n<!-- window #ffffff -->\n")
    [Step(kind='file', text='print(1)\n', file='a.py'), Step(kind='window', text='#ffffff', file='')]
    """
    found = []
    for match in _STEP.finditer(page):
        language, text, comment = match.groups()
        if comment is not None:
            word, _, rest = comment.partition(" ")
            found.append(Step(word, rest))
        elif language == "console":
            found.append(Step("console", text))
        elif file := _FILE.search(page[: match.start()].rstrip().rpartition("\n\n")[2]):
            found.append(Step("file", text, file[1]))
        elif language != "text":
            raise ValueError(f"the page does not say into which file to save {text!r}")
    return found


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    r"""Yield the words of each command of a console, and what it prints.

    >>> list(commands("$ a b\nc\n$ d\n"))
    [(['a', 'b'], 'c\n'), (['d'], '')]
    """
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield shlex.split(line), output


def colours_of(picture: Image.Image, colour: str) -> int:
    """Return how many pixels of a picture have about a colour, written ``#rrggbb``."""
    wanted = bytes.fromhex(colour[1:])
    pairs = zip(picture.convert("RGB").split(), wanted, strict=True)
    near = [channel.point([255 * (abs(value - part) < 9) for value in range(256)]) for channel, part in pairs]
    return ImageChops.darker(ImageChops.darker(near[0], near[1]), near[2]).histogram()[255]


@dataclass
class Reader:
    """Somebody who follows a page, in a folder, with a Python and a display.

    Attributes
    ----------
    folder
        Where the reader is.
    python
        The interpreter. Programs beside it are found, too.
    display
        An X display, such as ``:1``.
    environment
        Variables besides those of this process.
    is_thorough
        Whether to do what takes long, too.
    """

    folder: Path
    python: Path
    display: str
    environment: dict[str, str] = field(default_factory=dict)
    is_thorough: bool = False
    _program: subprocess.Popen[bytes] | None = None
    _port: int = field(default_factory=free_port)

    def follow(self, page: Path) -> None:
        """Do all that a page says.

        Raises
        ------
        AssertionError
            A command fails or prints something else, or a window shows something else.
        """
        todo = steps(page.read_text(encoding="utf-8"))
        try:
            for index, step in enumerate(todo):
                if not self.is_thorough and index and todo[index - 1].kind == "release":
                    continue
                if step.kind == "console":
                    after = todo[index + 1].kind if index + 1 < len(todo) else ""
                    self._type(step.text, opens_window=after in ("window", "page"))
                else:
                    getattr(self, f"_{step.kind}")(step)
        finally:
            self._close()

    def _file(self, step: Step) -> None:
        file = self.folder / step.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(step.text, encoding="utf-8")

    def _release(self, _: Step) -> None:
        """Do nothing: it is about the next step."""

    def _copy(self, step: Step) -> None:
        ignored = shutil.ignore_patterns("__pycache__", "mods.json", ".digests.json", "user.db*")
        shutil.copytree(ROOT / step.text, self.folder, ignore=ignored, dirs_exist_ok=True)

    def _start(self, step: Step) -> None:
        self._close()
        self._program = subprocess.Popen(
            self._words(shlex.split(step.text)), cwd=self.folder, env=self._variables(), start_new_session=True
        )

    def _key(self, step: Step) -> None:
        subprocess.run(["xdotool", "key", step.text], env=self._variables(), check=True)

    def _move(self, step: Step) -> None:
        self._duplicate(step)
        (self.folder / step.text.split()[0]).unlink()

    def _duplicate(self, step: Step) -> None:
        old, new = (self.folder / name for name in step.text.split())
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(old, new)

    def _paint(self, step: Step) -> None:
        name, colour = step.text.split()
        picture = Image.open(self.folder / name).convert("RGBA")
        painted = Image.new("RGBA", picture.size, colour)
        painted.putalpha(picture.getchannel("A"))
        painted.save(self.folder / name)

    def _window(self, step: Step) -> None:
        self._see(step, lambda: ImageGrab.grab(xdisplay=self.display))

    def _page(self, step: Step) -> None:
        with chromium() as browser:
            browser.set_page_load_timeout(SECONDS)

            def picture() -> Image.Image:
                if browser.current_url == "data:,":
                    with contextlib.suppress(WebDriverException):  # the server has not started yet
                        browser.get(f"http://127.0.0.1:{self._port}/")
                return Image.open(io.BytesIO(browser.get_screenshot_as_png()))

            self._see(step, picture)

    def _see(self, step: Step, look: Callable[[], Image.Image]) -> None:
        present, _, absent = step.text.partition(" not ")
        deadline = time.monotonic() + SECONDS
        while True:
            assert self._program is not None, "no program with a window was started"
            assert self._program.poll() is None, f"the program ended by itself: {self._program.returncode}"
            picture = look()
            missing = [colour for colour in present.split() if colours_of(picture, colour) < 200]
            wrong = [colour for colour in absent.split() if colours_of(picture, colour) > 50]
            if not missing and not wrong:
                return
            assert time.monotonic() < deadline, f"the window lacks {missing} and has {wrong}"
            time.sleep(0.05)

    def _type(self, text: str, *, opens_window: bool) -> None:
        lines = list(commands(text))
        for index, (words, expected) in enumerate(lines):
            if words[0] == "cd":
                self.folder = self.folder / words[1]
            elif words[0] == "mkdir":
                (self.folder / words[1]).mkdir(parents=True)
            elif opens_window and index == len(lines) - 1 and words[0] != "vfsloader":
                self._start(Step("start", shlex.join(words)))
            elif words[:3] == ["vfsloader", "web", "build"]:  # a reader has the internet
                self._run([*words, "--pyodide", str(find_pyodide())], expected)
            elif words[0] != "pip":  # that was done when the environment was made
                self._run(words, expected)

    def _run(self, words: list[str], expected: str) -> None:
        run = subprocess.run(
            self._words(words), cwd=self.folder, env=self._variables(), capture_output=True, text=True, check=False
        )
        printed = run.stdout + run.stderr
        assert run.returncode == 0, f"{words}: {printed}"
        if expected:
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            is_right = doctest.OutputChecker().check_output(expected, printed, flags)
            assert is_right, f"{words} prints\n{printed}\nand not\n{expected}"

    def _words(self, words: list[str]) -> list[str]:
        if "http.server" in words:  # at a port that nobody else has
            words = [*words[:-1], str(self._port)]
        if words[0] == "python":
            return [str(self.python), *words[1:]]
        beside = self.python.parent / words[0]
        return [str(beside if beside.exists() else self.folder / words[0]), *words[1:]]

    def _variables(self) -> dict[str, str]:
        left_out = ("PYTHONPATH", "ARCADE_HEADLESS", "SDL_VIDEODRIVER")
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        return {**kept, "DISPLAY": self.display, "SDL_AUDIODRIVER": "dummy", "COLUMNS": "120", **self.environment}

    def _close(self) -> None:
        if self._program is not None:
            with contextlib.suppress(ProcessLookupError):  # a frozen program is two processes
                os.killpg(self._program.pid, signal.SIGKILL)
            self._program.wait()
            self._program = None


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server without a monitor, and yield the name of its display."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "960x600x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as output:
                yield f":{output.readline().strip()}"
        finally:
            server.terminate()


def fresh_python(wheel: Path, *others: str) -> Path:
    """Make an environment with nothing but the wheel, what it names, and others; return its interpreter."""
    folder = ROOT / "build" / "tutorials"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = next(folder.glob("[bS]*/python*"))
    wanted = [f"vfsloader[pygame,pyglet,arcade,cli] @ {wheel.as_uri()}", *others]
    # Isolated: a checkout that Python finds would count as installed.
    install = ["-I", "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", *wanted]
    subprocess.run([str(python), *install], check=True)
    where = subprocess.check_output([str(python), "-I", "-c", "import vfsloader; print(vfsloader.__file__)"], text=True)
    assert where.startswith(str(folder)), f"the wheel is not used, but {where}"
    return python


def follow_with(python: Path, page: Path, *, is_thorough: bool) -> None:
    """Follow a page in an empty folder, on a display of its own."""
    started = time.monotonic()
    with screen() as display, tempfile.TemporaryDirectory(prefix="vfsloader-tutorial-") as folder:
        Reader(Path(folder), python, display, is_thorough=is_thorough).follow(page)
    print(f"{page.name}: done in {time.monotonic() - started:.0f} s", flush=True)


def main(arguments: list[str]) -> int:
    """Follow pages with the wheel in `dist`, two at a time, and return the exit status."""
    is_thorough = "--release" in arguments
    pages = [Path(name) for name in arguments if not name.startswith("--")] or sorted(PAGES.glob("*.md"))
    (wheel,) = (ROOT / "dist").glob("*.whl")
    python = fresh_python(wheel, *(["pyinstaller"] if is_thorough else []))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(follow_with, python, page, is_thorough=is_thorough) for page in pages]:
            done.result()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
