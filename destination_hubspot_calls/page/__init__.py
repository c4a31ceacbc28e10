"""A page to look at after a run: one file, in which nothing runs and which asks nothing of anybody."""
