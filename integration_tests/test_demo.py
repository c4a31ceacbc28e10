"""`make demo KEEP=1`, as a newcomer runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from itertools import takewhile

import requests

from integration_tests.sandbox.process import ROOT


def test_the_demonstration_keeps_its_page_open() -> None:
    """It shows the connector at work, says at its end where the page is, which then answers until Ctrl-C."""
    # In a background job Ctrl-C is ignored, and so it would be here.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "integration_tests.demo", "--keep"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        try:
            text = "".join(takewhile(lambda line: "Ctrl-C" not in line, iter(demo.stdout.readline, "")))
            shown = demo.stdout.readline()
            address = re.search(r"at (http://127\.0\.0\.1:\d+)", text)
            assert address is not None
            page = requests.get(address[1], timeout=30).text
            demo.send_signal(signal.SIGINT)
            status = demo.wait(30)
        finally:
            demo.kill()  # what hangs must not hold up all other tests
    assert "399 created, 1 rejected" in text
    assert "timelines" in shown
    assert "Call with Agent One" in page
    assert status == 0
