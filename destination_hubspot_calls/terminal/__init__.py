"""What people see at a terminal. Imports nothing: `--help` answers at once."""
