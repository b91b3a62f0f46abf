"""The exported script is an experiment again: run by itself, it prints the losses that the engine measures."""

import ast
import contextlib
import io
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_engine import Experiment, NetworkConfig, SeriesTask, SineTask, TextTask, TrainingConfig, WordTask, train
from rnn_engine import gradient_flow as measure_gradient_flow
from rnn_engine.cells import Cell
from rnn_engine.configs import Init, Optimizer
from rnn_engine.scripts.pytorch_script import plain_script
from rnn_engine.tasks.sine import Waveform
from rnn_engine.training.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
SINE = SineTask(length=150)
SERIES = SeriesTask(values=(300 + 40 * np.sin(np.arange(130) * 0.4) + np.arange(130)).tolist(), name="Passengers")
TEXT = TextTask(text="床前明月光,疑是地上霜。\n" + "To be, or 'not' to \"be\" \\ 🙂 e\u0301\r\n" * 5)
WORDS = WordTask(text="the focus of his 'work' today is\n recurrence . 我 爱 中国 " * 12)


def experiment_of(task: Any, network: dict[str, Any] | None = None, **training: Any) -> Experiment:
    return Experiment(
        task=task,
        network=NetworkConfig.model_validate({"hidden_size": 8} | (network or {})),
        training=TrainingConfig.model_validate({"sequence_length": 12, "batch_size": 16, "epochs": 3} | training),
    )


