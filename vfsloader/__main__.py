"""``python -m vfsloader``: the command line, for when the ``vfsloader`` script is not on the PATH."""

import sys

from vfsloader.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
