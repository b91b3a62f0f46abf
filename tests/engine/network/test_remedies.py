"""Skips, layer normalisation, truncation and the regulariser: each against autograd or differences."""

from itertools import product

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from rnn_engine import Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig, gradient_flow
from rnn_engine.network.recurrent import Network
from rnn_engine.network.remedies import vanishing_penalty
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights

BATCH, TIMESTEPS, HIDDEN = 3, 12, 5
REMEDIES = [(0.6, False), (0.0, True), (0.3, True)]


def network_of(cell="rnn_tanh", skip=0.0, layer_norm=False, layers=1):
    return Network(
        NetworkConfig(cell=cell, hidden_size=HIDDEN, num_layers=layers, skip=skip, layer_norm=layer_norm),
        input_size=2,
        output_size=1,
        vocabulary_size=None,
        generator=torch.Generator().manual_seed(3),
        dtype=torch.float64,
    )


def batch_of(loss_on):
    generator = torch.Generator().manual_seed(4)
    inputs = torch.randn(BATCH, TIMESTEPS, 2, generator=generator, dtype=torch.float64)
    size = (BATCH, 1) if loss_on == "last" else (BATCH, TIMESTEPS, 1)
    return inputs, torch.randn(size, generator=generator, dtype=torch.float64)


@torch.no_grad()
def passes_of(network, loss_on, **more):
    inputs, targets = batch_of(loss_on)
    weights = network.weights()
    unrolled = Unrolled(
        network.cell, weights, timesteps=TIMESTEPS, batch=BATCH, loss_on=loss_on,
        skip=network.skip, layer_norm=network.layer_norm, **more,
    )  # fmt: skip
    outputs = unrolled.forward(weights, inputs.transpose(0, 1))
    targets = targets if loss_on == "last" else targets.transpose(0, 1)
    gradients = {name: torch.empty_like(p) for name, p in network.named_parameters()}
    unrolled.backward(weights, NetworkWeights.named(gradients), 2 * (outputs - targets) / outputs.numel())
    return unrolled, gradients


@pytest.mark.parametrize(
    ("cell", "loss_on", "layers"), list(product(["rnn_tanh", "rnn_relu"], ["last", "all"], [1, 2]))
)
@pytest.mark.parametrize(("skip", "layer_norm"), REMEDIES)
def test_gradients_with_a_skip_or_layer_norm_equal_autograd_s(cell, loss_on, layers, skip, layer_norm):
    network = network_of(cell, skip, layer_norm, layers)
    inputs, targets = batch_of(loss_on)
    outputs = network(inputs).outputs
    loss = nn.functional.mse_loss(outputs[:, -1] if loss_on == "last" else outputs, targets)
    loss.backward()
    _, gradients = passes_of(network, loss_on)
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert (gradients[name] - parameter.grad).abs().max() <= 1e-10, name


@pytest.mark.parametrize(("skip", "layer_norm"), REMEDIES)
def test_a_remedied_gradient_flow_equals_central_differences(skip, layer_norm):
    network = network_of("rnn_tanh", skip, layer_norm)
    inputs, targets = batch_of("last")
    found = gradient_flow(network, inputs, targets).hidden[0]
    hidden = network(inputs).hidden[0].detach()  # (T, B, H)
    for t in (0, 5, 10):
        gradient = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
        for b, j in product(range(BATCH), range(HIDDEN)):
            losses = []
            for step in (1e-6, -1e-6):
                state = hidden[t].clone()
                state[b, j] += step
                moved = type(network.initial_state(1))(state.unsqueeze(0))
                outputs = network(inputs[:, t + 1 :], moved).outputs[:, -1]
                losses.append(((outputs - targets) ** 2).sum(1)[b].item())
            gradient[b, j] = (losses[0] - losses[1]) / 2e-6
        assert abs(gradient.norm(dim=1).mean().item() - found[t]) <= 1e-8 * found.max()


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "gru", "lstm"])
def test_beyond_the_cut_gradients_are_exactly_zero_and_before_it_untouched(cell):
    network = network_of(cell)
    whole, _ = passes_of(network, "last")
    cut, _ = passes_of(network, "last", truncate=4)
    for full, short in zip(whole.totals()[0], cut.totals()[0], strict=True):
        if full is not None:
            assert (short[: TIMESTEPS - 4] == 0).all()
            assert torch.equal(short[TIMESTEPS - 4 :], full[TIMESTEPS - 4 :])
            assert (full[: TIMESTEPS - 4] != 0).any()


