"""Settings: read once from one file and the environment, checked whole, frozen, passed down.

Knows no channel kind, no parser and no database: a channel's table is kept as it was written and
read by that channel's own settings model.
"""

from config.load import config_path, load
from config.problems import ConfigError, Problem
from config.settings import Channel, Settings

__all__ = ["Channel", "ConfigError", "Problem", "Settings", "config_path", "load"]
