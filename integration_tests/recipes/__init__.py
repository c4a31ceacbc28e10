"""The recipes of Airbyte's own sources, each held to what its source publishes and run through the real connector."""
