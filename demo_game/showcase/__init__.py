"""Shows the game where nobody plays: the pilot behind the title screen, and the tour without a display."""
