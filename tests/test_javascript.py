"""What ruff is to the Python files, oxlint and oxfmt are to the browser's scripts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program that was installed beside this Python."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = [shutil.which(program, path=path) or program, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_linter_finds_nothing_in_the_scripts() -> None:
    found = run("oxlint", "--deny-warnings", "playground")
    assert found.returncode == 0, found.stdout


def test_the_scripts_are_formatted() -> None:
    found = run("oxfmt", "--check", "playground")
    assert found.returncode == 0, f"`oxfmt playground` formats them.\n{found.stdout}"


def test_these_checks_can_fail(tmp_path: Path) -> None:
    (tmp_path / "faulty.js").write_text("const one = 1\nconst two = missing\n")
    linted = run("oxlint", "--deny-warnings", "-c", str(ROOT / ".oxlintrc.json"), str(tmp_path))
    assert "'missing' is not defined" in linted.stdout
    assert linted.returncode != 0
    assert run("oxfmt", "--check", str(tmp_path)).returncode != 0
