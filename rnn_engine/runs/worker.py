"""What happens inside a worker process: it holds live trainers and advances them by slices of time.

Everything that comes in or goes out is a value that needs no torch. Torch is imported here and nowhere else in this folder.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from array import array
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rnn_engine.experiment import Experiment
from rnn_engine.plain import CHART_DIGITS, row
from rnn_engine.questions.kinds import Answer, Question, RunQuestion
from rnn_engine.runs.frame import frame_of

if TYPE_CHECKING:
    from rnn_engine.training.trainer import Trainer

Change = tuple[int, str, float | None]  # (step before which it takes effect, setting, value)

#: Trainers kept in memory; a run that was evicted goes on from its checkpoint.
MOST_TRAINERS = 16
#: At most this share of the time goes into measurements for the screen.
LOOKING_SHARE = 0.05
LOOK_EVERY = 0.1  # seconds between two looks, at least: more often nobody sees
SAMPLE_EVERY = 2.0  # seconds between two live text samples, at least
SAMPLE_LENGTH = 160
CHECKPOINT_EVERY = 2.0  # seconds


@dataclass(frozen=True)
class Order:
    """One slice of work on a run."""

    run_id: str
    step: int | None  # the step the run's books say; None: rebuild from the checkpoint whatever is held
    experiment: Experiment | None  # with `checkpoint`: sent when the worker may not hold the trainer
    checkpoint: bytes | None
    changes: tuple[Change, ...]  # live changes at or after the first step of this slice
    seconds: float  # stop asking for steps after so long
    max_steps: int
    temperature: float = 0.8
    probing: bool = False  # look at the gradient flow of a fixed batch, and at how dL/dW_hh is made up, too
    closing: bool = False  # once all `max_steps` are done: look, and bring a checkpoint


@dataclass(frozen=True)
class Slice:
    """What a slice brought back."""

    first: int  # index of the first loss: the step the slice began at
    losses: "array[float]"  # one a step; NaN where the loss was not finite
    step: int
    frame: dict[str, Any]  # the readings of the last step; those of the test part only after a look
    finished: bool
    diverged: str | None
    checkpoint: bytes | None
    sample: str | None


@dataclass(frozen=True)
class Subject:
    """Whose network a question is about; with the experiment and its checkpoint if the worker may not hold it."""

    run_id: str
    experiment: Experiment | None = None
    checkpoint: bytes | None = None


class NotHeld(Exception):
    """The worker does not hold this run's trainer at this step: send the experiment and its checkpoint."""


@dataclass
class _Held:
    trainer: "Trainer"
    next_look: float = 0.0  # when, by the monotonic clock, to look again
    next_sample: float = 0.0
    next_checkpoint: float = field(default_factory=lambda: time.monotonic() + CHECKPOINT_EVERY)


_held: OrderedDict[str, _Held] = OrderedDict()


def start() -> None:
    """Prepare a fresh worker process: one torch thread, and an end together with the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    # A pool's worker holds both ends of its queue, so it would never see the end of a server that was killed.
    server = multiprocessing.parent_process()
    if server is not None:
        multiprocessing.connection.wait([server.sentinel])
        os._exit(0)


def warm() -> int:
    """Load torch and train one small step, so that the first real one is quick; returns the process id.

    The fast tier's kernels are loaded, too, or, where this machine has not compiled them yet, compiled beside whatever
    happens next: runs that start before they are ready train with the reference tier.
    """
    import torch

    from rnn_engine.tasks import SineTask
    from rnn_engine.training import kernels
    from rnn_engine.training.trainer import Trainer

    torch.set_num_threads(1)  # two threads on busy cores are many times slower than one
    if kernels.compiled():
        kernels.warm_up()
    else:
        threading.Thread(target=_compile, daemon=True).start()
    trainer = Trainer(Experiment(task=SineTask(length=60)))
    trainer.step()
    trainer.snapshot()
    return os.getpid()


def _compile() -> None:
    from rnn_engine.training import kernels

    with contextlib.suppress(ImportError):  # without numba the reference tier trains for good
        kernels.warm_up()


def advance(order: Order) -> Slice:
    """Train for one slice. Raises NotHeld when the trainer has to be sent."""
    began = time.monotonic()
    held = _take(order)
    trainer = held.trainer
    first, losses = trainer.step_number, array("d")
    changes: dict[int, list[tuple[str, float | None]]] = {}
    for step, name, value in order.changes:
        changes.setdefault(step, []).append((name, value))
    while len(losses) < order.max_steps:
        for name, value in changes.get(trainer.step_number, ()):
            if name != "temperature":
                trainer.set(name, value)
        if not trainer.step():
            break
        losses.append(trainer.loss)
        if time.monotonic() - began >= order.seconds:
            break
    ended = trainer.finished or trainer.diverged is not None
    closing = ended or (order.closing and len(losses) == order.max_steps)
    frame = _look(held, closing, order.probing)
    sample = _sample(held, order.temperature, closing)
    checkpoint = None
    if closing or time.monotonic() >= held.next_checkpoint:
        checkpoint = trainer.checkpoint()
        held.next_checkpoint = time.monotonic() + CHECKPOINT_EVERY
    return Slice(first, losses, trainer.step_number, frame, trainer.finished, trainer.diverged, checkpoint, sample)


def release(run_id: str) -> None:
    """Forget a run's trainer."""
    _held.pop(run_id, None)


