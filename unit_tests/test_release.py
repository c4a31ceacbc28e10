"""What makes a release: the workflows, the Pythons they run on, and what leaves the tree under a tag."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from packaging.utils import parse_wheel_filename

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
PYTHONS = [f"3.{minor}" for minor in range(10, 15)]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r'(?:!\[[^\]]*\]\(|\bsrc(?:set)?=")([^)"\s]+)')


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"))
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in workflow(path.name)["jobs"].values():
        yield from job.get("steps", ())


# The Pythons


def test_the_pythons_are_those_of_the_package() -> None:
    """A Python that is promised and not tested, or tested and not promised, is a mistake somewhere."""
    project = toml("pyproject.toml")["project"]
    classifiers = [line.rsplit(" ", 1)[1] for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert workflow("test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == classifiers == PYTHONS
    allowed = SpecifierSet(project["requires-python"])
    assert [minor for minor in range(30) if allowed.contains(f"3.{minor}.1")] == list(range(10, 15))


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_locked_comes_as_a_wheel(python: str) -> None:
    """A pin that has to be compiled asks for compilers that people do not have, and makes an install take minutes."""
    missing = [package["name"] for package in toml("poetry.lock")["package"] if not _has_wheel(package, python)]
    assert missing == []


def _has_wheel(package: dict[str, Any], python: str) -> bool:
    """Is there a file that this Python takes on Linux, where it is wanted at all?"""
    marker = Marker(package["markers"]) if "markers" in package else None
    place = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
    if marker and not any(marker.evaluate({**place, "extra": extra}) for extra in ("", "dev", "sandbox")):
        return True
    names = [file["file"] for file in package["files"] if file["file"].endswith(".whl")]
    return any(_fits(tag.interpreter, tag.abi, python) for name in names for tag in parse_wheel_filename(name)[3])


def _fits(interpreter: str, abi: str, python: str) -> bool:
    minor = int(python.split(".")[1])
    stable = abi == "abi3" and interpreter.startswith("cp3") and int(interpreter[3:] or 0) <= minor
    return stable or interpreter in {"py3", f"py3{minor}", f"cp3{minor}"}


# The workflows


def test_they_are_there() -> None:
    """Tests that look at no workflow pass."""
    assert [path.name for path in WORKFLOWS] == ["release.yml", "test.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path: Path) -> None:
    """A tag of an action can be moved to other code, which then runs with our rights; a commit cannot."""
    for line in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
        assert line.startswith("./") or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_scripts_can_be_read_by_a_shell(path: Path) -> None:
    """A slip in a script is seen on the day of a release, where nobody wants it; and no event's text becomes code."""
    for script in (step["run"] for step in steps(path) if "run" in step):
        plain = re.sub(r"\$\{\{ matrix\.\w+ \}\}", "x", script)
        assert "${{" not in plain, script
        done = subprocess.run(["bash", "-n"], input=plain, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_may_read_and_no_more(path: Path) -> None:
    """What a job may not do, a stolen action cannot do either; no checkout leaves its token in the folder."""
    assert workflow(path.name)["permissions"] == {"contents": "read"}
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_each_job_of_a_release_has_the_rights_of_its_work() -> None:
    """The job that can publish runs none of our code; those that run it cannot publish."""
    jobs = workflow("release.yml")["jobs"]
    rights = {
        name: {right for right, kind in job["permissions"].items() if kind == "write"} for name, job in jobs.items()
    }
    signing = {"id-token", "attestations"}
    assert rights == {
        "test": set(),
        "package": signing,
        "image": {*signing, "packages"},
        "publish": {"id-token"},
        "release": {"contents"},
    }
    assert [name for name, job in jobs.items() if "environment" in job] == ["publish"]
    assert [step for step in jobs["publish"]["steps"] if "run" in step] == []


def test_nothing_is_published_untested() -> None:
    """The tests come before what is built, what is built before what is published."""
    needs = {name: job.get("needs", []) for name, job in workflow("release.yml")["jobs"].items()}
    assert needs == {
        "test": [],
        "package": "test",
        "image": "test",
        "publish": ["package", "image"],
        "release": "publish",
    }


def test_the_image_is_for_both_architectures_and_signed() -> None:
    """Airbyte runs on machines of both kinds, and what it runs can be traced to what was built."""
    used = {step["uses"].split("@")[0]: step["with"] for step in steps(ROOT / "release.yml") if "with" in step}
    build = used["docker/build-push-action"]
    assert (build["platforms"], build["push"]) == ("linux/amd64,linux/arm64", True)
    assert used["actions/attest-build-provenance"]["push-to-registry"] is True
    assert used["actions/attest-sbom"]["push-to-registry"] is True
    assert "password" not in str(used.get("pypa/gh-action-pypi-publish", ""))


# What leaves the tree


class Tree:
    """A copy of what a release reads and changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("README.md", "CHANGELOG.md", "pyproject.toml", "LICENSE"):
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(ROOT / "destination_hubspot_calls", folder / "destination_hubspot_calls")

    def release(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / ".ci/release.py"), *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def metadata(self) -> Metadata:
        """What the index would show of the package."""
        program = "import sys, poetry.core.masonry.api as api; print(api.prepare_metadata_for_build_wheel(sys.argv[1]))"
        command = [sys.executable, "-c", program, str(self.folder)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return Metadata.from_email((self.folder / done.stdout.strip() / "METADATA").read_bytes(), validate=False)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


VERSION = toml("pyproject.toml")["tool"]["poetry"]["version"]
TAG = f"v{VERSION}"


def test_a_tag_is_the_version(tree: Tree) -> None:
    """A tag on the wrong commit would publish one version under the name of another."""
    assert tree.release("check", TAG).returncode == 0
    wrong = tree.release("check", "v99.0.0")
    assert (wrong.returncode, wrong.stderr) == (1, f"the tag is v99.0.0, the package's version is {VERSION}\n")


def test_a_release_says_what_is_new(tree: Tree) -> None:
    """Its text is the version's entry in the changelog, and a version without one is not released."""
    said = tree.release("notes", TAG).stdout
    assert said.startswith("### ")
    assert "\n## " not in said
    (tree.folder / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    assert tree.release("check", TAG).stderr == f"CHANGELOG.md has no entry for {TAG}\n"


def test_what_is_published_links_to_its_repository(tree: Tree) -> None:
    """On the index's page, and in Airbyte's form, a link to a file of the tree leads nowhere."""
    done = tree.release("stamp", "owner/name", TAG)
    assert (done.returncode, done.stderr) == (0, "")
    metadata, files = tree.metadata(), f"https://github.com/owner/name/blob/{TAG}"
    assert metadata.description is not None
    links = LINK.findall(metadata.description)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    ours = [link.removeprefix(f"{files}/") for link in links if link.startswith(files)]
    assert [path for path in ours if not (ROOT / path.partition("#")[0]).exists()] == []
    assert len(ours) >= 5
    pictures = PICTURE.findall(metadata.description)
    assert [link for link in pictures if not link.startswith("https://raw.githubusercontent.com/owner/name/v")] == []
    assert [link for link in pictures if not (ROOT / link.split(f"{TAG}/")[1]).is_file()] == []
    assert pictures
    assert metadata.project_urls is not None
    assert metadata.project_urls["Changelog"] == f"{files}/CHANGELOG.md"
    assert metadata.project_urls["Issues"] == "https://github.com/owner/name/issues"
    spec = (tree.folder / "destination_hubspot_calls/spec.json").read_text(encoding="utf-8")
    assert f'"documentationUrl": "{files}/docs/hubspot-calls.md"' in spec


def test_a_tree_is_stamped_once(tree: Tree) -> None:
    """A second stamp would find nothing to change, so something went wrong before."""
    tree.release("stamp", "owner/name", TAG)
    assert "nothing to change" in tree.release("stamp", "owner/name", TAG).stderr


@pytest.mark.parametrize(
    "name",
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/recipes/README.md", "integration_tests/sandbox/README.md"],
)
def test_links_within_the_tree_lead_somewhere(name: str) -> None:
    """A file that was moved leaves links behind."""
    page = ROOT / name
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_the_addresses_in_the_tree_name_no_repository() -> None:
    """The tree does not know where it is kept: an owner written into it would be wrong in every fork."""
    urls = toml("pyproject.toml")["project"]["urls"]
    assert urls
    assert [url for url in urls.values() if "github.com" in url or not url.startswith("https://")] == []
