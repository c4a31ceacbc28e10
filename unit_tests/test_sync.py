"""One write as a process: what its threads share."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from destination_hubspot_calls.sync import share_memory

libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
if sys.argv[1] == "shared":
    share_memory()
together = threading.Barrier(8)

def work():
    kept = [b"x" * 2000 for _ in range(100)]
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's own")
def test_threads_take_their_memory_from_one_place() -> None:
    """Each would keep what it once needed: with 64 of them a quarter of what the process holds."""

    def places(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
        return done.stdout.count("<heap nr=")

    assert places("shared") == 1
    assert places("apart") > 1
