"""The menu's words in languages other than English, one module each."""
