"""For tests: what every layer must do, and pytest fixtures."""

from vfsloader.testing.conformance import LayerConformance

__all__ = ["LayerConformance"]
