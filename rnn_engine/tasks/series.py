"""A series of the user's own: measured values whose next one is to be predicted."""

import textwrap
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from rnn_engine.tasks.base import SCRIPT_WIDTH, Task
from rnn_engine.wording import N_, problem

LONGEST_SERIES = 200_000
LARGEST_VALUE = 1e100  # errors are squared, and must stay finite


class SeriesTask(Task):
    """Values in the order of time. The network sees them standardised by the training part's mean and deviation."""

    kind: Literal["series"] = "series"
    values: Annotated[tuple[float, ...], Field(title=N_("Values"), description=N_("The series, oldest value first."))]
    name: Annotated[
        str, Field(max_length=200, title=N_("Name"), description=N_("What the values measure, and their unit."))
    ] = ""
    timestamps: Annotated[
        tuple[str, ...] | None, Field(title=N_("Timestamps"), description=N_("When each value was measured."))
    ] = None
    title: ClassVar[str] = N_("Series")
    standardised: ClassVar[bool] = True

    @field_validator("values", mode="before")
    @classmethod
    def _refuse_what_no_network_can_learn(cls, values: object) -> object:
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            return values  # pydantic says what is wrong with it
        if array.ndim != 1:
            return values
        if array.size > LONGEST_SERIES:
            raise problem("series_too_long", given=array.size, limit=LONGEST_SERIES)
        finite = np.isfinite(array)
        if not finite.all():
            raise problem("series_not_finite", position=int(np.argmin(finite)) + 1)
        large = np.abs(array) > LARGEST_VALUE
        if large.any():
            raise problem("series_too_large", position=int(np.argmax(large)) + 1, limit=LARGEST_VALUE)
        if array.size and (array == array[0]).all():
            raise problem("series_constant")
        return tuple(array.tolist())

    @model_validator(mode="after")
    def _one_timestamp_each(self) -> "SeriesTask":
        if self.timestamps is not None and len(self.timestamps) != len(self.values):
            raise problem("timestamps_do_not_match", given=len(self.timestamps), needed=len(self.values))
        return self

    @property
    def sequence_size(self) -> int:
        return len(self.values)

    @cached_property
    def _array(self) -> npt.NDArray[np.float64]:
        array = np.array(self.values, dtype=np.float64)
        array.flags.writeable = False
        return array

    def sequence(self, seed: int) -> npt.NDArray[np.float64]:
        """The values, read-only; `seed` is not needed."""
        return self._array

    def script(self, seed: int) -> str:
        numbers = ", ".join(map(repr, self.values))
        values = textwrap.fill(numbers, SCRIPT_WIDTH, initial_indent="    ", subsequent_indent="    ")
        # repr keeps a name with line breaks inside the comment.
        name = f": {self.name!r}" if self.name else ""
        return f"# The data{name}.\ndata = np.array([\n{values},\n])"
