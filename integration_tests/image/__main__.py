"""`python -m integration_tests.image IMAGE`: size, start, and 100,000 records in a tight container; prints figures.

`ENGINE` is the command that runs containers, with its options (`podman`, `docker`); `RUN_OPTIONS` go behind `run`.
Status 1 where something is not as it must be.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_tests import source
from integration_tests.sandbox.process import Sandbox

RECORDS = 100_000
MAX_MEGABYTES = 265
"""Of what stands on the base image."""
SLOWEST_START = 1.3
"""Times the import of airbyte_cdk, which no connector can do without."""
NO_LIMIT = 100_000
"""Requests in 10 seconds: as good as none."""
MEMORY = "512m"
HARDENED = ("--rm", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges")

# Each is run seven times in turn, in one container: its start is not what is measured.
TIMING = """
import subprocess, sys, time
def once(*command):
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
rounds = [
    (once("/airbyte/integration_code/main.py", "spec"), once("-c", "import airbyte_cdk")) for _ in range(7)
]
print(*map(min, zip(*rounds)))
"""
# The way the platform starts it; the kernel keeps the most memory that the container held (cgroups version 1 or 2).
WRITE = """
$AIRBYTE_ENTRYPOINT write --config /config/config.json --catalog /config/catalog.json
status=$?
cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes >&2 2> /dev/null
exit $status
"""


def engine() -> list[str]:
    """The command that runs containers. Exits where there is none."""
    named = os.environ.get("ENGINE") or next(filter(shutil.which, ("podman", "docker")), None)
    return shlex.split(named) if named else sys.exit("there is neither podman nor docker")


def run(image: str, *command: str, options: tuple[str, ...] = ()) -> list[str]:
    """The command line that runs a shell in the image."""
    more = shlex.split(os.environ.get("RUN_OPTIONS", ""))
    return [*engine(), "run", *HARDENED, *more, *options, f"--entrypoint={command[0]}", image, *command[1:]]


def weigh(image: str) -> None:
    """How large it is, and how much of that is ours."""
    inspect = [*engine(), "image", "inspect", image, "--format", "{{.Size}}"]
    size = int(subprocess.run(inspect, check=True, capture_output=True).stdout) / 1e6
    used = subprocess.run(run(image, "du", "-sb", "/airbyte"), check=True, capture_output=True).stdout
    ours = int(used.split()[0]) / 1e6
    print(f"size: {size:.0f} MB, of which {ours:.0f} MB are the connector with its environment", flush=True)
    assert ours < MAX_MEGABYTES


def start(image: str) -> None:
    """How long `spec` takes."""
    command = run(image, "/airbyte/venv/bin/python", "-c", TIMING, options=("--network=none",))
    done = subprocess.run(command, check=True, capture_output=True)
    spec, cdk = map(float, done.stdout.split())
    print(f"spec: {spec:.2f} s, {spec / cdk:.2f} times the {cdk:.2f} s of importing airbyte_cdk", flush=True)
    assert spec < SLOWEST_START * cdk


def write(image: str) -> None:
    """Whether 100,000 records become calls in little memory."""
    with TemporaryDirectory() as folder, Sandbox(settings={"rate_limit": NO_LIMIT, "mode": "count"}) as sandbox:
        Path(folder).chmod(0o755)
        config = source.configuration(sandbox.url, sandbox.token)
        for name, content in (("config", config), ("catalog", source.catalog())):
            Path(folder, f"{name}.json").write_text(json.dumps(content))
        options = ("--interactive", "--network=host", f"--memory={MEMORY}", f"--volume={folder}:/config:ro")
        began = time.monotonic()
        states, peak = _fed(run(image, "/bin/sh", "-c", WRITE, options=options))
        seconds = time.monotonic() - began
        created = sandbox.created()
    print(
        f"write: {created:,} calls, {states:,} states, {seconds:.0f} s, limit {MEMORY}, at most {peak} MB with "
        "the page cache",
        flush=True,
    )
    assert created == RECORDS
    assert states == RECORDS // 10


def _fed(command: list[str]) -> tuple[int, str]:
    """Run it with the records on its stdin; returns the number of states, and megabytes as the kernel told them."""
    with TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err)
            assert process.stdin is not None
            for line in source.Source(RECORDS).lines():
                process.stdin.write(line + b"\n")
            process.stdin.close()
            status = process.wait()
        assert status == 0, (status, output.read_bytes()[-2000:], errors.read_bytes()[-2000:])
        states = sum(b'"STATE"' in line for line in output.read_bytes().splitlines())
        last = errors.read_text().split()[-1:]
        return states, f"{int(last[0]) / 1e6:.0f}" if last and last[0].isdecimal() else "unknown"


def main(image: str) -> None:
    """All of it."""
    weigh(image)
    start(image)
    write(image)


if __name__ == "__main__":
    main(sys.argv[1])
