"""``python -m vfsloader.cli``: the same as ``python -m vfsloader``."""

import sys

from vfsloader.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
