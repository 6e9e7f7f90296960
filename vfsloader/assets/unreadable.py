"""The error for a file that an engine cannot decode."""

from __future__ import annotations

from vfsloader.assets.loader import Asset
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain


def unreadable(asset: Asset, noun: str, engine: str, error: Exception) -> ResourceError:
    """Return the error to raise for an asset that is not what an engine can read.

    Examples
    --------
    >>> str(unreadable(Asset("/p.png", b"", "base"), "a picture", "pygame", ValueError("no header")))
    '/p.png in base is not a picture that pygame can read: no header'
    """
    reason = plain(str(error) or type(error).__name__)
    sentence = f"{plain(asset.path)} in {plain(asset.layer)} is not {noun} that {engine} can read: {reason}"
    return ResourceError.at(asset.path, sentence)
