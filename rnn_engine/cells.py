"""One record a cell: everything about it that is not its mathematics. Knows nothing of torch.

The equations stand in `network/cells.py`, their ways back in `network/bptt.py` and `training/kernels/`.
"""

from dataclasses import dataclass
from typing import Literal

from rnn_engine.wording import N_

Cell = Literal["rnn_tanh", "rnn_relu", "lstm", "gru"]


@dataclass(frozen=True)
class CellRecord:
    """What there is to know about a cell."""

    title: str  # what it is called, in English
    short: str  # the same where there is little room
    blocks: tuple[str, ...]  # what the blocks of H rows of a layer's weight matrices are for, in torch's order
    candidate: str  # the block that makes the new content
    keeping: str | None  # the gate whose value is the share of the state that is kept
    torch_module: str | None  # in torch.nn; None for a cell that torch does not have
    number: int  # in compiled code
    colour: str  # of its curves, wherever cells are compared
    formula: str  # LaTeX
    has_cell_state: bool = False  # whether it hands on a c_t beside h_t
    nonlinearity: str | None = None  # what torch's module is told, where that is not its usual one

    @property
    def gated(self) -> bool:
        """Whether gates decide what is kept."""
        return len(self.blocks) > 1

    def rows_of(self, block: str, hidden_size: int) -> slice:
        """Where a block stands in a layer's weights and biases."""
        place = self.blocks.index(block)
        return slice(place * hidden_size, (place + 1) * hidden_size)

    @property
    def has_forget_gate(self) -> bool:
        """Whether it has a gate f, whose bias can be set."""
        return "f" in self.blocks

    @property
    def has_reset_gate(self) -> bool:
        """Whether a gate r scales what the candidate gets from h_{t-1}, whose bias therefore stands by itself."""
        return "r" in self.blocks

    @property
    def smooth(self) -> bool:
        """Whether its equation has a derivative everywhere."""
        return self.nonlinearity != "relu"


CELLS: dict[Cell, CellRecord] = {
    "rnn_tanh": CellRecord(
        title=N_("RNN (tanh)"),
        short="tanh",
        blocks=("h",),
        candidate="h",
        keeping=None,
        torch_module="RNN",
        number=0,
        colour="#8b5cf6",
        formula=r"h_t = \tanh(W_{hh}\,h_{t-1} + W_{xh}\,x_t + b_h)",
    ),
    "rnn_relu": CellRecord(
        title=N_("RNN (ReLU)"),
        short="ReLU",
        blocks=("h",),
        candidate="h",
        keeping=None,
        torch_module="RNN",
        number=1,
        colour="#e64980",
        formula=r"h_t = \max(0,\; W_{hh}\,h_{t-1} + W_{xh}\,x_t + b_h)",
        nonlinearity="relu",
    ),
    "lstm": CellRecord(
        title=N_("LSTM"),
        short="LSTM",
        blocks=("i", "f", "g", "o"),
        candidate="g",
        keeping="f",
        torch_module="LSTM",
        number=2,
        colour="#0c9fbf",
        formula=r"""\begin{aligned}
        i_t, f_t, o_t &= \sigma(W_{hi,hf,ho}\,h_{t-1} + W_{xi,xf,xo}\,x_t + b_{i,f,o}) \\
        g_t &= \tanh(W_{hg}\,h_{t-1} + W_{xg}\,x_t + b_g) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \qquad h_t = o_t \odot \tanh(c_t) \end{aligned}""",
        has_cell_state=True,
    ),
    "gru": CellRecord(
        title=N_("GRU"),
        short="GRU",
        blocks=("r", "z", "n"),
        candidate="n",
        keeping="z",
        torch_module="GRU",
        number=3,
        colour="#6ba312",
        formula=r"""\begin{aligned}
        r_t, z_t &= \sigma(W_{hr,hz}\,h_{t-1} + W_{xr,xz}\,x_t + b_{r,z}) \\
        n_t &= \tanh(W_{xn}\,x_t + b_{xn} + r_t \odot (W_{hn}\,h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1} \end{aligned}""",
    ),
}
