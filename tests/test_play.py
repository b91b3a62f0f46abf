"""play.py sets up once, takes CUDA only if asked, and tests with a browser or fails. Installs nothing."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import play

REPOSITORY = Path(play.__file__).parent
CUDA_REPORT = '{"install": [{"metadata": {"requires_dist": ["filelock", "nvidia-cudnn-cu13==9.20"]}}]}'
CPU_REPORT = '{"install": [{"metadata": {"requires_dist": ["filelock", "sympy>=1.13.3"]}}]}'


class Commands:
    """Stands in for `play.run`: runs nothing, remembers every command, and fails those with a given word."""

    def __init__(self, *failing: str) -> None:
        self.failing = set(failing)
        self.seen: list[str] = []

    def __call__(self, *command: str, quietly: bool = False) -> bool:
        self.seen.append(" ".join(command))
        return not any(word in self.seen[-1] for word in self.failing)

    def mentioning(self, word: str) -> list[str]:
        return [command for command in self.seen if word in command]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone in which `venv` makes an empty file instead of a Python."""
    (tmp_path / "requirements.txt").write_text("torch>=2.9,<=2.13.0\nstreamlit<2\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest\n")
    python = tmp_path / ".venv" / "python"
    monkeypatch.setattr(play, "ROOT", tmp_path)
    monkeypatch.setattr(play, "VENV", python.parent)
    monkeypatch.setattr(play, "STAMP", python.parent / "installed.txt")
    monkeypatch.setattr(play, "PYTHON", str(python))

    def make_venv(folder: Path, **_options: bool) -> None:
        folder.mkdir(exist_ok=True)
        python.touch()

    monkeypatch.setattr(play.venv, "create", make_venv)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands()
    monkeypatch.setattr(play, "run", commands)
    return commands


