"""The parts of the mod menu: what it shows, where, in which words, and how a player works it."""
