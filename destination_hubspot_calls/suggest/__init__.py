"""A configuration for records that nobody has mapped yet: a recipe that fits, else rules by names and values."""
