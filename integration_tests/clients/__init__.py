"""Real Airbyte clients, programs that we did not write, each with the connector as its destination."""
