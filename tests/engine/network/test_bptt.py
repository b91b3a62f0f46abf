"""Backpropagation through time as written out equals autograd's, and differences'."""

from itertools import product

import pytest
import torch
from torch import nn

from rnn_engine import NetworkConfig
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.network.losses import loss_of
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights

SHAPES = [(1, 2, 1), (4, 9, 7), (3, 40, 16)]  # batch, timesteps, hidden size


class Passes:
    """A random batch, its loss, and what one forward and one backward pass find."""

    def __init__(self, cell, layers, loss_on, tokens, shape, dtype=torch.float64):
        batch, timesteps, hidden = shape
        self.loss_on, self.tokens, self.timesteps = loss_on, tokens, timesteps
        generator = torch.Generator().manual_seed(11)
        self.network = Network(
            NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers),
            input_size=5 if tokens else 1,
            output_size=6 if tokens else 1,
            vocabulary_size=6 if tokens else None,
            generator=generator,
            dtype=dtype,
        )
        size = (batch, timesteps) if loss_on == "all" else (batch,)
        if tokens:
            self.inputs = torch.randint(6, (batch, timesteps), generator=generator)
            self.targets = torch.randint(6, size, generator=generator)
        else:
            self.inputs = torch.randn(batch, timesteps, 1, generator=generator, dtype=dtype)
            self.targets = torch.randn(*size, 1, generator=generator, dtype=dtype)
        weights = self.network.weights()
        self.unrolled = Unrolled(cell, weights, timesteps=timesteps, batch=batch, loss_on=loss_on)
        self.gradients = {name: torch.full_like(p, 7.0) for name, p in self.network.named_parameters()}

    @torch.no_grad()
    def run(self):
        weights = self.network.weights()
        outputs = self.unrolled.forward(weights, self.inputs.transpose(0, 1))
        targets = self.targets if self.loss_on == "last" else self.targets.transpose(0, 1)
        loss, output_gradient = loss_of(outputs, targets)
        self.unrolled.backward(weights, NetworkWeights.named(self.gradients), output_gradient)
        return loss, self.unrolled.totals()

    def torch_loss(self, outputs):
        outputs = outputs[:, -1] if self.loss_on == "last" else outputs
        if self.tokens:
            return nn.functional.cross_entropy(outputs.flatten(0, -2), self.targets.flatten())
        return nn.functional.mse_loss(outputs, self.targets)


@pytest.mark.parametrize(("loss_on", "tokens", "shape"), list(product(["last", "all"], [False, True], SHAPES)))
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_loss_and_every_gradient_equal_autograd_s(cell, layers, loss_on, tokens, shape):
    passes = Passes(cell, layers, loss_on, tokens, shape)
    loss, _ = passes.run()
    wanted = passes.torch_loss(passes.network(passes.inputs).outputs)
    wanted.backward()
    assert abs(loss - wanted) <= 1e-12
    for name, parameter in passes.network.named_parameters():
        assert parameter.grad is not None
        assert (passes.gradients[name] - parameter.grad).abs().max() <= 1e-10, name


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("loss_on", ["last", "all"])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_every_gradient_equals_that_of_torch_s_fused_layers(cell, loss_on, layers):
    passes = Passes(cell, layers, loss_on, False, (4, 12, 8))
    passes.run()
    kinds = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}
    relu = {"nonlinearity": "relu"} if cell == "rnn_relu" else {}
    theirs = kinds.get(cell, nn.RNN)(1, 8, layers, batch_first=True, dtype=torch.float64, **relu)
    theirs.load_state_dict(passes.network.rnn.state_dict())
    hidden, _ = theirs(passes.inputs)
    readout = passes.network.weights()
    loss = passes.torch_loss(nn.functional.linear(hidden, readout.readout_weight, readout.readout_bias))
    loss.backward()
    for name, parameter in theirs.named_parameters():
        assert parameter.grad is not None
        assert (passes.gradients[f"rnn.{name}"] - parameter.grad).abs().max() <= 1e-10, name


@pytest.mark.parametrize("loss_on", ["last", "all"])
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_parameter_gradients_equal_central_differences_of_the_loss(cell, tokens, loss_on):
    passes = Passes(cell, 2, loss_on, tokens, (3, 5, 4))
    passes.run()
    found = {name: gradient.clone() for name, gradient in passes.gradients.items()}
    step = 1e-5
    for name, parameter in passes.network.named_parameters():
        flat = parameter.data.view(-1)
        for index in range(0, flat.numel(), 5):
            losses = []
            kept = flat[index].item()
            for value in (kept + step, kept - step):
                flat[index] = value
                losses.append(passes.run()[0].item())
            flat[index] = kept
            difference = (losses[0] - losses[1]) / (2 * step)
            assert abs(difference - found[name].view(-1)[index].item()) <= 1e-8, (name, index)


@pytest.mark.parametrize("loss_on", ["last", "all"])
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_float32_finds_what_float64_finds_at_every_timestep(cell, tokens, loss_on):
    single = Passes(cell, 2, loss_on, tokens, (4, 30, 16), torch.float32)
    double = Passes(cell, 2, loss_on, tokens, (4, 30, 16))
    double.network.load_state_dict({name: value.double() for name, value in single.network.state_dict().items()})
    double.inputs, double.targets = (
        value.double() if value.is_floating_point() else value for value in (single.inputs, single.targets)
    )
    loss, totals = single.run()
    wanted_loss, wanted_totals = double.run()
    torch.testing.assert_close(loss.double(), wanted_loss, rtol=1e-5, atol=1e-6)
    for name, gradient in single.gradients.items():
        # an entry may be a small difference of large terms
        torch.testing.assert_close(gradient.double(), double.gradients[name], rtol=1e-5, atol=1e-6)
    for layer, wanted_layer in zip(totals, wanted_totals, strict=True):
        for found, wanted in zip(layer, wanted_layer, strict=True):
            for t in range(30 if found is not None else 0):  # each timestep by itself: small ones count, too
                assert_close_to_scale(found[t].double(), wanted[t])


@pytest.mark.parametrize("cell", EQUATIONS)
def test_a_second_batch_through_the_same_buffers_gives_what_fresh_buffers_give(cell):
    passes, fresh = (Passes(cell, 2, "last", False, (4, 9, 7)) for _ in range(2))
    kept = passes.inputs
    passes.inputs = torch.full_like(kept, 3.0)
    passes.run()
    passes.inputs = kept
    (loss, totals), (wanted_loss, wanted_totals) = passes.run(), fresh.run()
    assert torch.equal(loss, wanted_loss)
    assert all(torch.equal(a, b) for a, b in zip(passes.gradients.values(), fresh.gradients.values(), strict=True))
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(totals, wanted_totals, strict=True))


def assert_close_to_scale(a, b):
    assert (a - b).abs().max() <= 1e-5 * b.abs().max()
