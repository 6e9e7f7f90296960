"""The menu's words in languages other than English, one module each."""

from vfsloader.pygame.menu.languages import de, es, fr, ja, ru, zh

__all__ = ["de", "es", "fr", "ja", "ru", "zh"]
