"""Every kernel called once, with the types that training uses, so that all of them are compiled."""

import numpy as np
import torch

from rnn_engine.architectures import NetworkConfig
from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks import SineTask, TextTask
from rnn_engine.training.data import Data
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.kernels.tier import FastEvaluator, FastTier, Runner
from rnn_engine.training.optimizers import Adam


def call_everything() -> None:
    """One small step; a kernel is compiled for all cells, tasks and sizes at once."""
    training = TrainingConfig(sequence_length=2, batch_size=2, epochs=1)
    experiment = Experiment(task=SineTask(length=10), network=NetworkConfig(hidden_size=2), training=training)
    network, data = Network.of(experiment, torch.Generator().manual_seed(0)), Data(experiment)
    flat = FlatWeights(network)
    tier, evaluator = FastTier(experiment, data, flat, Adam(flat.values)), FastEvaluator(experiment, data)
    windows = torch.arange(2)
    tier.step(windows, 0.01, training)
    tier.repeat(windows)
    tier.flow(weight_parts=True)
    evaluator.evaluate(network, windows)
    evaluator.probe(network)
    runner = Runner(experiment, network)
    runner.run_free(torch.zeros(2), 1)
    text = Experiment(task=TextTask(text="abcabc"), network=experiment.network, training=training)
    speaker = Runner(text, Network.of(text, torch.Generator().manual_seed(0)))
    speaker.sample(np.zeros(1, np.int64), 0, 1.0, None, np.zeros(1))
