"""``python -m vfsloader.cli``: the command line where the ``vfsloader`` script is not on the path."""

import sys

from vfsloader.cli.main import main

sys.exit(main())
