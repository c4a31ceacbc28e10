"""What is said of a value that does not fit."""


class InvalidValue(Exception):
    """A value fits none of what a property accepts. Its text goes on after "the value of …" and never holds the value.

    `in_full` is the same where it stands alone: with what is accepted, if that is a list.
    """

    def __init__(self, words: str, in_full: str = "") -> None:
        super().__init__(words)
        self.in_full = in_full or words