def _take(order: Order) -> _Held:
    held = _held.get(order.run_id)
    if held is None or order.step is None or held.trainer.step_number != order.step:
        if order.experiment is None:
            raise NotHeld(order.run_id)
        held = _held[order.run_id] = _Held(_rebuild(order.experiment, order.checkpoint))
        while len(_held) > MOST_TRAINERS:
            _held.popitem(last=False)
    _held.move_to_end(order.run_id)
    return held


def _rebuild(experiment: Experiment, checkpoint: bytes | None) -> "Trainer":
    from rnn_engine.training.trainer import Trainer

    return Trainer(experiment) if checkpoint is None else Trainer.restore(experiment, checkpoint)


def _look(held: _Held, must: bool, probing: bool) -> dict[str, Any]:
    """The readings of the last step; the test part is evaluated only now and then, within looking's share."""
    looking = must or time.monotonic() >= held.next_look
    began = time.thread_time()  # not the clock's: on a busy machine that counts what others do
    test_windows = held.trainer.experiment.live_test_windows if looking else 0
    frame = frame_of(held.trainer.snapshot(test_windows, weight_parts=looking and probing))
    if looking and probing and held.trainer.experiment.network.has_states:
        flow = held.trainer.probe()
        cell = None if flow.cell is None else row(flow.cell[-1], CHART_DIGITS)
        frame["probe"] = {
            "step": frame["step"], "flow": row(flow.hidden[-1], CHART_DIGITS), "cell": cell, "horizon": flow.horizon,
        }  # fmt: skip
    if looking:
        held.next_look = time.monotonic() + max(LOOK_EVERY, (time.thread_time() - began) / LOOKING_SHARE)
        return frame
    return {name: value for name, value in frame.items() if value is not None}  # what only a look finds stays as it was


def _sample(held: _Held, temperature: float, must: bool) -> str | None:
    if held.trainer.experiment.task.writes is None or (time.monotonic() < held.next_sample and not must):
        return None
    from rnn_engine.free_running.text import generate_text

    began = time.thread_time()
    text = generate_text(held.trainer, length=SAMPLE_LENGTH, temperature=temperature, seed=held.trainer.step_number)
    cost = time.thread_time() - began
    held.next_sample = time.monotonic() + max(SAMPLE_EVERY, cost / LOOKING_SHARE)
    return text


# Calls outside a run's slices: what a page asks of the network as it stands.


def ask(subject: Subject, question: RunQuestion[Answer]) -> Answer:
    """Answer a question about a run's network. Raises NotHeld like `advance`."""
    from rnn_engine.questions.about_a_run import answer

    held = _held.get(subject.run_id)
    if held is not None:
        return answer(held.trainer, question)
    if subject.experiment is None:
        raise NotHeld(subject.run_id)
    return answer(_rebuild(subject.experiment, subject.checkpoint), question)


def probe(question: Question[Answer]) -> Answer:
    """Answer a question that concerns no run."""
    from rnn_engine.questions.without_a_run import answer

    return answer(question)
