"""A run's network, reading: which passage, and what a page asks of it."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.free_running.text import distribution
from rnn_engine.measures.activations import activations, principal_path, saliency, slow_to_quick
from rnn_engine.measures.forgetting import forgetting
from rnn_engine.questions.kinds import PassageAnswer, PassageQuestion, WindowAnswer, WindowQuestion
from rnn_engine.tasks import GeneratedTask
from rnn_engine.tasks.kinds import Classes, Tokens
from rnn_engine.training.data import scaling
from rnn_engine.training.trainer import Trainer

LONGEST = 600  # timesteps that are read
LIKELY = 8  # answers whose probabilities are handed out
FLOPS_LIMIT = 2e10  # for one look at what is forgotten: some seconds


class Passage(NamedTuple):
    """What the network reads, and how it is shown: symbols for tokens, values in original units otherwise."""

    inputs: Tensor  # (T,) tokens, or (T, features) as the network reads them
    symbols: list[str] | None
    values: npt.NDArray[np.float64] | None  # (T,); of several features the first


def passage(experiment: Experiment, text: str = "", length: int = 200) -> Passage:
    """The known symbols of `text` where the task is of text, or else what stands first in the test part."""
    task = experiment.task
    read: npt.NDArray[Any] = task.writes.encode(text[:LONGEST]) if task.writes else np.empty(0)
    if not len(read):
        read = _first_tested(experiment, length)
    if isinstance(task.reads, Tokens):
        return Passage(torch.from_numpy(read), [task.reads.names[token] for token in read], None)
    values = read.astype(np.float64).reshape(len(read), -1)  # (T, features)
    return Passage(torch.from_numpy(scaling(experiment).apply(values)), None, values[:, 0])


def _first_tested(experiment: Experiment, length: int) -> npt.NDArray[Any]:
    """The first `length` elements of the test part (of all, if there is none); of drawn examples the first one, whole."""
    task, training = experiment.task, experiment.training
    if isinstance(task, GeneratedTask):
        return task.test_examples(training.seed, training.sequence_length, training.loss_on).inputs[:, 0]
    begin = experiment.split.test_start if experiment.split.test_windows else 0
    return task.sequence(training.seed)[begin : begin + length].copy()


def look_at(trainer: Trainer, question: PassageQuestion) -> PassageAnswer:
    """How the network reads a passage, and what moved its answer; probabilities are those of temperature 1.

    Raises ValueError where its states are not finite.
    """
    read = passage(trainer.experiment, question.text)
    seen = activations(trainer.network, read.inputs)
    if not np.isfinite(seen.outputs).all():
        raise ValueError("the network's states are not finite")
    reads = trainer.experiment.task.reads
    timesteps, layer = len(read.inputs), min(question.layer, len(seen.hidden))
    at = timesteps if question.timestep is None else min(question.timestep, timesteps)
    classes, output, likely = _classes(trainer.experiment), 0, []
    if classes is not None:
        probabilities = distribution(torch.from_numpy(seen.outputs[at - 1]), temperature=1.0)
        highest, places = probabilities.topk(min(LIKELY, len(classes)))
        likely = [(classes[place], p) for place, p in zip(places.tolist(), highest.tolist(), strict=True)]
        output = int(places[0])
        if question.about == "next" and trainer.experiment.task.writes and at < timesteps:
            output = int(read.inputs[at])
    hidden = seen.hidden[layer - 1]
    path = principal_path(hidden)
    return PassageAnswer(
        step=trainer.step_number,
        symbols=read.symbols,
        joined=isinstance(reads, Tokens) and not reads.separator,
        values=read.values,
        timestep=at,
        hidden=hidden,
        tanh_cell=None if seen.tanh_cell is None else seen.tanh_cell[layer - 1],
        order=slow_to_quick(hidden),
        path=path.points,
        explained=path.explained,
        gates={name: gate[layer - 1] for name, gate in seen.gates.items()},
        time_constants=None if seen.time_constants is None else seen.time_constants[layer - 1],
        asked=None if classes is None else classes[output],
        likely=likely,
        prediction=None if classes is not None else _value(trainer.experiment, seen.outputs[at - 1, 0]),
        saliency=saliency(trainer.network, read.inputs[:at], output),
    )


def forget_in(trainer: Trainer, question: WindowQuestion) -> WindowAnswer:
    """What the run's network forgets of a window of its own length, or as much of it as is quick to work out."""
    experiment = trainer.experiment
    training, hidden = experiment.training, experiment.network.hidden_size
    a_timestep = experiment.cost.flops / (training.batch_size * training.sequence_length)  # there and back
    affordable = int(FLOPS_LIMIT / a_timestep / (hidden + training.sequence_length))
    length = max(2, min(training.sequence_length, affordable))
    inputs = passage(experiment, length=length).inputs[-length:]
    return WindowAnswer(trainer.step_number, forgetting(trainer.network, inputs, question.change, question.size))


def _classes(experiment: Experiment) -> tuple[str, ...] | None:
    """What the outputs stand for; None where the one output is a value."""
    answers = experiment.task.answers
    return answers.names if isinstance(answers, Classes) else None


def _value(experiment: Experiment, output: float) -> float:
    """An output in original units."""
    return float(scaling(experiment).invert(np.array(output)))
