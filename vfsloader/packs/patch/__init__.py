"""Patches: the difference between two packs, made and applied."""
