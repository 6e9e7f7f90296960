"""Be a worker, before the game's own code runs, if that is what a frozen game started itself for."""

import sys

if len(sys.argv) > 1 and sys.argv[1] == "--vfsloader-worker":
    from vfsloader.runtime.worker import main

    main(sys.argv[2:])
    sys.exit()
