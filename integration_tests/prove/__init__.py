"""Proofs that no call is lost and none doubled, whatever fails: whole processes against the sandbox, seeded."""
