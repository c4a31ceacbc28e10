"""What a person configured, and what is wrong with it."""
