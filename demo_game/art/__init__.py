"""Makes every picture, sound and letter of the demo game: run ``make art``."""
