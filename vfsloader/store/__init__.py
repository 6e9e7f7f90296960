"""Stores: whole trees of files that are read and written by transactions, in one SQLite database or in memory."""
