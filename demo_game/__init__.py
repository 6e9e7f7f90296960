"""Moonmoth: a small game that shows how a game uses vfsloader. Run it with ``make demo``."""
