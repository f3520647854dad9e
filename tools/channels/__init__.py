"""READ the world. One connector per channel; `tools.destinations` is where the world is changed."""

from tools.channels.connect import Connector, open_connectors

__all__ = ["Connector", "open_connectors"]
