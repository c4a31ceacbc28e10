"""What is said of a value that does not fit."""


class InvalidValue(Exception):
    """A value fits none of what a property takes. Its text goes on after "the value of …" and never holds the value."""
