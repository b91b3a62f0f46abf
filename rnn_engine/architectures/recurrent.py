"""The recurrent network's settings. The widgets of a screen are made from these fields. Knows nothing of torch."""

from typing import Annotated, ClassVar

from pydantic import Field

from rnn_engine.architectures.base import Architecture
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Init, TrainingConfig
from rnn_engine.cost import Cost, Work, estimate
from rnn_engine.wording import N_, problem


class NetworkConfig(Architecture):
    """The recurrent network: cells in layers, read out by one linear map.

    Its JSON does not name its architecture: it is what JSON without a name means.
    """

    architecture: ClassVar[str] = "recurrent"
    has_states: ClassVar[bool] = True

    cell: Annotated[
        Cell, Field(title=N_("Cell"), description=N_("The recurrence that turns $h_{t-1}$ and $x_t$ into $h_t$."))
    ] = "rnn_tanh"
    hidden_size: Annotated[
        int,
        Field(ge=1, le=512, title=N_("Hidden size"), description=N_("How many numbers the hidden state $h_t$ holds.")),
    ] = 32
    num_layers: Annotated[
        int,
        Field(
            ge=1,
            le=4,
            title=N_("Layers"),
            description=N_("Cells stacked: each layer reads the hidden states of the layer below."),
        ),
    ] = 1
    embedding_size: Annotated[
        int | None,
        Field(
            ge=1,
            le=512,
            title=N_("Embedding size"),
            description=N_("How many numbers stand for a character; empty: as many as the hidden size. Text only."),
        ),
    ] = None
    init: Annotated[
        Init,
        Field(
            title=N_("Initialisation"),
            description=N_(
                "How the weights start. The chapter uses PyTorch's default, uniform in $\\pm 1/\\sqrt{H}$ with $H$ the hidden size."
            ),
        ),
    ] = "pytorch"
    gain: Annotated[
        float,
        Field(
            ge=0,
            le=10,
            title=N_("Recurrent gain"),
            description=N_("Factor on the initial recurrent weights $W_{hh}$; 1 leaves them as they are."),
        ),
    ] = 1.0
    forget_bias: Annotated[
        float | None,
        Field(
            ge=-10,
            le=10,
            title=N_("Forget bias"),
            description=N_(
                "Initial bias of the LSTM's forget gate; empty: as initialised. 1 or more helps it remember."
            ),
        ),
    ] = None

    chrono: Annotated[
        int | None,
        Field(
            ge=3,
            le=1000,
            title=N_("Chrono initialisation"),
            description=N_(
                "Draw the gates' initial biases for memories of up to so many timesteps; off: as initialised. LSTM and GRU."
            ),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = None
    skip: Annotated[
        float,
        Field(
            ge=0,
            le=0.999,
            title=N_("Skip"),
            description=N_(
                "Share of $h_{t-1}$ that is carried past the nonlinearity: $h_t = s\\,h_{t-1} + (1-s)\\,\\phi(a_t)$. Simple RNNs only."
            ),
            json_schema_extra={"slider": 0.05},
        ),
    ] = 0.0
    layer_norm: Annotated[
        bool,
        Field(
            title=N_("Layer normalisation"),
            description=N_("Give what enters the nonlinearity mean 0 and variance 1 over the units. Simple RNNs only."),
        ),
    ] = False

    @property
    def token_size(self) -> int:
        return self.embedding_size or self.hidden_size

    def check(self, training: TrainingConfig) -> None:
        remedied = self.skip or self.layer_norm or training.regulariser
        if remedied and CELLS[self.cell].gated:
            raise problem("simple_rnn_only")
        if training.regulariser and (self.skip or self.layer_norm):
            raise problem("regulariser_alone")

    def cost(self, work: Work) -> Cost:
        return estimate(
            cell=self.cell,
            input_size=work.input_size,
            hidden_size=self.hidden_size,
            num_layers=self.num_layers,
            output_size=work.output_size,
            embedding_rows=work.vocabulary_size,
            sequence_length=work.sequence_length,
            batch_size=work.batch_size,
            outputs_per_window=work.outputs_per_window,
        )
