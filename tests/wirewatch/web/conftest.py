"""The dashboard's fixtures; what tests call by name stands in `small_desk`."""

from small_desk import app, desk, web

__all__ = ["app", "desk", "web"]