def printed_by_a_student(experiment: Experiment, folder: Path) -> str:
    """What the script prints, saved as a file and run in a folder without the engine; a warning is an error."""
    file = folder / "experiment.py"
    file.write_text(plain_script(experiment), encoding="utf-8", newline="")
    command = [sys.executable, "-I", "-W", "error", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed_by(experiment: Experiment) -> str:
    """The same in this process, which has torch already: ten times as fast."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(plain_script(experiment), "experiment.py", "exec"), {})
    return printed.getvalue()


def losses(output: str) -> list[dict[str, float]]:
    """The losses of every epoch."""
    lines = [line for line in output.splitlines() if line.startswith("epoch")]
    return [
        {name: float(value) for name, value in re.findall(r"(train|test) loss (\S+?)(?:,|$)", line)} for line in lines
    ]


CASES: dict[str, Experiment] = {
    **{f"sine {cell}": experiment_of(SINE, {"cell": cell}) for cell in get_args(Cell)},
    **{f"{waveform} wave": experiment_of(SineTask(waveform=waveform, length=80, phase=0.5, amplitude=2, noise=0.1))
       for waveform in get_args(Waveform)},
    **{optimizer: experiment_of(SERIES, {"cell": "gru"}, optimizer=optimizer, schedule="cosine")
       for optimizer in get_args(Optimizer)},
    **{f"{init} {cell}": experiment_of(SINE, {"cell": cell, "init": init, "gain": 0.9, "num_layers": 2})
       for init, cell in zip(get_args(Init), ["lstm", "gru", "rnn_relu", "lstm", "rnn_relu", "gru"], strict=True)},
    "forget bias": experiment_of(SERIES, {"cell": "lstm", "forget_bias": 2, "num_layers": 2}),
    "series with all": experiment_of(SERIES, {"cell": "lstm"}, loss_on="all", clip_norm=0.5),
    "both clips": experiment_of(SERIES, optimizer="sgd", clip_norm=0.3, clip_value=0.1, learning_rate=0.1),
    "text with all": experiment_of(TEXT, {"cell": "gru", "embedding_size": 5}, loss_on="all"),
    "text with last": experiment_of(TEXT, {"num_layers": 2}, seed=7),
    "words with all": experiment_of(WORDS, {"cell": "gru"}, loss_on="all"),
    "words with last": experiment_of(WORDS),
    "no test part": experiment_of(TEXT, {"cell": "lstm"}, test_fraction=0),
}  # fmt: skip


def assert_the_engine_measures_the_same(experiment: Experiment, output: str) -> None:
    engine, script = list(train(experiment)), losses(output)
    assert len(script) == len(engine) == 3
    for shown, snapshot in zip(script, engine, strict=True):
        assert shown["train"] == pytest.approx(snapshot.train_loss, rel=1e-3)
        if experiment.split.test_windows:
            assert shown["test"] == pytest.approx(snapshot.test_loss, rel=1e-3)
        else:
            assert "test" not in shown
            assert snapshot.test_loss is None


@pytest.mark.parametrize("name", CASES)
def test_the_script_reproduces_the_experiment(name: str) -> None:
    assert_the_engine_measures_the_same(CASES[name], printed_by(CASES[name]))


@pytest.mark.parametrize("name", ["sine rnn_tanh", "series with all", "text with all"])
def test_the_script_runs_by_itself(name: str, tmp_path: Path) -> None:
    assert_the_engine_measures_the_same(CASES[name], printed_by_a_student(CASES[name], tmp_path))


@pytest.mark.parametrize("task", [SINE, SERIES, TEXT, WORDS], ids=["sine", "series", "text", "words"])
def test_the_script_s_gradient_flow_is_the_engine_s(task: Any) -> None:
    experiment = experiment_of(task, epochs=1)
    flow = [float(value) for value in re.findall(r"gradient flow (\S+)", printed_by(experiment))]
    trainer = Trainer(experiment)
    while trainer.step():
        pass
    batch = trainer._data.batch(torch.arange(16), torch.float32)
    expected = measure_gradient_flow(trainer.network, batch.inputs.transpose(0, 1), batch.targets).hidden[0]
    assert flow == pytest.approx(expected.tolist(), rel=1e-2)


@pytest.mark.parametrize("name", CASES)
def test_the_script_is_short_and_needs_only_torch_and_numpy(name: str) -> None:
    script = plain_script(CASES[name])
    imported = {
        alias.name.split(".")[0] if isinstance(node, ast.Import) else (node.module or "")
        for node in ast.walk(ast.parse(script))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {"torch", "numpy"}
    assert len(script.splitlines()) <= 110  # some 20 of them data
    assert max(len(line) for line in script.splitlines()) <= 120
    assert "\n\n\n\n" not in script
    assert script.endswith("\n")
    assert not script.endswith("\n\n")


def test_settings_that_change_nothing_leave_no_line_behind() -> None:
    script = plain_script(Experiment(task=SineTask()))
    for word in ("clip", "schedule", "nn.init", "all_weights", "default_rng", "data.mean"):
        assert word not in script
    assert "forget" not in plain_script(experiment_of(SINE, {"cell": "gru", "forget_bias": 1}))


def data_of(script: str, name: str) -> Any:
    """The literal that the script assigns to `name`, read without running it."""
    for node in ast.parse(script).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            return ast.literal_eval(value)
    raise AssertionError(f"no {name}")


@settings(deadline=None)  # other processes share the machine
@given(st.text(min_size=20, max_size=300).filter(lambda text: len(set(text)) > 1))
def test_any_text_stands_in_the_script_as_it_is(text: str) -> None:
    script = plain_script(experiment_of(TextTask(text=text)))
    assert data_of(script.encode().decode(), "text") == text


@settings(deadline=None)  # other processes share the machine
@given(
    st.lists(st.floats(-1e100, 1e100), max_size=30),
    st.text(max_size=50),
)
def test_any_series_stands_in_the_script_as_it_is_and_its_name_stays_a_comment(values: list[float], name: str) -> None:
    task = SeriesTask(values=(*range(20), *values), name=name)
    script = plain_script(experiment_of(task))
    assert data_of(script, "data") == list(task.values)
    unnamed = plain_script(experiment_of(task.model_copy(update={"name": ""})))
    assert ast.dump(ast.parse(script)) == ast.dump(ast.parse(unnamed))


def test_a_name_cannot_smuggle_code_into_the_script() -> None:
    for line_break in ("\n", "\r", "\r\n", "\x0c", "\u2028", "\x85", "\x00"):
        script = plain_script(experiment_of(SeriesTask(values=tuple(range(40)), name=f"x{line_break}import os")))
        assert "os" not in {node.id for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Name)}
        assert not re.search(r"^\s*import os", script, re.MULTILINE)


def test_the_longest_data_still_give_a_script_that_can_be_read() -> None:
    text = "To be, or not to be, that is the question\n" * 23_000
    started = time.perf_counter()
    script = plain_script(experiment_of(TextTask(text=text)))
    assert time.perf_counter() - started < 5
    assert data_of(script, "text") == text