@pytest.fixture
def set_up(checkout: Path, run: Commands) -> Callable[..., list[str]]:
    """Set up in the fresh clone and hand back what had to be run for it."""

    def set_up(*files: str, build: str = "CPU") -> list[str]:
        run.seen.clear()
        play.set_up(*(files or ["requirements.txt"]), build=build)
        return list(run.seen)

    return set_up


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs that this machine has: none, until a test adds some."""
    programs: set[str] = set()
    monkeypatch.delenv("PLAYGROUND_BROWSER", raising=False)
    monkeypatch.setattr(play.shutil, "which", lambda name: name if name in programs else None)
    return programs


# --- Set-up


def test_a_second_start_installs_nothing(set_up):
    assert set_up() != []
    assert set_up() == []


def test_a_changed_requirement_file_means_set_up_again(set_up, checkout):
    set_up()
    (checkout / "requirements.txt").write_text("torch>=2.9,<=2.13.0\nstreamlit<3\n")
    assert set_up() != []


def test_another_python_means_set_up_again(set_up, monkeypatch):
    set_up()
    monkeypatch.setattr(play.sys, "version_info", (3, 99, 0))
    assert set_up() != []


def test_a_lost_python_means_set_up_again(set_up):
    set_up()
    Path(play.PYTHON).unlink()
    assert set_up() != []


def test_the_tests_need_more_than_the_app_and_the_app_no_more_than_the_tests(set_up):
    set_up("requirements.txt")
    assert set_up("requirements.txt", "requirements-dev.txt") != []
    assert set_up("requirements.txt") == []


def test_a_failed_installation_is_tried_again(set_up, run):
    run.failing = {"-r requirements.txt"}
    with pytest.raises(SystemExit, match="installation failed"):
        set_up()
    run.failing = set()
    assert set_up() != []


def test_an_interruption_also_undoes_what_was_installed_before(set_up, checkout, run, monkeypatch):
    set_up()
    before = (checkout / "requirements.txt").read_text()
    (checkout / "requirements.txt").write_text(before + "numpy<3\n")
    monkeypatch.setattr(play, "make_venv", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        set_up()
    monkeypatch.undo()
    assert not (checkout / ".venv" / "installed.txt").exists()


def test_a_python_that_makes_no_environments_says_what_to_install(checkout, run, monkeypatch):
    monkeypatch.setattr(play.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        play.make_venv()


# --- PyTorch


def pip_offers(monkeypatch: pytest.MonkeyPatch, report: str) -> None:
    answer = subprocess.CompletedProcess([], 0, stdout=report)
    monkeypatch.setattr(play.subprocess, "run", lambda *_, **__: answer)


def test_torch_comes_from_its_own_index_and_nothing_else_does(checkout, run):
    play.install_torch("CPU")
    [command] = run.seen
    assert "torch==2.13.0+cpu" in command
    assert play.CPU_WHEELS in command
    assert "--no-deps" in command


def test_cuda_build_is_refused_unless_asked_for(checkout, run, monkeypatch):
    run.failing = {"+cpu"}  # PyTorch's own index cannot be reached
    pip_offers(monkeypatch, CUDA_REPORT)
    with pytest.raises(SystemExit, match="No CPU build of PyTorch"):
        play.install_torch("CPU")
    assert len(run.seen) == 1
    play.install_torch("CUDA")
    assert run.mentioning("torch===2.13.0")


def test_a_cpu_build_in_the_package_index_will_do(checkout, run, monkeypatch):
    run.failing = {"+cpu"}
    pip_offers(monkeypatch, CPU_REPORT)
    play.install_torch("CPU")
    assert run.seen[-1].endswith("torch==2.13.0")


def test_asking_for_cuda_installs_even_where_all_is_installed(set_up):
    set_up()
    assert set_up(build="CUDA") != []
    assert set_up() == []  # and it stays, unasked


@pytest.mark.parametrize(("platform", "steps"), [("linux", 1), ("darwin", 0), ("win32", 0)])
def test_torch_has_a_step_of_its_own_only_where_pip_would_take_cuda(platform, steps, set_up, monkeypatch):
    monkeypatch.setattr(play.sys, "platform", platform)
    assert len([command for command in set_up() if "torch==" in command]) == steps


# --- Browser


def test_browser_order_prefers_the_environment_variable(installed, run, monkeypatch):
    installed |= {"/opt/my-browser", "chromium"}
    monkeypatch.setenv("PLAYGROUND_BROWSER", "/opt/my-browser")
    assert play.find_browser() == "/opt/my-browser"
    assert run.seen == []


def test_a_named_browser_that_is_not_there_is_a_failure(installed, monkeypatch):
    installed |= {"chromium"}
    monkeypatch.setenv("PLAYGROUND_BROWSER", "/opt/my-browser")
    with pytest.raises(SystemExit, match="/opt/my-browser"):
        play.find_browser()


@pytest.mark.parametrize("browser", play.BROWSERS)
def test_an_installed_browser_needs_no_download(browser, installed, run):
    installed |= {browser}
    assert play.find_browser() == browser
    assert run.seen == []


def test_playwrights_own_browser_comes_before_a_download(installed, run):
    installed |= {"apt-get"}
    assert play.find_browser() == ""
    assert run.mentioning("playwright install") == run.mentioning("apt-get") == []


def test_playwright_downloads_before_debian_does(installed, run, monkeypatch):
    installed |= {"apt-get"}
    started = iter([False, True])
    monkeypatch.setattr(play, "run", lambda *c, **o: run(*c, **o) and (play.LAUNCH not in c or next(started)))
    assert play.find_browser() == ""
    assert run.mentioning("--only-shell")
    assert not run.mentioning("apt-get")


def test_debian_installs_chromium_where_playwright_cannot(installed, run, monkeypatch):
    installed |= {"apt-get"}
    run.failing = {"playwright"}

    def apt_installs(*command: str, quietly: bool = False) -> bool:
        if command[:2] == ("apt-get", "install"):
            installed.add("chromium")
        return run(*command)

    monkeypatch.setattr(play, "run", apt_installs)
    assert play.find_browser() == "chromium"
    assert [command.split()[1] for command in run.mentioning("apt-get")] == ["update", "install"]


def test_no_browser_is_a_failure_and_not_a_skip(installed, run):
    run.failing = {"playwright"}
    with pytest.raises(SystemExit, match="need a browser"):
        play.find_browser()


# --- Tests


def test_every_part_runs_and_the_browser_is_handed_on(run, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_BROWSER", "something else")
    with pytest.raises(SystemExit) as end:
        play.run_tests("/opt/chrome", ["-k", "gradient"])
    assert end.value.code == 0
    parts = [command.partition(" -m ")[2] for command in run.seen]
    assert parts == ["ruff check", "ruff format --check", "mypy", "tests -k gradient"]
    assert os.environ["PLAYGROUND_BROWSER"] == "/opt/chrome"


@pytest.mark.parametrize("part", play.TEST_PARTS)
def test_one_failing_part_fails_the_whole_and_keeps_no_other_from_running(part, run, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_BROWSER", "")
    run.failing = {part}
    with pytest.raises(SystemExit, match=f"Failed: {part}$"):
        play.run_tests("", [])
    assert len(run.seen) == len(play.TEST_PARTS)


# --- The files around play.py


def test_play_is_standard_library_only_and_short():
    source = Path(play.__file__).read_text("utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
    assert len(source.splitlines()) <= 150


def test_an_older_python_can_read_far_enough_to_say_why_it_stops():
    tree = ast.parse(Path(play.__file__).read_text("utf-8"), feature_version=(3, 7))
    first = next(node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom))
    assert "version_info" in ast.unparse(first)


def requirements(name: str) -> list[str]:
    lines = (REPOSITORY / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("line", requirements("requirements.txt") + requirements("requirements-dev.txt"))
def test_every_dependency_is_bounded_above_and_says_why_it_is_there(line):
    requirement, _, reason = line.partition("#")
    assert "<" in str(Requirement(requirement.strip()).specifier)
    assert reason.strip()


def test_torch_lets_in_the_tested_cpu_build_and_nothing_newer():
    [line] = [line for line in requirements("requirements.txt") if line.startswith("torch")]
    allowed = Requirement(line.partition("#")[0]).specifier
    assert allowed.contains("2.13.0")
    assert allowed.contains("2.13.0+cpu")
    assert not allowed.contains("2.13.1")


def test_the_version_of_torch_is_written_in_one_place_only():
    assert not re.search(r"\d+\.\d+\.\d+", Path(play.__file__).read_text("utf-8"))


def test_continuous_integration_runs_what_contributors_run():
    assert "python3 play.py test" in (REPOSITORY / ".ci/run").read_text("utf-8")
    assert "python play.py test" in (REPOSITORY / ".github/workflows/test.yml").read_text("utf-8")
    assert "python3 play.py test" in (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")


def test_streamlit_knows_every_option_that_is_set():
    """It only warns of a misspelt option, and goes on with the default."""
    from streamlit import config

    settings = tomllib.loads((REPOSITORY / ".streamlit/config.toml").read_text("utf-8"))
    themes = settings.pop("theme")
    options = [f"{section}.{name}" for section, values in settings.items() for name in values]
    for variant in ("light", "dark"):
        options += [f"theme.{variant}.{name}" for name in themes.pop(variant)]
    options += [f"theme.{name}" for name in themes]
    assert set(options) <= config.get_config_options().keys()
