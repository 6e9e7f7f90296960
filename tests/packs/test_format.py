"""The page about the format: its reader, which does not use this library, reads our packs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packs.trees import sample, write_tree
from vfsloader import packs

PAGE = Path(__file__).parents[2] / "docs" / "pack-format.md"


@pytest.mark.parametrize("compress", [False, True])
def test_the_pages_reader_reads_a_pack(tmp_path: Path, compress: bool) -> None:
    (reader,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(reader.splitlines()) <= 50
    (tmp_path / "reader.py").write_text(reader)
    files = sample(large=600_000)
    packs.build(write_tree(tmp_path / "src", files), tmp_path / "x.pack", compress=compress)
    command = [sys.executable, "-I", str(tmp_path / "reader.py")]
    result = subprocess.run([*command, tmp_path / "x.pack"], capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [f"{len(data)} {path}" for path, data in sorted(files.items())]
    damaged = (tmp_path / "x.pack").read_bytes().replace(files["/sprites/noise.png"][100:110], b"0123456789")
    (tmp_path / "y.pack").write_bytes(damaged)
    result = subprocess.run([*command, tmp_path / "y.pack"], capture_output=True, encoding="utf-8")
    assert "/sprites/noise.png is damaged" in result.stderr
    (tmp_path / "z.pack").write_bytes(damaged[:63] + b"\x09" + damaged[64:])
    result = subprocess.run([*command, tmp_path / "z.pack"], capture_output=True, encoding="utf-8")
    assert "made by another version of vfsloader" in result.stderr
