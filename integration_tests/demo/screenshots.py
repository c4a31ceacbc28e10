"""`make screenshots`: the README's pictures, of the demonstration as a browser shows it. Needs Chromium."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from integration_tests.browser import Browser
from integration_tests.demo import dialer
from integration_tests.demo.__main__ import CALLS, ROOT, configuration, fill
from integration_tests.sandbox.process import Sandbox

FOLDER = ROOT / "docs" / "images"


def main() -> None:
    """Write the demonstration's calls, let two requests go wrong, and take pictures of what there is."""
    FOLDER.mkdir(exist_ok=True)
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder, Browser() as browser:
        fill(sandbox)
        sandbox.fault("status", "create", skip=1)
        sandbox.fault("drop", "create", when="after", skip=2)
        report = _write(sandbox, Path(folder))
        for name, url in (("sandbox", f"{sandbox.url}/"), ("report", report.as_uri())):
            for scheme in ("light", "dark"):
                browser.open(url, height=720, dark=scheme == "dark")
                file = FOLDER / f"{name}-{scheme}.webp"
                browser.screenshot(file)
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")


def _write(sandbox: Sandbox, folder: Path) -> Path:
    """Write the demonstration's calls; where the page about it is."""
    config, catalog = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps(configuration(sandbox.url, sandbox.token, folder / "rejected")))
    catalog.write_text(json.dumps(dialer.catalog()))
    lines = "".join(json.dumps(message) + "\n" for message in dialer.messages(CALLS))
    report = folder / "report.html"
    files = ("--config", str(config), "--catalog", str(catalog), "--report", str(report))
    subprocess.run([sys.executable, str(ROOT / "main.py"), "write", *files], input=lines, text=True, check=True)
    return report


if __name__ == "__main__":
    main()
