"""Checks for authors: what is wrong with a mod before players see it."""
