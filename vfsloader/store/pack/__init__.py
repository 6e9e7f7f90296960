"""Packs on the level of the store: sealed, hashed, compressed, and inspected before they are trusted."""
