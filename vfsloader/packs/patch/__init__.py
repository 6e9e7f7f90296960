"""Patches: the difference between two packs, made by `diff` and applied by `apply`."""
