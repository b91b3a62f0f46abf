"""`python -m tests [pytest options]`: every test, in two halves side by side, since one of them waits for a browser.

With options, such as `-k gradient`, it is one ordinary pytest. What the half in the browser prints is shown when both
have ended; the exit status is 0 only if both went well.
"""

import os
import subprocess
import sys
import tempfile

HALVES = (("-m", "not browser"), ("-m", "browser"))


def pytest(*options: str) -> list[str]:
    """The command of a pytest with these options."""
    return [sys.executable, "-m", "pytest", *options]


def _step_back() -> None:
    os.nice(10)  # the browser's half measures times, this one does not


def main(options: list[str]) -> int:
    """Run the tests; the exit status."""
    if options:
        return subprocess.call(pytest(*options))
    here, beside = (pytest(*half) for half in HALVES)
    with tempfile.TemporaryFile() as output:
        other = subprocess.Popen(beside, stdout=output, stderr=subprocess.STDOUT)
        status = subprocess.call(here, preexec_fn=_step_back if os.name == "posix" else None)
        print("\n== In the browser, beside all this", flush=True)
        other_status = other.wait()
        output.seek(0)
        print(output.read().decode(errors="replace"), flush=True)
    return status or other_status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
