"""Indented JSON, compared with the standard library's."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from vfsloader.runtime.indented_json import indented_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner)
    ),
)


@given(DATA)
def test_it_is_what_the_standard_library_writes(data: object) -> None:
    assert indented_json(data) == json.dumps(data, indent=2)
