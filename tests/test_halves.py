"""`python -m tests` runs every test once, shows both halves' output, and fails if either does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import __main__ as halves

ROOT = Path(__file__).parent.parent


def collected(*options: str) -> set[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        *options,
        "tests/browser",
        "tests/test_halves.py",
    ]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line for line in lines if "::" in line}


def test_every_test_stands_in_one_half_and_only_in_one() -> None:
    one, other = (collected(*half) for half in halves.HALVES)
    assert one
    assert other
    assert not one & other
    assert one | other == collected()


@pytest.mark.parametrize(("here", "beside"), [(0, 0), (1, 0), (0, 2)])
def test_it_fails_if_either_half_does_and_shows_what_both_print(
    here: int, beside: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def ending_with(number: int, said: str) -> list[str]:
        return [sys.executable, "-c", f"print('{said}'); raise SystemExit({number})"]

    commands = {halves.HALVES[0]: ending_with(here, "one half"), halves.HALVES[1]: ending_with(beside, "the other")}
    monkeypatch.setattr(halves, "pytest", lambda *half: commands[half])
    assert bool(halves.main([])) == bool(here or beside)
    shown = capfd.readouterr().out
    assert "one half" in shown
    assert "the other" in shown


def test_options_make_it_one_ordinary_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def call(command: list[str], **how: object) -> int:
        called.append(command)
        return 3

    monkeypatch.setattr(subprocess, "call", call)
    assert halves.main(["-k", "gradient"]) == 3
    assert called == [[sys.executable, "-m", "pytest", "-k", "gradient"]]
