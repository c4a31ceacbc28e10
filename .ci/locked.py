"""poetry.lock as requirements that plain pip installs: names, versions, hashes.

`locked.py` prints what a run may need, `locked.py dev sandbox` that and what those extras of pyproject.toml need,
`locked.py slim` leaves out what airbyte-cdk asks for and no destination imports: half of all that would be installed.
"""

import re
import sys
from collections.abc import Collection
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

LOCK = Path(__file__).parent.parent / "poetry.lock"
# A requirements file cannot ask for an extra, so its condition becomes one that always, or never, holds.
EXTRA, ALWAYS, NEVER = re.compile(r'extra == "([\w-]+)"'), 'os_name != ""', 'os_name == ""'
# Files, declarative sources and Google's secret store need them. The image's build would fail if a run imported one.
NOT_IMPORTED = re.compile(
    r"numpy|pandas|nltk|regex|joblib|tqdm|rapidfuzz|google-(?!re2).*|googleapis-.*|grpc.*|opentelemetry-api|proto.*"
)


def requirements(lock: str, *, extras: Collection[str], slim: bool) -> str:
    """One line per locked package; pip itself judges the markers and picks the file by its hash."""
    lines = []
    for package in tomllib.loads(lock)["package"]:
        if slim and NOT_IMPORTED.fullmatch(package["name"]):
            continue
        marker = EXTRA.sub(lambda extra: ALWAYS if extra[1] in extras else NEVER, package.get("markers", ""))
        pin = f"{package['name']}=={package['version']}" + (f" ; {marker}" if marker else "")
        lines.append(" ".join([pin, *(f"--hash={file['hash']}" for file in package["files"])]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    wanted = set(sys.argv[1:])
    sys.stdout.write(requirements(LOCK.read_text(encoding="utf-8"), extras=wanted - {"slim"}, slim="slim" in wanted))
