"""Show the game without a player: the autopilot behind the title screen, and the tour without a display."""
