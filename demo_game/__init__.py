"""Moonmoth: a small game that shows how a game lives on vfsloader. Run it with ``make demo``."""
