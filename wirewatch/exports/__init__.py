"""Releases and settings as files that other programs read."""
