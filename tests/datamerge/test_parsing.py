"""What errors of TOML tell somebody who has never seen TOML."""

from __future__ import annotations

import pytest

from vfsloader.datamerge.parsing import parse_toml


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("id = 'a'\nname = Winter fun\n", 'text needs quotes: name = "Winter fun"'),
        ("\n\n  title=Ünï\r\nz=1", 'text needs quotes: title = "Ünï"'),
        ("a = 1\nb =\n", ""),
        ("x = [Winter]", ""),
        ("name = Ben's mod", ""),
        ("name = \x1b[31mred", ""),
        ("name = " + "x" * 300, ""),
    ],
)
def test_text_without_quotes_is_told_where_they_belong(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"\(at line \d, column \d+\)") as caught:
        parse_toml(text)
    found = str(caught.value)
    assert found.endswith(hint)
    assert ("quotes" in found) == bool(hint)
