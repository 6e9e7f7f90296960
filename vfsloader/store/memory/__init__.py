"""A store in memory: files as Python's own bytes in a dictionary."""
