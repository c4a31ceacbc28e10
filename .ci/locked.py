"""poetry.lock as requirements that plain pip installs: names, versions, hashes.

`locked.py` prints what a run needs, `locked.py dev` that and what the tests need.
"""

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

LOCK = Path(__file__).parent.parent / "poetry.lock"
# A requirements file cannot ask for an extra, so its condition becomes one that always, or never, holds.
EXTRA, ALWAYS, NEVER = 'extra == "dev"', 'os_name != ""', 'os_name == ""'


def requirements(lock: str, *, dev: bool) -> str:
    """One line per locked package; pip itself judges the markers and picks the file by its hash."""
    lines = []
    for package in tomllib.loads(lock)["package"]:
        marker = package.get("markers", "").replace(EXTRA, ALWAYS if dev else NEVER)
        pin = f"{package['name']}=={package['version']}" + (f" ; {marker}" if marker else "")
        lines.append(" ".join([pin, *(f"--hash={file['hash']}" for file in package["files"])]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(requirements(LOCK.read_text(encoding="utf-8"), dev="dev" in sys.argv[1:]))
