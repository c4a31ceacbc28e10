"""`make screenshots`: the README's pictures, of the demonstration as a browser shows it. Needs Chromium."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from integration_tests.browser import Browser
from integration_tests.demo import dialer
from integration_tests.demo.__main__ import CALLS, ROOT, configuration, fill, run
from integration_tests.sandbox.process import Sandbox

FOLDER = ROOT / "docs" / "images"


def main() -> None:
    """Write the demonstration's calls, let two requests go wrong, and take pictures of what there is."""
    FOLDER.mkdir(exist_ok=True)
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder, Browser() as browser:
        fill(sandbox)
        sandbox.fault("status", "create", skip=1)
        sandbox.fault("drop", "create", when="after", skip=2)
        _write(sandbox, Path(folder))
        for name, dark in (("light", False), ("dark", True)):
            browser.open(f"{sandbox.url}/", height=720, dark=dark)
            file = FOLDER / f"sandbox-{name}.webp"
            browser.screenshot(file)
            print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")


def _write(sandbox: Sandbox, folder: Path) -> None:
    config, catalog = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps(configuration(sandbox.url, sandbox.token, folder / "rejected")))
    catalog.write_text(json.dumps(dialer.catalog()))
    lines = "".join(json.dumps(message) + "\n" for message in dialer.messages(CALLS))
    run("write", "--config", str(config), "--catalog", str(catalog), stdin=lines)


if __name__ == "__main__":
    main()
