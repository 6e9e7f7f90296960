"""Packs: trees built to be shipped, sealed in one file."""

from vfsloader.packs.build import BuildReport, build

__all__ = ["BuildReport", "build"]
