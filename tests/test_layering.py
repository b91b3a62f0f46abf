"""pages -> playground -> rnn_engine -> torch, never back; and each file stays small enough to read."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layers import ROWS, picture, row_of

ROOT = Path(__file__).parent.parent
ROOMS = ("pages", "playground", "rnn_engine", "benchmarks")
STANDARD_LIBRARY = sys.stdlib_module_names


def loaded(code: str, *modules: str) -> set[str]:
    """Which of `modules` a fresh interpreter has loaded after running `code`."""
    question = f"{code}\nimport sys\nprint(*(name for name in {modules!r} if name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def imports(path: Path) -> set[str]:
    """The modules that a file imports, by their full names, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def top_level(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def test_the_engine_loads_neither_streamlit_nor_plotly() -> None:
    everything = (
        "from rnn_engine import *\nimport rnn_engine.runs, rnn_engine.scripts.pytorch_script, rnn_engine.baselines"
    )
    assert loaded(everything, "streamlit", "plotly", "playground", "torch") == {"torch"}


def test_describing_experiments_and_keeping_runs_loads_no_torch() -> None:
    code = "from rnn_engine import Experiment, SineTask; import rnn_engine.runs; Experiment(task=SineTask())"
    code += "; import rnn_engine.questions.kinds, rnn_engine.plain"
    assert loaded(code, "torch", "streamlit") == set()


def test_the_server_loads_no_torch() -> None:
    code = "import playground.server, playground.live, playground.settings.controls, playground.data.series, playground.data.texts"
    code += "\nimport playground.panels.writing, playground.panels.forecast, playground.panels.model, playground.laboratory.benches"
    code += "\nimport playground.inside.views"
    assert loaded(code, "torch") == set()


def test_these_checks_can_fail() -> None:
    assert loaded("import rnn_engine; rnn_engine.Trainer", "torch") == {"torch"}
    assert loaded("import playground.settings.form", "streamlit", "torch") == {"streamlit"}


def place(path: Path) -> tuple[str, str]:
    """The room of a file, and which folder or file of the room it is."""
    room, name, *_ = path.relative_to(ROOT).parts
    return room, name.removesuffix(".py")


def modules(path: Path) -> set[str]:
    """What a file imports of the playground and the engine, submodules by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= {name for name in inside if is_module(name)} or {node.module}
    return names


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").exists()


def climbs(room: str, name: str, imported: set[str]) -> set[str]:
    """Which modules imported in a folder (or file) of a room lie above its row, or at another place in it."""
    found = set()
    for module in imported:
        other_room, _, rest = module.partition(".")
        other = rest.partition(".")[0]
        if other_room == room and other and other != name and row_of(room, other) <= row_of(room, name):
            found.add(module)
    return found


ROOMY = [path for room in ROWS for path in files(room) if len(path.relative_to(ROOT).parts) > 2 or path.stem[0] != "_"]


@pytest.mark.parametrize("path", ROOMY, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_between_folders_go_down(path: Path) -> None:
    assert climbs(*place(path), modules(path)) == set()


def test_the_check_of_folders_can_fail() -> None:
    assert modules(ROOT / "playground" / "lessons" / "view.py") >= {"playground.settings.place"}
    climbing = {"rnn_engine.training.data", "rnn_engine.measures"}
    assert climbs("rnn_engine", "network", {*climbing, "rnn_engine.network.cells", "rnn_engine.tasks"}) == climbing
    with pytest.raises(ValueError, match="no row"):
        row_of("rnn_engine", "attic")


def test_the_readme_shows_the_rows_that_are_tested() -> None:
    assert picture() in (ROOT / "README.md").read_text(encoding="utf-8")


FOLDERS = sorted({path.parent for room in (*ROOMS, "tests") for path in files(room)})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_holds_no_more_than_one_can_survey(folder: Path) -> None:
    sources = [path for path in folder.iterdir() if path.suffix in (".py", ".js") and path.name != "__init__.py"]
    assert len(sources) <= 20


@pytest.mark.parametrize("path", files("pages"), ids=lambda path: path.name)
def test_a_page_imports_only_streamlit_the_playground_and_the_engines_values(path: Path) -> None:
    assert top_level(imports(path)) <= {"streamlit", "playground", "rnn_engine"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 100


@pytest.mark.parametrize("path", files("rnn_engine"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_looks_at_no_screen(path: Path) -> None:
    assert not top_level(imports(path)) & {"streamlit", "plotly", "playground", "pages", "pandas"}


@pytest.mark.parametrize("path", files("rnn_engine/runs"), ids=lambda path: path.name)
def test_runs_need_only_the_standard_library_and_the_engine(path: Path) -> None:
    allowed = STANDARD_LIBRARY | {"rnn_engine"} | ({"torch"} if path.name == "worker.py" else set())
    assert top_level(imports(path)) <= allowed


def test_figures_know_neither_streamlit_nor_torch() -> None:
    used = imports(ROOT / "playground" / "figures" / "training.py")
    assert top_level(used - {"rnn_engine.cells"}) <= STANDARD_LIBRARY | {"plotly"}
    assert loaded("import playground.figures.training", "streamlit", "torch") == set()


SCRIPTS = sorted((ROOT / "playground").rglob("*.js"))


@pytest.mark.parametrize(
    "path", [*SCRIPTS, *(path for room in ROOMS for path in files(room))], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_file_is_short_and_named_for_what_it_holds(path: Path) -> None:
    assert path.stem not in {"utils", "util", "common", "helpers", "helper", "misc"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


#: What a recurrence or a gradient of one's own would need.
ARITHMETIC = {"tanh", "sigmoid", "matmul", "einsum", "addmm", "autograd", "grad", "backward", "jacrev", "dot"}


def arithmetic(source: str) -> set[str]:
    """The names and operators in a file by which a recurrence or a gradient could be written."""
    tree = ast.parse(source)
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names |= {function.id for function in called if isinstance(function, ast.Name)}
    products = {"@" for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)}
    return (names & ARITHMETIC) | products


@pytest.mark.parametrize(
    "path",
    [*files("pages"), *files("playground"), *files("rnn_engine/questions")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_page_bench_or_probe_holds_a_recurrence_or_a_gradient_of_its_own(path: Path) -> None:
    assert arithmetic(path.read_text(encoding="utf-8")) == set()


def test_the_check_for_recurrences_can_fail() -> None:
    assert arithmetic("h = torch.tanh(w @ h)") == {"tanh", "@"}
    assert arithmetic((ROOT / "rnn_engine" / "network" / "bptt.py").read_text(encoding="utf-8"))
