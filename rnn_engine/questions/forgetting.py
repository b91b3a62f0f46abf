"""What untrained networks forget of one sequence."""

import numpy as np
import torch

from rnn_engine.measures.forgetting import forgetting
from rnn_engine.measures.results import Forgetting
from rnn_engine.questions.kinds import ForgettingQuestion
from rnn_engine.questions.microscope import drawn_network, inputs_of


def forgets(question: ForgettingQuestion) -> list[Forgetting]:
    """Each network reads the same sequence. Raises ValueError where states leave the range of numbers."""
    found = []
    for network in question.networks:
        model = drawn_network(network, torch.Generator().manual_seed(question.seed))
        inputs = inputs_of(question.input, question.sequence_length, torch.Generator().manual_seed(question.seed))
        measured = forgetting(model, inputs, question.change, question.size)
        if not all(np.isfinite(values).all() for values in vars(measured).values()):
            raise ValueError("the network's states are not finite")
        found.append(measured)
    return found
