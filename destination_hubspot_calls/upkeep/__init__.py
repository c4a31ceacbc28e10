"""What a person does to an account beside syncing: prepare it, take a run back, adopt calls that are there."""
