"""What the view of a trained network can be asked, as the link holds it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from rnn_engine.questions.kinds import About

#: What the values of these choices are called.
WORDS: dict[str, str] = {
    "hidden": N_("Hidden state h"),
    "cell": N_("Cell state c, as tanh(c)"),
    "likeliest": N_("The likeliest character"),
    "next": N_("The character that comes next"),
    "2": N_("In a plane"),
    "3": N_("In space"),
}


class TrainedSettings(BaseModel):
    """The settings of the view; timesteps, neurons and layers count from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inside_text: Annotated[
        str,
        Field(
            max_length=600,
            title=N_("Text to read"),
            description=N_(
                "What the network reads, up to 600 characters; empty: a passage of the text it learns from."
            ),
            json_schema_extra={"lines": 5},
        ),
    ] = ""
    layer: Annotated[
        int, Field(ge=1, le=4, title=N_("Layer"), description=N_("Whose states are shown; 1 is the first."))
    ] = 1
    neuron: Annotated[
        int | None,
        Field(
            ge=1,
            le=512,
            title=N_("Neuron"),
            description=N_(
                "Which entry $h_j$ of the hidden state colours the text; click a row of the map to take it."
            ),
            json_schema_extra={"none": N_("the liveliest")},
        ),
    ] = None
    shown: Annotated[
        Literal["hidden", "cell"],
        Field(title=N_("Coloured by"), description=N_("An LSTM's cell state is shown as the output gate sees it.")),
    ] = "hidden"
    timestep: Annotated[
        int | None,
        Field(
            ge=1,
            le=600,
            title=N_("Timestep"),
            description=N_("After which input the network is asked; click in the text or the maps to take it."),
            json_schema_extra={"none": N_("the last")},
        ),
    ] = None
    about: Annotated[
        About,
        Field(title=N_("Asked about"), description=N_("Which answer's past is shown behind the text.")),
    ] = "likeliest"
    dimensions: Annotated[
        Literal["2", "3"],
        Field(title=N_("Path"), description=N_("Two or three principal components of the hidden states.")),
    ] = "2"
