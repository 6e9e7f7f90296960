"""The programs in good/ and bad/ are read by type checkers and never run."""

collect_ignore_glob = ["good/*", "bad/*"]
