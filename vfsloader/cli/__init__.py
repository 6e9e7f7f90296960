"""The command line, ``vfsloader``."""

from vfsloader.cli.main import main

__all__ = ["main"]
