"""The ``ommatid`` command."""

from ommatid_fleet.cli.main import app, main

__all__ = ["app", "main"]
