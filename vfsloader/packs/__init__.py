"""Packs: trees built to be shipped, sealed in one file."""

from vfsloader.packs.backup import backup, restore
from vfsloader.packs.build import BuildReport, build
from vfsloader.packs.convert import ConvertReport, convert
from vfsloader.packs.extract import ExtractReport, extract
from vfsloader.packs.info import PackInfo, info
from vfsloader.packs.patch.apply import ApplyReport, apply
from vfsloader.packs.patch.diff import DiffReport, diff
from vfsloader.packs.publish import PublishReport, publish, pull
from vfsloader.packs.sign import keygen, sign
from vfsloader.packs.verify import Verification, verify
from vfsloader.runtime.atomic import clean_up

__all__ = [
    "ApplyReport",
    "BuildReport",
    "ConvertReport",
    "DiffReport",
    "ExtractReport",
    "PackInfo",
    "PublishReport",
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
    "publish",
    "pull",
    "restore",
    "sign",
    "verify",
]
