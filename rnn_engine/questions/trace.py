"""The answer to the stepper: one short sequence through a small network, with every number."""

import numpy as np

from rnn_engine.measures import trace as inside
from rnn_engine.measures.results import Array
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.network.recurrent import Network
from rnn_engine.questions.kinds import OtherSequence, TraceAnswer, TraceQuestion
from rnn_engine.scripts.numpy_script import numpy_script


def look_inside(question: TraceQuestion) -> TraceAnswer:
    """Train on the sequence as often as is asked, and trace it. Raises ValueError where a number is not finite."""
    read, loss_on, rate = question.sequence, question.loss_on, question.learning_rate
    network, inputs, targets = inside.small_network(question.network, read, question.embedding_size, question.seed)
    inside.train(network, inputs, targets, loss_on, rate, question.steps)
    trace = inside.trace(network, inputs, targets, loss_on, rate)
    return TraceAnswer(
        trace=trace,
        units=read.units,
        next=read.next_units,
        vocabulary=None if read.task is None else list(read.task.vocabulary),
        difference={name: _largest(trace.gradients[name] - trace.from_autograd[name]) for name in trace.gradients},
        script=numpy_script(trace, read.encode(read.next_units)),
        other=_other(network, read, question.seed) if read.other_units else None,
    )


def _other(network: Network, read: ShortSequence, seed: int) -> OtherSequence:
    """How far the second sequence's states are from the first's, and the answers of a bag of words to both."""
    both = [inside.tensor_of(read, units) for units in (read.units, read.other_units)]
    (states, output), (other_states, other_output) = inside.states_of(network, both)
    bag, other_bag = inside.bag_of_words(network, both, seed)
    same_length = len(states) == len(other_states)
    return OtherSequence(
        units=read.other_units,
        states=(states[-1], other_states[-1]),
        outputs=(output, other_output),
        distance=_length(states[-1] - other_states[-1]),
        distances=[_length(h) for h in states - other_states] if same_length else None,
        bags=(bag, other_bag),
        bag_distance=_length(bag - other_bag),
    )


def _length(vector: Array) -> float:
    return float(np.linalg.norm(vector))


def _largest(difference: Array) -> float:
    return float(np.abs(difference).max())
