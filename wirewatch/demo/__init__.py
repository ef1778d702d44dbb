"""Wirewatch at work on one machine: a local newswire, the real daemon, an inbox, a webhook receiver, the dashboard."""

from wirewatch.demo.play import DemoError, play

__all__ = ["DemoError", "play"]
