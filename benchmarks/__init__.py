"""How fast, at what cost, and next to whom: programs to be run by hand, with a table and JSON as their result."""
