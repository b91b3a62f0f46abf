"""Settings that belong to a page rather than to an experiment: the source of the data, the pace, what is asked."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from rnn_engine.free_running.results import Mode

Pace = Literal["1", "10", "100", "epoch", "max"]
TextPreset = Literal["sonnets", "hamlet", "poems", "own"]
Source = Literal["sine", "two_sines", "square", "sawtooth", "damped", "sunspots", "co2", "temperature", "upload"]

PACE = Field(
    title=N_("Pace"),
    description=N_("How fast training goes: slow enough to watch every step, or as fast as the machine allows."),
)
LOG_LOSS = Field(title=N_("Logarithmic loss"), description=N_("Draw the loss on a logarithmic axis."))

#: What the values of these choices are called (see form.WORDS).
WORDS: dict[str, str] = {
    "1": N_("1 step/s"),
    "10": N_("10 steps/s"),
    "100": N_("100 steps/s"),
    "epoch": N_("1 epoch/s"),
    "max": N_("Full speed"),
    "sine": N_("Sine wave"),
    "two_sines": N_("Sum of two sines"),
    "square": N_("Square wave"),
    "sawtooth": N_("Sawtooth"),
    "damped": N_("Damped sine"),
    "sunspots": N_("Sunspots, yearly"),
    "co2": N_("CO₂ at Mauna Loa, monthly"),
    "temperature": N_("Seattle, daily high"),
    "upload": N_("My own series"),
    "sonnets": N_("Shakespeare's sonnets"),
    "hamlet": N_("Hamlet, the chapter's five lines"),
    "poems": N_("Tang poems, in Chinese"),
    "own": N_("My own text"),
    "carry": N_("Carry the hidden state"),
    "window": N_("Slide the chapter's window"),
}


class TimeSeriesSettings(BaseModel):
    """What the time-series page shows beside its experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[
        Source, Field(title=N_("Source"), description=N_("A signal made here, a real series, or your own data."))
    ] = "sine"
    pace: Annotated[Pace, PACE] = "100"
    log_loss: Annotated[bool, LOG_LOSS] = True
    horizon: Annotated[
        int,
        Field(
            ge=1,
            le=500,
            title=N_("Horizon"),
            description=N_("How many values ahead the network forecasts, fed with its own forecasts."),
            json_schema_extra={"slider": 1},
        ),
    ] = 100


class TextSettings(BaseModel):
    """What the text page shows beside its experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_preset: Annotated[
        TextPreset, Field(title=N_("Text"), description=N_("A text to start from; edit it, or paste your own below."))
    ] = "sonnets"
    pace: Annotated[Pace, PACE] = "max"
    log_loss: Annotated[bool, LOG_LOSS] = False
    prompt: Annotated[
        str,
        Field(
            max_length=1000,
            title=N_("Prompt"),
            description=N_("What the network reads before it goes on; empty: a random character of the text."),
        ),
    ] = "To be or not to "
    temperature: Annotated[
        float,
        Field(
            ge=0,
            le=2,
            title=N_("Temperature"),
            description=N_(
                "Below 1 the likely characters are preferred, above 1 chance rules; 0 always takes the likeliest."
            ),
            json_schema_extra={"slider": 0.05, "live": True},
        ),
    ] = 0.8
    length: Annotated[
        int, Field(ge=1, le=2000, title=N_("Characters"), description=N_("How many characters to write."))
    ] = 200
    top_k: Annotated[
        int | None,
        Field(
            ge=1,
            le=5000,
            title=N_("Top k"),
            description=N_("Choose only among the k likeliest characters; empty: all."),
        ),
    ] = None
    mode: Annotated[
        Mode,
        Field(
            title=N_("Memory"),
            description=N_(
                "Carry the hidden state: the network has read everything so far. Slide the chapter's window: it reads "
                "only the last characters, as many as the prompt has, anew for every one it writes."
            ),
        ),
    ] = "carry"
