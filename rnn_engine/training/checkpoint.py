"""A run's state as bytes: arrays and a JSON header in one npz file. Nothing in it can run code when read."""

import hashlib
import json
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from rnn_engine.experiment import Experiment

VERSION = 1
Arrays = dict[str, npt.NDArray[Any]]


def pack(header: dict[str, Any], arrays: Arrays) -> bytes:
    """Header and arrays as bytes. Floats keep every bit."""
    text = json.dumps({"version": VERSION, **header}).encode()
    file = BytesIO()
    np.savez(file, allow_pickle=False, header=np.frombuffer(text, dtype=np.uint8), **arrays)
    return file.getvalue()


def unpack(checkpoint: bytes) -> tuple[dict[str, Any], Arrays]:
    """The reverse of `pack`. Raises ValueError for anything that `pack` has not made."""
    try:
        with np.load(BytesIO(checkpoint), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("header").tobytes())
        version = header["version"]
    except Exception as error:  # damaged bytes fail in many ways
        raise ValueError("These bytes are not a checkpoint.") from error
    if version != VERSION:
        raise ValueError(f"The checkpoint has version {version}; this program reads version {VERSION}.")
    return header, arrays


@lru_cache(maxsize=16)  # a long series takes a while
def fingerprint(experiment: Experiment) -> str:
    """A short text that is the same for equal experiments, and for no others."""
    return hashlib.sha256(experiment.model_dump_json().encode()).hexdigest()


def fill(tensor: Tensor, saved: Tensor) -> None:
    """Copy `saved` into `tensor`. Raises ValueError unless shape and dtype are the same."""
    if tensor.shape != saved.shape or tensor.dtype != saved.dtype:
        wanted, given = f"{tensor.dtype} {tuple(tensor.shape)}", f"{saved.dtype} {tuple(saved.shape)}"
        raise ValueError(f"The checkpoint holds {given} where {wanted} is needed.")
    tensor.copy_(saved)
