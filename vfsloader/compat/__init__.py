"""The names and promises of other libraries, over this one. Nothing below imports this package."""
