"""Packs as a store sees them: sealed, hashed, compressed, and inspected before they are trusted."""
