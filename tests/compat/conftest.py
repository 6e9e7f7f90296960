"""Separate credentials and a separate cache folder for tests that talk to servers."""

import pytest


@pytest.fixture(autouse=True)
def _own_credentials(credentials: None) -> None:
    pass
