"""``python -m vfsloader.cli``: the command line, for when the ``vfsloader`` script is not on the PATH."""

import sys

from vfsloader.cli.main import main

sys.exit(main())
