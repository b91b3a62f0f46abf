"""An experiment trained by nothing but a Trainer, in its own process: what training in the app is measured against.

`python -m benchmarks.headless` reads an experiment's JSON from its first line of input, then trains for as many seconds
as each further line says and answers with the steps it made a second. In between it rests.
"""

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from rnn_engine import Experiment

WARM_UP = 50  # steps


class Headless:
    """That process, seen from here."""

    def __init__(self, experiment: Experiment) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.headless"],
            cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._ask(experiment.model_dump_json())

    def steps_per_second(self, seconds: float) -> float:
        """Train for so long; how fast it went."""
        return float(self._ask(str(seconds)))

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the headless trainer ended")
        return answer

    def __enter__(self) -> "Headless":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its input, which ends it


def main() -> None:
    """Serve on standard input and output."""
    import torch

    from rnn_engine import Trainer

    torch.set_num_threads(1)
    trainer = Trainer(Experiment.model_validate_json(sys.stdin.readline()), tier="fast")  # as the app's workers
    for _ in range(WARM_UP):
        trainer.step()
    print("warm", flush=True)
    for line in sys.stdin:
        began, first = time.monotonic(), trainer.step_number
        while time.monotonic() - began < float(line):
            if not trainer.step():
                raise RuntimeError("the experiment is over: give it more epochs")
        print((trainer.step_number - first) / (time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main()
