"""Help for tests: a suite that every layer must pass, and pytest fixtures."""

from vfsloader.testing.conformance import LayerConformance

__all__ = ["LayerConformance"]
