"""Entries → batches in flight → settled in order: stored, then emitted."""
