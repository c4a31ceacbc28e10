"""The recipes of docs/recipes, each held to what its source publishes and run through the real connector."""
