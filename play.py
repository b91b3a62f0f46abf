"""Sets up the playground and opens it, or tests it. Needs nothing but Python 3.11 or newer.

    python3 play.py [streamlit options]      set up, then open the app in the browser
    python3 play.py test [pytest options]    set up, then run every check and every test

All packages go into `.venv` beside this file, and a second start installs nothing. PyTorch comes in its
CPU build; `--cuda` takes the CUDA build instead (Linux only, several GB). On Windows: `py play.py`.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python shall read this far and say why it stops
    sys.exit(f"The playground needs Python 3.11 or newer, and this is Python {sys.version.split()[0]}.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
PIP_INSTALL = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install"]
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
TEST_PARTS = ["ruff check", "ruff format --check", "mypy", "tests"]

LAUNCH = "from playwright.sync_api import sync_playwright as s\nwith s() as p: p.chromium.launch().close()"
PROGRAMS = [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
BROWSERS = [
    *("chromium", "google-chrome", "google-chrome-stable", "microsoft-edge", "chromium-browser"),
    *map("/Applications/{0}.app/Contents/MacOS/{0}".format, ("Google Chrome", "Chromium", "Microsoft Edge")),
    *(rf"{folder}\Google\Chrome\Application\chrome.exe" for folder in PROGRAMS),
    *(rf"{folder}\Microsoft\Edge\Application\msedge.exe" for folder in PROGRAMS),
]


def set_up(*requirement_files: str, build: str) -> None:
    """Install the requirement files into .venv, unless exactly these have been installed before."""
    wanted = fingerprint(*requirement_files)
    if build == "CPU" and Path(PYTHON).exists() and STAMP.exists() and STAMP.read_text().startswith(wanted):
        return
    STAMP.unlink(missing_ok=True)  # an installation that is interrupted counts as none
    make_venv()
    if sys.platform == "linux":  # elsewhere the build that pip takes is the CPU's anyway
        install_torch(build)
    print(f"\n== Installing {requirement_files[-1]}", flush=True)
    if not run(*PIP_INSTALL, "-r", requirement_files[-1]):
        sys.exit("\nThe installation failed; pip says why above. The next start tries again.")
    STAMP.write_text(wanted)


def fingerprint(*requirement_files: str) -> str:
    """One line per file, so that what the tests need begins with what the app needs."""
    setting = f"Python {sys.version_info[:2]}\n".encode()
    contents = [setting + (ROOT / name).read_bytes() for name in requirement_files]
    return "".join(hashlib.sha256(content).hexdigest() + "\n" for content in contents)


def make_venv() -> None:
    """Make .venv anew, unless there is one with this Python and a working pip."""
    probe = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if Path(PYTHON).exists() and run(PYTHON, "-c", probe, quietly=True):
        return
    if not importlib.util.find_spec("ensurepip"):
        sys.exit("This Python makes no virtual environments. On Debian and Ubuntu: apt install python3-venv")
    print(f"\n== Making {VENV}", flush=True)
    venv.create(VENV, with_pip=True, clear=True, symlinks=os.name != "nt")


def install_torch(build: str) -> None:
    """Put the wanted build in place first: left alone, pip takes the CUDA build, several GB."""
    [version] = re.findall(r"(?m)^torch\b.*<=([\d.]+)", (ROOT / "requirements.txt").read_text("utf-8"))
    print(f"\n== Installing PyTorch {version}, {build} build", flush=True)
    exactly = f"torch==={version}"  # an installed CPU build would satisfy `==`
    done = run(*PIP_INSTALL, "--no-deps", exactly) if build == "CUDA" else install_cpu_torch(version)
    if not done:
        sys.exit(
            f"\nNo {build} build of PyTorch {version} for Python {sys.version.split()[0]}; see above.\n"
            f"Can you reach {CPU_WHEELS}? `--cuda` takes the CUDA build instead, several GB."
        )


def install_cpu_torch(version: str) -> bool:
    """From PyTorch's own index, or from the package index if the build there needs no package of NVIDIA's."""
    from_pytorch = ["--extra-index-url", CPU_WHEELS, "--retries", "1", "--timeout", "15"]
    if run(*PIP_INSTALL, "--no-deps", f"torch=={version}+cpu", *from_pytorch):
        return True
    ask = [*PIP_INSTALL, "--quiet", "--dry-run", "--no-deps", "--report", "-", f"torch=={version}"]
    report = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False).stdout
    is_cuda_build = '"nvidia-' in report or '"cuda-' in report
    return not is_cuda_build and run(*PIP_INSTALL, "--no-deps", f"torch=={version}")


def find_browser() -> str:
    """The path of a browser for the tests, or "" for Playwright's own; none at all is a failure."""
    chosen = os.environ.get("PLAYGROUND_BROWSER")
    if chosen:
        return shutil.which(chosen) or sys.exit(f"PLAYGROUND_BROWSER is {chosen}: there is no such program.")
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    if installed:
        return installed
    launch = [PYTHON, "-c", LAUNCH]
    install = [PYTHON, "-m", "playwright", "install", "--only-shell", "chromium"]
    if run(*launch, quietly=True) or (run(*install) and run(*launch)):
        return ""
    if shutil.which("apt-get") and run("apt-get", "update"):
        run("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    return shutil.which("chromium") or sys.exit("The tests need a browser: install Chromium, Chrome or Edge.")


def run_tests(browser: str, pytest_options: list[str]) -> None:
    """Run every part, also after one has failed."""
    os.environ["PLAYGROUND_BROWSER"] = browser
    print(f"\n== Browser: {browser or 'the one that came with Playwright'}")
    failed = []
    for part in TEST_PARTS:
        print(f"\n== {part}", flush=True)
        if not run(PYTHON, "-m", *part.split(), *(pytest_options if part == "tests" else [])):
            failed.append(part)
    sys.exit(f"\nFailed: {', '.join(failed)}" if failed else 0)


def open_app(streamlit_options: list[str]) -> None:
    """Become the app, so that Ctrl-C and signals reach it directly and it closes in order."""
    command = [PYTHON, "-m", "streamlit", "run", "app.py", *streamlit_options]
    if os.name != "nt":
        os.execv(PYTHON, command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows cannot: wait there, and leave Ctrl-C to the app
    sys.exit(subprocess.call(command))


def run(*command: str, quietly: bool = False) -> bool:
    return subprocess.run(command, capture_output=quietly, check=False).returncode == 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends this without a traceback
    os.chdir(ROOT)
    options = [argument for argument in sys.argv[1:] if argument != "--cuda"]
    build = "CUDA" if "--cuda" in sys.argv else "CPU"
    if options[:1] == ["test"]:
        set_up("requirements.txt", "requirements-dev.txt", build=build)
        run_tests(find_browser(), options[1:])
    set_up("requirements.txt", build=build)
    open_app(options)
