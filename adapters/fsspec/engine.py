"""Imported before the other modules of this package: says what to install where fsspec is missing."""

from vfsloader.runtime.engines import import_engine

import_engine("fsspec")
