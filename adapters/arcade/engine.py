"""Imported before the other modules of this package: says what to install where arcade is missing."""

from vfsloader.runtime.engines import import_engine

import_engine("arcade")
