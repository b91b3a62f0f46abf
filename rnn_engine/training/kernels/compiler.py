"""How kernels are compiled: to machine code that is kept on disk, lets other threads run, and respects NaN."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from llvmlite import binding

_config: Any = numba.config  # its attributes are made when it is loaded

#: Sums may be added up in any order and a * b + c rounded once; a NaN stays a NaN and an infinity an infinity.
FASTMATH = {"reassoc", "contract", "nsz"}

_HERE = Path(__file__).parent
_STAMP = "all.txt"  # written last, when every kernel is in the folder


def _fingerprint() -> str:
    """A hash of all that the machine code depends on. numba itself checks only the file of the function called."""
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.read_bytes() + str(source.stat().st_mtime).encode())
    for part in (sys.version, numba.__version__, binding.get_host_cpu_name(), str(binding.get_host_cpu_features())):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """Beside the sources; where those cannot be written to, in the user's own cache; None where nothing can be kept."""
    for parent in (_HERE / "__pycache__", Path(os.path.expanduser("~")) / ".cache" / "rnn-playground"):
        with suppress(OSError):
            parent.mkdir(parents=True, exist_ok=True)
            if os.access(parent, os.W_OK):
                return parent / f"compiled-{_fingerprint()}"
    return None


FOLDER = _cache_folder()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that other kernels call, into each of them."""
    return numba.njit(nogil=True, error_model="numpy", fastmath=FASTMATH)(function)


def called_from_python(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, when it is first called with arguments of some types; kept on disk."""
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(FOLDER or "")  # numba reads it at once; functions of other packages keep their folder
    try:
        return numba.njit(cache=FOLDER is not None, nogil=True, error_model="numpy", fastmath=FASTMATH)(function)
    finally:
        _config.CACHE_DIR = before


def all_is_compiled() -> bool:
    """Whether every kernel is on disk."""
    return FOLDER is not None and (FOLDER / _STAMP).exists()


def compile_in_another_process() -> None:
    """Run `python -m rnn_engine.training.kernels`, so that this process, like every other, loads the kernels from disk.

    Kernels compiled in the process that uses them are inlined differently, and may round differently.
    """
    if FOLDER is None:  # nothing could be kept
        return
    root = str(_HERE.parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "rnn_engine.training.kernels"]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE) as process:
        process.wait()


def delete_compiled() -> None:
    """Delete the compiled kernels."""
    if FOLDER is not None:
        shutil.rmtree(FOLDER, ignore_errors=True)


def mark_all_compiled() -> None:
    """Write the stamp for the next process, and delete the kernels of older sources."""
    if FOLDER is None:
        return
    with suppress(OSError):
        (FOLDER / _STAMP).touch()
        for old in FOLDER.parent.glob("compiled-*"):
            if old != FOLDER:
                shutil.rmtree(old, ignore_errors=True)
