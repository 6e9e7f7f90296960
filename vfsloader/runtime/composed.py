"""Unicode's composed form of names. Most names are ASCII, and a game of such names does not load Unicode's tables."""

from __future__ import annotations


def nfc(text: str) -> str:
    r"""Return a text in NFC.

    Examples
    --------
    >>> nfc("hero.png"), nfc("a\u0308")
    ('hero.png', 'ä')
    """
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFC", text)
