"""Change the core in one place at a time and see whether its unit tests notice: `make mutants MODULES=sink/tolerance`.

By hand, not in CI: each mutant costs a run of its module's tests. What survives is either a hole in the tests or a
change that changes nothing; CONTRIBUTING.md lists the latter.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.venv import programs  # noqa: E402 - the repository is no installed package

COSMIC_RAY = "cosmic-ray>=8.7,<9"
"""Mutation testing: kept up, changes one place at a time, and keeps its results in a file."""
TESTS = {
    "sink/tolerance": ("sink/test_tolerance.py",),
    "sink/key_order": ("sink/test_key_order.py",),
    "sink/settlement": ("sink/test_sink.py",),
    "sink/sink": ("sink/test_sink.py",),
    "sink/batch": ("sink/test_batch.py",),
    "sink/checkpoint": ("sink/test_checkpoint.py",),
    "sink/workers": ("sink/test_workers.py",),
    "delivery/account_fault": ("delivery/test_account_fault.py",),
    "delivery/changes": ("delivery/test_changes.py",),
    "delivery/outcomes": ("delivery/test_creating.py", "delivery/test_updating.py"),
    "delivery/creating": ("delivery/test_creating.py",),
    "delivery/delivery": ("delivery/test_delivery.py", "delivery/test_writer.py"),
    "delivery/existing": ("delivery/test_existing.py",),
    "delivery/first_step": ("delivery/test_first_step.py",),
    "delivery/gathering": ("delivery/test_gathering.py",),
    "delivery/likeness": ("delivery/test_likeness.py",),
    "delivery/link_audit": ("delivery/test_link_audit.py",),
    "delivery/link_reader": ("delivery/test_link_reader.py",),
    "delivery/linking": ("delivery/test_linking.py",),
    "delivery/pending": ("delivery/test_pending.py",),
    "delivery/refusal": ("delivery/test_refusal.py",),
    "delivery/unlinking": ("delivery/test_unlinking.py",),
    "delivery/updating": ("delivery/test_updating.py",),
    "associations/lookup": ("associations/test_lookup.py",),
    "associations/phone": ("associations/test_phone.py",),
    "associations/resolver": ("associations/test_resolver.py",),
    "hubspot/accounting": ("hubspot/test_accounting.py",),
    "hubspot/auth": ("hubspot/test_auth.py",),
    "hubspot/batch_read": ("hubspot/test_batch_read.py",),
    "hubspot/exchange": ("hubspot/test_exchange.py",),
    "hubspot/lanes": ("hubspot/test_lanes.py",),
    "hubspot/retry": ("hubspot/test_retry.py", "hubspot/test_transport.py", "hubspot/test_errors.py"),
    "hubspot/transport": ("hubspot/test_transport.py", "hubspot/test_waiting.py", "hubspot/test_stopping.py"),
    "hubspot/rate_limit": ("hubspot/test_rate_limit.py", "hubspot/test_sharing.py"),
    "shutdown": ("test_shutdown.py",),
    "rejects/local": ("rejects/test_rejects.py",),
    "rejects/s3": ("rejects/test_s3.py",),
}
"""Modules, and the unit tests that are to notice."""
POINTLESS = [
    "core/ReplaceBinaryOperator_BitOr_.*",  # mostly unions of types, which nobody reads while it runs
    # One other operator is enough.
    "core/ReplaceBinaryOperator_.*_(Pow|Mod|FloorDiv|RShift|LShift|BitAnd|BitXor|BitOr|Div|Mul)",
    "core/ReplaceUnaryOperator_.*",
    "core/ReplaceComparisonOperator_(Is_Eq|IsNot_NotEq|Eq_Is|NotEq_IsNot)",  # the same for None, members and numbers
    "core/ReplaceComparisonOperator_(Lt|LtE|Gt|GtE)_(Is|IsNot)",  # nearly as == and !=
    "core/ReplaceTrueWithFalse",  # of dataclasses
]
CONSTANT = re.compile(r"[A-Z_]+ = [\w. *+-]+")
"""A number with a name is left as it is: its tests know it by that, and hardly another one would be wrong."""
NO_SEARCH = """
from hypothesis import Phase

