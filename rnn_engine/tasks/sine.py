"""The chapter's sine wave and its relatives: signals whose next value is to be predicted."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rnn_engine.tasks.base import Task
from rnn_engine.wording import N_

Waveform = Literal["sine", "two_sines", "square", "sawtooth", "damped"]

#: How a script makes the waveforms of amplitude 1.
SCRIPTS: dict[Waveform, str] = {
    "sine": "np.sin(angle)",
    "two_sines": "(np.sin(angle) + np.sin(n * {second_frequency!r})) / 2",
    "square": "np.where(np.sin(angle) >= 0, 1.0, -1.0)",
    "sawtooth": "2 * np.mod(angle / (2 * np.pi), 1) - 1",
    "damped": "np.exp(-{damping!r} * n) * np.sin(angle)",
}


class SineTask(Task):
    """A periodic signal x_n, n = 0 .. length - 1, with phase angle a_n = frequency * n + phase:

    sine            amplitude * sin(a_n)
    two_sines       amplitude / 2 * (sin(a_n) + sin(second_frequency * n))
    square          amplitude * sign(sin(a_n))
    sawtooth        amplitude * (2 * frac(a_n / 2 pi) - 1)
    damped          amplitude * exp(-damping * n) * sin(a_n)

    plus independent normal noise of standard deviation `noise`. Not scaled: the network sees these values.
    """

    kind: Literal["sine"] = "sine"
    waveform: Annotated[Waveform, Field(title=N_("Waveform"), description=N_("The shape of the signal."))] = "sine"
    length: Annotated[
        int,
        Field(ge=4, le=20_000, title=N_("Length"), description=N_("How many values the signal has.")),
    ] = 1000
    frequency: Annotated[
        float,
        Field(
            ge=0.01,
            le=3.14,
            title=N_("Frequency"),
            description=N_(
                "Phase angle in radians gained from one value to the next; 0.1 is a period of about 63 values."
            ),
            json_schema_extra={"unit": "rad", "slider": 0.01},
        ),
    ] = 0.1
    second_frequency: Annotated[
        float,
        Field(
            ge=0.01,
            le=3.14,
            title=N_("Second frequency"),
            description=N_("Frequency of the second sine in the sum of two sines."),
            json_schema_extra={"unit": "rad", "slider": 0.01},
        ),
    ] = 0.23
    damping: Annotated[
        float,
        Field(
            ge=0,
            le=0.1,
            title=N_("Damping"),
            description=N_("Share of the amplitude lost from one value to the next."),
            json_schema_extra={"slider": 0.001},
        ),
    ] = 0.002
    amplitude: Annotated[
        float,
        Field(ge=0.01, le=100, title=N_("Amplitude"), description=N_("How far the signal goes above and below zero.")),
    ] = 1.0
    phase: Annotated[
        float,
        Field(
            ge=-6.2832,
            le=6.2832,
            title=N_("Phase"),
            description=N_("Phase angle of the first value, in radians."),
            json_schema_extra={"unit": "rad"},
        ),
    ] = 0.0
    noise: Annotated[
        float,
        Field(
            ge=0,
            le=2,
            title=N_("Noise"),
            description=N_("Standard deviation of the random noise added to every value. No network can predict it."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 0.0
    title: ClassVar[str] = N_("Signal")

    @property
    def sequence_size(self) -> int:
        return self.length

    def sequence(self, seed: int) -> npt.NDArray[np.float64]:
        """The signal; `seed` draws the noise."""
        n = np.arange(self.length, dtype=np.float64)
        signal = self.amplitude * self._shape(n, n * self.frequency + self.phase)
        if self.noise:
            signal = signal + np.random.default_rng(seed).normal(0, self.noise, self.length)
        return np.asarray(signal, dtype=np.float64)

    def _shape(self, n: npt.NDArray[np.float64], angle: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        match self.waveform:
            case "two_sines":
                return (np.sin(angle) + np.sin(n * self.second_frequency)) / 2
            case "square":
                return np.where(np.sin(angle) >= 0, 1.0, -1.0)
            case "sawtooth":
                return 2 * np.mod(angle / (2 * np.pi), 1) - 1
            case "damped":
                return np.exp(-self.damping * n) * np.sin(angle)
            case _:
                return np.sin(angle)

    def script(self, seed: int) -> str:
        shape = SCRIPTS[self.waveform].format_map(self.model_dump())
        lines = [
            f"# The data: a signal of {self.length} values.",
            f"n = np.arange({self.length})",
            f"angle = n * {self.frequency!r}" + (f" + {self.phase!r}" if self.phase else ""),
            f"data = {shape}" if self.amplitude == 1 else f"data = {self.amplitude!r} * ({shape})",
        ]
        if self.noise:
            lines += [f"data = data + np.random.default_rng({seed}).normal(0, {self.noise!r}, {self.length})"]
        return "\n".join(lines)
