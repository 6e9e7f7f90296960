"""Imported before the other modules of this package: says what to install where arcade is missing.

arcade itself is not imported yet: it reads options and variables that a game may set first.
"""

from vfsloader.runtime.engines import find_engine

find_engine("arcade")