profile = settings.get_profile("untimed")
settings.register_profile("mutants", profile, derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.load_profile("mutants")
"""
"""At the end of the tests' set-up: the same examples for each mutant, and no search for the simplest that fails."""
TIMEOUT = 300.0
"""Seconds for the tests of one mutant, if all else fails."""
FORKED_TESTS = ROOT / ".ci" / "forked_tests.py"
"""Starts the tests of a mutant in a tenth of the time."""


def main(modules: list[str]) -> int:
    """Mutate these modules, or all; the number of mutants that survived."""
    tools = programs("mutants", [COSMIC_RAY])
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "build", "__pycache__"))
        with (copy / "unit_tests/conftest.py").open("a") as conftest:
            conftest.write(NO_SEARCH)
        return sum(_mutate(module, copy, tools) for module in modules or TESTS)


def _mutate(module: str, copy: Path, tools: Path) -> int:
    config, session = copy / "mutants.toml", copy / f"{module.replace('/', '-')}.sqlite"
    config.write_text(_config(module))

    def run(program: str, *arguments: Path) -> None:
        command = [tools / program, *arguments]
        subprocess.run(command, cwd=copy, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own

    with _tests_of(module, copy):
        run("cosmic-ray", Path("init"), config, session)
        run("cr-filter-operators", session, config)
        _leave_constants(copy / "destination_hubspot_calls" / f"{module}.py", session)
        run("cosmic-ray", Path("exec"), config, session)
    return _report(module, session)


def _leave_constants(source: Path, session: Path) -> None:
    lines = enumerate(source.read_text().splitlines(), 1)
    rows = [(row,) for row, line in lines if CONSTANT.fullmatch(line)]
    with sqlite3.connect(session) as results:
        query = (
            "INSERT INTO work_results (job_id, worker_outcome) SELECT job_id, 'SKIPPED' FROM mutation_specs "
            "WHERE start_pos_row = ? AND job_id NOT IN (SELECT job_id FROM work_results)"
        )
        results.executemany(query, rows)


@contextmanager
def _tests_of(module: str, copy: Path) -> Iterator[None]:
    """A server of runs of a module's tests, which pass without a change."""
    tests = [f"unit_tests/{name}" for name in TESTS[module]]
    address = copy / "forked_tests.socket"
    with subprocess.Popen([sys.executable, str(FORKED_TESTS), *tests], cwd=copy, stdout=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            while not address.exists():
                time.sleep(0.1)
                _must_run(server)
            yield
            _must_run(server)
        finally:
            server.kill()
            address.unlink(missing_ok=True)


def _must_run(server: subprocess.Popen[bytes]) -> None:
    """Without it every mutant would seem to be noticed."""
    if server.poll() is not None:
        raise RuntimeError("the tests cannot be run")


def _config(module: str) -> str:
    test = f"{sys.executable} -S -E {FORKED_TESTS}"
    return (
        "[cosmic-ray]\n"
        f'module-path = "destination_hubspot_calls/{module}.py"\n'
        f"timeout = {TIMEOUT}\nexcluded-modules = []\ntest-command = {json.dumps(test)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(POINTLESS)}\n"
    )


def _report(module: str, session: Path) -> int:
    """Print the score and what survived; returns how many did."""
    with sqlite3.connect(session) as results:
        query = "SELECT test_outcome, diff FROM work_results WHERE worker_outcome = 'NORMAL'"
        outcomes = list(results.execute(query))
    survivors = [diff for outcome, diff in outcomes if outcome == "SURVIVED"]
    sys.stdout.write(f"{module}: {len(outcomes) - len(survivors)} of {len(outcomes)} mutants were noticed\n")
    for diff in survivors:
        changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        sys.stdout.write("".join(f"  {line[0]} {line[1:].strip()}\n" for line in changed))
    sys.stdout.flush()
    return len(survivors)


if __name__ == "__main__":
    main(sys.argv[1:])
