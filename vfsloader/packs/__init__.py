"""Packs: trees built to be shipped, sealed in one file."""

from vfsloader.packs.apply import ApplyReport, apply
from vfsloader.packs.backup import backup, restore
from vfsloader.packs.build import BuildReport, build
from vfsloader.packs.convert import ConvertReport, convert
from vfsloader.packs.diff import DiffReport, diff
from vfsloader.packs.drafts import clean_up
from vfsloader.packs.extract import ExtractReport, extract
from vfsloader.packs.info import PackInfo, info
from vfsloader.packs.signing import keygen, sign
from vfsloader.packs.verify import Verification, verify

__all__ = [
    "ApplyReport",
    "BuildReport",
    "ConvertReport",
    "DiffReport",
    "ExtractReport",
    "PackInfo",
    "Verification",
    "apply",
    "backup",
    "build",
    "clean_up",
    "convert",
    "diff",
    "extract",
    "info",
    "keygen",
    "restore",
    "sign",
    "verify",
]