@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_with_a_loss_on_all_timesteps_truncation_detaches_between_windows(cell):
    network = network_of(cell)
    inputs, targets = batch_of("all")
    state, loss = None, torch.zeros((), dtype=torch.float64)
    for start in range(0, TIMESTEPS, 4):
        result = network(inputs[:, start : start + 4], state)
        loss = loss + ((result.outputs - targets[:, start : start + 4]) ** 2).sum() / targets.numel()
        state = type(result.state)(*(None if s is None else s.detach() for s in result.state))
    loss.backward()
    _, gradients = passes_of(network, "all", truncate=4)
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert (gradients[name] - parameter.grad).abs().max() <= 1e-12, name


def test_a_cut_after_20_of_60_timesteps_leaves_the_last_20_inputs_a_gradient():
    experiment = Experiment(task=SineTask(length=100), training=TrainingConfig(sequence_length=60, truncate=20))
    trainer = Trainer(experiment)
    trainer.step()
    flow = trainer.gradient_flow
    assert flow is not None
    assert (flow.hidden[0] > 0).argmax() == 40  # counted from 0


def test_the_regularisers_gradient_equals_central_differences_of_what_it_takes_as_given():
    unrolled, _ = passes_of(network_of(), "last")
    layer = unrolled.layers[0]
    gradient, through = layer.hidden_gradient, layer.gradient_from_hidden
    weight = network_of().weights().layers[0].weight_hh
    _, found = vanishing_penalty(gradient, through, weight)
    for i, j in ((0, 0), (1, 3), (4, 2)):
        penalties = []
        for step in (1e-6, -1e-6):
            moved = weight.clone()
            moved[i, j] += step
            penalties.append(vanishing_penalty(gradient, through, moved)[0])
        assert abs((penalties[0] - penalties[1]) / 2e-6 - found[i, j].item()) <= 1e-6


def test_the_regulariser_is_nothing_where_gradients_keep_their_length():
    generator = torch.Generator().manual_seed(1)
    orthogonal = nn.init.orthogonal_(torch.empty(HIDDEN, HIDDEN, dtype=torch.float64), generator=generator)
    gradient = torch.randn(TIMESTEPS, BATCH, HIDDEN, generator=generator, dtype=torch.float64)
    penalty, found = vanishing_penalty(gradient, gradient, orthogonal)
    assert penalty <= 1e-24
    assert found.abs().max() <= 1e-12


def test_the_regulariser_lengthens_the_gradients_way():
    factors = []
    for regulariser in (0.0, 2.0):
        training = TrainingConfig(optimizer="sgd", learning_rate=0.01, regulariser=regulariser, epochs=20, clip_norm=1)
        trainer = Trainer(Experiment(task=SineTask(), training=training))
        for _ in range(200):
            trainer.step()
        flow = trainer.gradient_flow
        assert flow is not None
        factors.append(flow.per_step_factor)
    assert factors[0] is not None
    assert factors[1] is not None
    assert factors[1] > factors[0] + 0.1


@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_the_parts_of_the_recurrent_weights_gradient_are_those_of_single_timesteps(cell):
    network = network_of(cell)
    inputs, targets = batch_of("last")
    flow = gradient_flow(network, inputs, targets)
    unrolled, gradients = passes_of(network, "last")
    layer = unrolled.layers[0]
    parts = torch.stack(
        [a.t() @ h for a, h in zip(layer.gradient_from_hidden, layer.before, strict=True)]
    )  # (T, G * H, H)
    assert (parts.sum(0) - gradients["rnn.weight_hh_l0"]).abs().max() <= 1e-14
    assert flow.weight_parts is not None
    assert flow.weight_share is not None
    torch.testing.assert_close(
        torch.from_numpy(flow.weight_parts[0].copy()), parts.flatten(1).norm(dim=1), atol=1e-9, rtol=1e-7
    )
    assert flow.weight_share.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("network", "training", "kind"),
    [
        ({"cell": "gru", "skip": 0.5}, {}, "simple_rnn_only"),
        ({"cell": "lstm", "layer_norm": True}, {}, "simple_rnn_only"),
        ({"cell": "lstm"}, {"regulariser": 1}, "simple_rnn_only"),
        ({"skip": 0.5}, {"regulariser": 1}, "regulariser_alone"),
    ],
)
def test_remedies_that_do_not_fit_the_cell_are_refused(network, training, kind):
    with pytest.raises(ValidationError) as error:
        Experiment(task=SineTask(), network=NetworkConfig(**network), training=TrainingConfig(**training))
    assert error.value.errors()[0]["type"] == kind
