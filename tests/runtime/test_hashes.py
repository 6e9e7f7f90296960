"""SHA-256 with and without OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from vfsloader.runtime import hashes

PROGRAM = """
import sys
from vfsloader.runtime import hashes
few = hashes.sha256(b"moth" * 100).hexdigest()
assert "_hashlib" not in sys.modules
many = hashes.sha256(b"moth" * hashes.SMALL_BYTES).hexdigest()
assert "_hashlib" in sys.modules
print(few, many, hashes.sha256(b"").hexdigest())
"""


def test_the_hash_is_the_same_with_little_and_with_much_data() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    expected = [b"moth" * 100, b"moth" * hashes.SMALL_BYTES, b""]
    assert done.stdout.split() == [hashlib.sha256(data).hexdigest() for data in expected]
