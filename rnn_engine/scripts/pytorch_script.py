"""An experiment as a plain PyTorch script that a student can copy, read, run and change. Knows nothing of torch itself.

The script needs torch and numpy only and repeats the experiment: under one seed torch draws the initial weights and the
batch order that the engine draws, so the losses agree to rounding. Training amplifies rounding: with the chapter's sine,
where Adam jitters about a loss of 1e-5, the two agree to 1e-3 for 14 epochs and then jitter each in its own way. Live
changes of a run are no part of its experiment, nor of the script. Settings that change nothing leave no line behind.
"""

from rnn_engine.architectures import NetworkConfig
from rnn_engine.cells import CELLS
from rnn_engine.experiment import Experiment

OPTIMIZERS = {
    "sgd": "torch.optim.SGD(network.parameters(), lr={rate!r})",
    "momentum": "torch.optim.SGD(network.parameters(), lr={rate!r}, momentum=0.9)",
    "rmsprop": "torch.optim.RMSprop(network.parameters(), lr={rate!r})",
    "adam": "torch.optim.Adam(network.parameters(), lr={rate!r})",
}


def plain_script(experiment: Experiment) -> str:
    """The source of the script, ending in a newline; save it as UTF-8.

    Raises ValueError for a task that draws its examples, of which there is no sequence that a script could hold, and
    for what torch's own layers do not have: a cell, chrono initialisation, skips, layer normalisation, truncation, the
    regulariser.
    """
    network, training = experiment.network, experiment.training
    if CELLS[network.cell].torch_module is None:
        raise ValueError(f"torch has no layers of the cell '{network.cell}'")
    if network.chrono or network.skip or network.layer_norm or training.truncate or training.regulariser:
        raise ValueError("a script of torch's own layers has no such remedies")
    if not experiment.task.has_sequence:
        raise ValueError(f"there is no script of a task that draws its examples, such as '{experiment.task.kind}'")
    sections = [_opening(experiment), experiment.task.script(training.seed), _windows(experiment), _network(experiment)]
    sections += [_initial_weights(experiment.network), _training(experiment), _gradient_flow(experiment)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _lines(*lines: str | None) -> str:
    """The lines that are there, one below the other."""
    return "\n".join(line for line in lines if line is not None)


def _opening(experiment: Experiment) -> str:
    training, network = experiment.training, experiment.network
    return _lines(
        '"""A recurrent network that learns to predict what comes next. Needs: pip install torch numpy',
        "",
        "It repeats a run of the playground: same data, weights and batches. The losses agree until rounding, which",
        'training amplifies, makes a difference.\n"""',
        "",
        "import numpy as np" if experiment.task.writes is None or network.init == "spectral" else None,
        "import torch",
        "from torch import nn",
        "",
        f"SEQUENCE_LENGTH = {training.sequence_length}  # T: timesteps that the network reads for one prediction",
        f"HIDDEN_SIZE = {network.hidden_size}  # numbers in the hidden state h_t",
        f"NUM_LAYERS = {network.num_layers}",
        f"BATCH_SIZE = {training.batch_size}",
        f"EPOCHS = {training.epochs}",
        f"torch.manual_seed({training.seed})  # the same seed gives the same weights and batches: the same run",
    )


def _windows(experiment: Experiment) -> str:
    split, everything = experiment.split, experiment.training.loss_on == "all"
    lines: list[str] = []
    if experiment.task.standardised:
        lines += [
            f"# Scaled by the {split.training_part} values that training sees, never by those it is tested on.",
            f"mean, std = data[:{split.training_part}].mean(), data[:{split.training_part}].std()",
            "data = (data - mean) / std",
        ]
    if not experiment.task.answers_classes:
        lines += ["data = torch.tensor(data, dtype=torch.float32)"]
    if lines:
        lines += [""]
    lines += [
        "# Window i holds the elements i .. i+T: T inputs, and each one's target is the element after it.",
        "windows = data.unfold(0, SEQUENCE_LENGTH + 1, 1)",
    ]
    if not split.test_windows:
        lines += ["train = windows  # no test part"]
    else:
        lines += [f"train = windows[:{split.train_windows}]"]
        if everything:
            lines += [f"# The {split.sequence_length - 1} windows in between share targets with the training part."]
        lines += [f"test = windows[{split.test_start}:]"]
    return _lines(*lines)


def _network(experiment: Experiment) -> str:
    config, tokens = experiment.network, experiment.task.writes
    size: int | str = experiment.input_size
    if tokens and config.embedding_size is None:
        size = "HIDDEN_SIZE"
    cell = CELLS[config.cell]
    relu = f'nonlinearity="{cell.nonlinearity}", ' if cell.nonlinearity else ""
    layers = f"nn.{cell.torch_module}({size}, HIDDEN_SIZE, NUM_LAYERS, {relu}batch_first=True)"
    every = experiment.training.loss_on == "all"
    read = "out" if every else "out[:, -1]"
    units = f"{tokens.unit}s" if tokens else "outputs"
    shape = f"(batch, T, {units})" if every else f"(batch, {units})"
    lines = [
        "class Network(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        f"        self.embedding = nn.Embedding(len({units}), {size})" if tokens else None,
        f"        self.rnn = {layers}",
        f"        self.readout = nn.Linear(HIDDEN_SIZE, {f'len({units})' if tokens else 1})",
        "",
        "    def forward(self, x):",
        "        x = self.embedding(x)  # (batch, T) -> (batch, T, embedding)" if tokens else None,
        "        out, _ = self.rnn(x)  # (batch, T, hidden): h_t of every timestep, the state starts at zero",
        f"        return self.readout({read})  # {shape}" + ("" if every else ", from the last timestep alone"),
        "",
        "",
        "def loss_of(network, batch):",
    ]
    if tokens:
        lines += [
            "    outputs = network(batch[:, :-1])",
            "    return nn.functional.cross_entropy(outputs.flatten(0, 1), batch[:, 1:].flatten())  # nats"
            if every
            else "    return nn.functional.cross_entropy(outputs, batch[:, -1])  # nats",
        ]
    else:
        lines += [
            "    outputs = network(batch[:, :-1].unsqueeze(-1))",
            # The same shape on both sides: mse_loss would broadcast (batch,) against (batch, 1) to a wrong mean.
            "    return nn.functional.mse_loss(outputs, batch[:, 1:].unsqueeze(-1))"
            if every
            else "    return nn.functional.mse_loss(outputs, batch[:, -1:])",
        ]
    return "\n" + _lines(*lines, "", "", "network = Network()")


def _initial_weights(config: NetworkConfig) -> str:
    forget = config.forget_bias if CELLS[config.cell].has_forget_gate else None
    if config.init == "pytorch" and config.gain == 1 and forget is None:
        return ""
    gate = {
        "xavier": "nn.init.xavier_uniform_(gate)",
        "he": 'nn.init.kaiming_uniform_(gate, nonlinearity="relu")',
        "orthogonal": "nn.init.orthogonal_(gate)",
        "identity": "nn.init.eye_(gate)",
        "spectral": "nn.init.normal_(gate, std=1 / HIDDEN_SIZE**0.5)",
    }.get(config.init)
    lines = ["with torch.no_grad():", "    for weight_ih, weight_hh, bias_ih, bias_hh in network.rnn.all_weights:"]
    if gate:
        lines += ["        bias_ih.zero_()", "        bias_hh.zero_()"]
        gates = len(CELLS[config.cell].blocks)
        comment = "" if gates == 1 else f"  # {gates} gates, each of its own"
        if config.init in ("xavier", "he"):
            lines += [f"        for gate in weight_ih.split(HIDDEN_SIZE):{comment}", f"            {gate}"]
        lines += [f"        for gate in weight_hh.split(HIDDEN_SIZE):{comment}", f"            {gate}"]
    if config.init == "spectral":
        lines += [
            "            gate.mul_(1.0 / np.abs(np.linalg.eigvals(gate.double().numpy())).max())  # spectral radius 1"
        ]
    if config.gain != 1:
        lines += [f"        weight_hh.mul_({config.gain!r})  # the recurrent gain"]
    if forget is not None:
        lines += [
            f"        bias_ih[HIDDEN_SIZE : 2 * HIDDEN_SIZE] = {forget!r}  # forget gate; torch adds the two biases",
            "        bias_hh[HIDDEN_SIZE : 2 * HIDDEN_SIZE] = 0",
        ]
    return _lines(f"# The initial weights: {config.init}.", *lines)


def _training(experiment: Experiment) -> str:
    training, tests = experiment.training, experiment.split.test_windows > 0
    # A scaled squared error times std squared is in the series' own units, as the engine reports it.
    units = " * std**2" if experiment.task.standardised else ""
    shown = experiment.task.loss_unit
    shown += ", in the units of the data squared" if units else ""
    cosine = training.schedule == "cosine"
    lines = [
        f"optimizer = {OPTIMIZERS[training.optimizer].format(rate=training.learning_rate)}",
        "steps = EPOCHS * -(-len(train) // BATCH_SIZE)" if cosine else None,
        "schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)  # falls to zero"
        if cosine
        else None,
        f"# Losses: {shown}.",
        "for epoch in range(EPOCHS):",
        "    train_loss, batches = 0.0, torch.randperm(len(train)).split(BATCH_SIZE)  # in a new order each epoch",
        "    for chosen in batches:",
        "        loss = loss_of(network, train[chosen])",
        "        optimizer.zero_grad()",
        "        loss.backward()  # backpropagation through time",
    ]
    if training.clip_norm is not None:
        lines.append(f"        nn.utils.clip_grad_norm_(network.parameters(), {training.clip_norm!r})")
    if training.clip_value is not None:
        lines.append(f"        nn.utils.clip_grad_value_(network.parameters(), {training.clip_value!r})")
    lines += [
        "        optimizer.step()",
        "        schedule.step()" if cosine else None,
        f"        train_loss += loss.item(){units} / len(batches)",
    ]
    report = '    print(f"epoch {epoch + 1}: train loss {train_loss:.6g}'
    if tests:
        lines += [
            "    with torch.no_grad():  # the test part in pieces, to spare memory",
            "        test_loss = sum(loss_of(network, part).item() * len(part) for part in test.split(256))",
            f"        test_loss = test_loss{units} / len(test)",
        ]
        report += ", test loss {test_loss:.6g}"
    return _lines(*lines, report + '")')


def _gradient_flow(experiment: Experiment) -> str:
    network = experiment.network
    if (network.cell, network.num_layers, experiment.training.loss_on) != ("rnn_tanh", 1, "last"):
        return ""
    tokens = experiment.task.answers_classes
    inputs = "network.embedding(batch[:, :-1])" if tokens else "batch[:, :-1].unsqueeze(-1)"
    loss = "cross_entropy(outputs, batch[:, -1]" if tokens else "mse_loss(outputs, batch[:, -1:]"
    return _lines(
        "# Gradient flow: how much of the loss at the last timestep reaches each earlier hidden state. nn.RNN does not",
        "# show its hidden states' gradients (output.grad misses the recurrent path), so the cell is applied by hand.",
        f"batch = train[:BATCH_SIZE]\nx = {inputs}  # (batch, T, inputs)",
        "rnn, h, states = network.rnn, torch.zeros(len(batch), HIDDEN_SIZE), []",
        "for t in range(SEQUENCE_LENGTH):",
        "    h = torch.tanh(x[:, t] @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0)",
        "    h.retain_grad()",
        "    states.append(h)",
        "outputs = network.readout(h)",
        f'nn.functional.{loss}, reduction="sum").backward()  # each example\'s own loss',
        "for t, h in enumerate(states, start=1):  # mean over the batch of the norm of dl/dh_t",
        '    print(f"t = {t}: gradient flow {h.grad.norm(dim=1).mean():.3e}")',
    )
