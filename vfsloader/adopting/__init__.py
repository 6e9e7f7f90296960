"""Adopting finished games: their own calls to open files and list folders see the layers. Engines add their loaders."""
