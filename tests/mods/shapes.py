"""Archives as people make them: with the tools of this machine, and as macOS and Windows write them."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

MANIFEST = 'id = "winter"\nname = "Winter"\nversion = "1.2"\n'
#: The first bytes of an AppleDouble file, which macOS writes for the attributes of another file.
_APPLE_DOUBLE = bytes.fromhex("00051607000200004d6163204f532058") + bytes(66)
_MACOS, _WINDOWS = 3, 0


def tree(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def plain_zip(file: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make a zip without members for folders, as Python does."""
    with zipfile.ZipFile(file, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return file


def macos_zip(file: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make a zip as the Finder's "Compress" does: Unix modes, folders, ``.DS_Store``, and ``__MACOSX`` beside."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        made = set[str]()
        for name, content in files.items():
            folders = [name[: at + 1] for at, char in enumerate(name) if char == "/"]
            for folder in folders:
                if folder not in made:
                    made.add(folder)
                    _member(out, folder, b"", _MACOS, 0o40755 << 16)
                    _member(out, f"{folder}.DS_Store", b"\0\0\0\1Bud1" + bytes(100), _MACOS, 0o100644 << 16)
            _member(out, name, content, _MACOS, 0o100644 << 16)
            head, _, tail = name.rpartition("/")
            _member(out, f"__MACOSX/{head}{'/' * bool(head)}._{tail}", _APPLE_DOUBLE, _MACOS, 0o100644 << 16)
    return file


def windows_zip(file: Path, files: Mapping[str, str | bytes], separator: str = "/") -> Path:
    """Make a zip as Windows does, with the attributes of DOS, ``Thumbs.db`` and ``desktop.ini``."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            _member(out, name.replace("/", separator), content, _WINDOWS, 0x20)
        for folder in {name.rpartition("/")[0] for name in files}:
            if folder:
                _member(out, f"{folder}/Thumbs.db".replace("/", separator), b"\xd0\xcf\x11\xe0", _WINDOWS, 0x26)
        _member(out, "desktop.ini", b"[.ShellClassInfo]\r\n", _WINDOWS, 0x26)
    return file


def _member(out: zipfile.ZipFile, name: str, content: str | bytes, system: int, attributes: int) -> None:
    info = zipfile.ZipInfo("x", (2024, 5, 1, 12, 0, 0))
    info.filename = name  # the constructor replaces backslashes on Windows
    info.create_system = system
    info.external_attr = attributes
    out.writestr(info, content)


def real_archives(folder: Path, into: Path) -> list[Path]:
    """Pack the content of a folder with each tool that this machine has."""
    names = sorted(path.name for path in folder.iterdir())
    made = [Path(shutil.make_archive(str(into / f"python-{kind}"), kind, folder)) for kind in ("zip", "gztar", "xztar")]
    tools = {
        "zip": ["zip", "-qr", into / "infozip.zip", *names],
        "jar": ["jar", "cf", into / "jar.zip", *names],
        "7z": ["7z", "a", "-bso0", into / "sevenzip.zip", *names],
        "bsdtar": ["bsdtar", "-a", "-cf", into / "bsdtar.zip", *names],
        "tar": ["tar", "-czf", into / "tar.tar.gz", *names],
    }
    for tool, command in tools.items():
        if shutil.which(tool) is not None:
            subprocess.run([str(part) for part in command], cwd=folder, check=True)
            made += [Path(part) for part in command if isinstance(part, Path)]
    import py7zr

    with py7zr.SevenZipFile(into / "py7zr.7z", "w") as out:
        for name in names:
            out.writeall(folder / name, name)
    return [*made, into / "py7zr.7z"]
