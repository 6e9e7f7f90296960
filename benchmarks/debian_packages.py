"""Finished games of Debian: downloaded and unpacked, never installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class UnavailableError(Exception):
    """Debian's packages cannot be had on this machine. The text says what is missing."""


def unpack(folder: Path, *packages: str) -> None:
    """Download Debian's packages and unpack them into a folder.

    Raises
    ------
    UnavailableError
        A tool or the network is missing.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise UnavailableError(
                f"finished games are packages of Debian: they need {tool} (apt-get install apt dpkg)"
            )
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / "packages"
    work.mkdir()
    work.chmod(0o755)
    done = subprocess.run(
        ["apt-get", "download", "-q", *packages], cwd=work, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise UnavailableError(f"Debian's packages cannot be had (apt-get update?): {done.stderr[-300:]}")
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    shutil.rmtree(work)
