"""The chapter's sine run: does the engine learn it as well as the chapter's own script?

Forty of its epochs from several seeds on either side; a run counts with the median test error of its second half,
since at this learning rate single epochs jump.
"""

from collections.abc import Iterator
from statistics import median

import torch

from benchmarks.plain import PlainScript
from benchmarks.report import number, spread, table
from benchmarks.rounds import Spread
from rnn_engine import Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig

EPOCHS = 40
COUNTED = 20  # the last ones
WITHIN = 3  # the factor by which the two sides may differ


def experiment_of(seed: int) -> Experiment:
    """The chapter's sine experiment, with every setting of it written down."""
    return Experiment(
        task=SineTask(length=1000, frequency=0.1),
        network=NetworkConfig(cell="rnn_tanh", hidden_size=32, num_layers=1),
        training=TrainingConfig(
            sequence_length=50, batch_size=32, optimizer="adam", learning_rate=0.01, epochs=EPOCHS, loss_on="last",
            test_fraction=0.2, seed=seed,
        ),
    )  # fmt: skip


def engine_error(experiment: Experiment) -> float:
    """The median test error of the counted epochs, trained by the engine."""
    trainer = Trainer(experiment)
    errors = []
    while trainer.step():
        if trainer.step_number % experiment.steps_per_epoch == 0:
            error = trainer.snapshot().test_loss
            assert error is not None
            errors.append(error)
    assert len(errors) == EPOCHS
    return median(errors[-COUNTED:])


def plain_error(experiment: Experiment) -> float:
    """The same, trained by the chapter's script."""
    script = PlainScript(experiment)
    errors = []
    for _ in range(EPOCHS):
        for _ in range(experiment.steps_per_epoch):
            script.step()
        errors.append(script.test_loss())
    return median(errors[-COUNTED:])


def report(seeds: int) -> Iterator[str]:
    """The table of this part."""
    torch.set_num_threads(1)
    experiments = [experiment_of(seed) for seed in range(1, seeds + 1)]
    yield from (
        "",
        "## The chapter's sine run",
        "",
        f"{EPOCHS} epochs, seeds 1 to {seeds}, {experiments[0].split.test_windows} test windows. A run counts with the",
        f"median test error (mean squared) of its last {COUNTED} epochs; of these, the median over seeds [quartiles].",
        "",
    )
    pairs = [(engine_error(experiment), plain_error(experiment)) for experiment in experiments]
    engine, plain = (Spread.of(side) for side in zip(*pairs, strict=True))
    factor = engine.median / plain.median
    verdict = "within" if 1 / WITHIN <= factor <= WITHIN else "**outside**"
    yield from table(
        ("engine", "chapter's script", "engine / script"),
        [(spread(engine), spread(plain), f"{number(factor)}, {verdict} a factor of {WITHIN}")],
    )
