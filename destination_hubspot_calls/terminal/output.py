"""What goes to whoever reads a command's output."""

from __future__ import annotations

import os
import sys


def drop_output() -> None:
    """Whoever read it has seen enough (BrokenPipeError): what is left in the buffer must not be tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
