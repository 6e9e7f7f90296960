"""The command line, called from a build script."""

import sys
from typing import assert_type

from vfsloader.cli import main  # typo: main -> mian

status = main(["pack", "build", "assets", "base.pack"])
assert_type(status, int)
sys.exit(main(arguments=["mods", "check"]))  # typo: arguments -> argumets
