"""Airbyte's side of the line: its messages, its catalog, its mapping page."""
