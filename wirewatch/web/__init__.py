"""The page at `/` and the HTTP interface: what is stored, as it comes. It reads, and changes nothing."""

from wirewatch.web.app import create_app
from wirewatch.web.guards import hosts_served
from wirewatch.web.serving import serve

__all__ = ["create_app", "hosts_served", "serve"]
