"""Stop at every step of building, applying, extracting or signing, and check what is left: ``failing.py DEED FOLDER``.

It is a separate program with one thread, so that it may fork. For each step, a child does the deed and is killed there.
Then two disks are checked: the real one, and the one that a power cut would have left. On the latter, a file has the
bytes of its last ``fsync``, and a folder has the names of its last ``fsync`` or the current ones.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vfsloader import packs


class Disk:
    """Tracks what is certain to be on the disk, and ends the process at one step.

    Parameters
    ----------
    folder
        The folder to track.
    last
        The number of the last step.
    after_cut
        The folder for the disks that a power cut would leave.
    """

    def __init__(self, folder: Path, last: int, after_cut: Path) -> None:
        self._folder, self._last, self._after_cut = folder, last, after_cut
        self._step = 0
        self._names = self._look()
        # Held open, so that the inode number of a deleted file is not used again.
        self._held = [os.open(path, os.O_RDONLY) for path in self._names]
        self._bytes = {inode: Path(path).read_bytes() for path, inode in self._names.items()}
        self._real = {name: getattr(os, name) for name in ("open", "fsync", "replace", "unlink", "mkdir")}
        for name, real in self._real.items():
            setattr(os, name, self._stepping(name, real))

    def progress(self, done: int, total: int, path: str) -> None:
        self.step()

    def step(self) -> None:
        self._step += 1
        if self._step == self._last:
            for name, real in self._real.items():
                setattr(os, name, real)
            self._leave(self._names, self._after_cut / "old names")
            self._leave(self._look(), self._after_cut / "new names")
            os.kill(os.getpid(), signal.SIGKILL)

    def _stepping(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **options: Any) -> Any:
            self.step()
            result = real(*values, **options)
            if name == "fsync":
                self._synced(values[0])
            return result

        return call

    def _synced(self, handle: int) -> None:
        path = os.readlink(f"/proc/self/fd/{handle}")
        if os.path.isdir(path):
            self._names = {p: i for p, i in self._names.items() if os.path.dirname(p) != path}
            self._names.update({p: i for p, i in self._look().items() if os.path.dirname(p) == path})
        else:
            self._held.append(os.dup(handle))
            self._bytes[os.fstat(handle).st_ino] = Path(path).read_bytes()

    def _look(self) -> dict[str, int]:
        return {str(path): path.stat().st_ino for path in self._folder.rglob("*") if path.is_file()}

    def _leave(self, names: dict[str, int], at: Path) -> None:
        at.mkdir(parents=True)
        for path, inode in names.items():
            file = at / Path(path).relative_to(self._folder)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self._bytes.get(inode, b""))


def build(room: Path, desk: Path, progress: Callable[[int, int, str], object]) -> None:
    packs.build(room / "new", desk / "base.pack", overwrite=True, progress=progress)


def apply(room: Path, desk: Path, progress: Callable[[int, int, str], object]) -> None:
    packs.apply(room / "x.patch", desk / "base.pack", progress=progress)


def extract(room: Path, desk: Path, progress: Callable[[int, int, str], object]) -> None:
    packs.extract(room / "new.pack", desk, overwrite=True, progress=progress)


def sign(room: Path, desk: Path, progress: Callable[[int, int, str], object]) -> None:
    packs.sign(desk / "base.pack", room / "k.key")


DEEDS = {"build": build, "apply": apply, "extract": extract, "sign": sign}


def apart(work: Callable[[], object]) -> bool:
    """Run in a child process; return whether it finished."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), f"the deed failed with {status}"
    return status == 0


def stopped_at(step: int, deed: Callable[..., object], room: Path) -> bool:
    """Do the deed up to a step; return whether it finished before that."""
    for name in ("desk", "after cut"):
        shutil.rmtree(room / name, ignore_errors=True)
    shutil.copytree(room / "old desk", room / "desk")
    return apart(lambda: deed(room, room / "desk", Disk(room / "desk", step, room / "after cut").progress))


def look(disk: Path, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Fail if a file is neither the old one nor the new one."""
    for path in sorted({*old, *new}):
        file = disk / path
        if not file.exists():
            assert path not in old, f"{path} is lost on {disk.name}"
        else:
            assert file.read_bytes() in (old.get(path), new.get(path)), f"{path} is neither old nor new on {disk.name}"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def main() -> None:
    deed, room = DEEDS[sys.argv[1]], Path(sys.argv[2])
    old = files(room / "old desk")
    shutil.copytree(room / "old desk", room / "desk")
    apart(lambda: deed(room, room / "desk", lambda done, total, path: None))
    new = files(room / "desk")
    assert new != old
    steps = 1
    while not stopped_at(steps, deed, room):
        for disk in (room / "desk", room / "after cut" / "old names", room / "after cut" / "new names"):
            look(disk, old, new)
            apart(lambda disk=disk: deed(room, disk, lambda done, total, path: None))
            assert files(disk) == new, f"doing it again after step {steps} left {sorted(files(disk))} on {disk.name}"
        steps += 1
    print(f"{steps - 1} steps")


if __name__ == "__main__":
    main()
