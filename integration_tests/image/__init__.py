"""The image, as the platform runs it."""
