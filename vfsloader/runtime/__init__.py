"""Mechanisms that know nothing of layers: atomic files, caches, threads, limits."""
