"""What the workers of the tests do."""

from __future__ import annotations

import ctypes
import os
import sys
import time


def act(request: bytes) -> bytes:
    """Do what is asked for."""
    word, _, rest = request.partition(b" ")
    if word == b"crash":
        ctypes.string_at(8)
    elif word == b"hang":  # inside C, without giving way to Python
        ctypes.PyDLL(None).sleep(100)
    elif word == b"wait":
        time.sleep(100)
    elif word == b"fill":
        return bytes(1 << 33)
    elif word == b"raise":
        raise LookupError(rest.decode())
    elif word == b"print":
        print("not an answer", flush=True)
        os.write(1, b"nor this")
        sys.__stdout__ and sys.__stdout__.write("nor that")
    elif word == b"process":
        return str(os.getpid()).encode()
    elif word == b"modules":
        return " ".join(sys.modules).encode()
    return rest
