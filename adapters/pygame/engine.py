"""Imported before the other modules of this package: says what to install where pygame-ce is missing."""

from vfsloader.errors import MissingExtraError
from vfsloader.runtime.engines import import_engine

_pygame = import_engine("pygame", library="pygame-ce")
if not hasattr(_pygame, "IS_CE"):
    where = getattr(_pygame, "__file__", None) or "another library"
    raise MissingExtraError(
        f"vfsloader.pygame needs pygame-ce, and {where} is not it; rename that file if it "
        "is yours, or else run: pip uninstall pygame, then pip install --force-reinstall pygame-ce",
        name="pygame",
    )
