"""`python -m benchmarks [speed] [steps] [chapter] [app] [science]`: prints a Markdown report of the parts named, or of all."""

import argparse
from collections.abc import Iterator, Sequence

from benchmarks.report import machine

PARTS = ("speed", "steps", "chapter", "app", "science")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the engine and the app.")
    parser.add_argument("parts", nargs="*", choices=PARTS, metavar="part", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument(
        "--rounds", type=_at_least_one, default=9,
        help="interleaved rounds (steps), seeds (chapter, science), pairs and first points (app); default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="how long the app runs for its memory; default: %(default)s"
    )
    given = parser.parse_args()
    print("# Benchmarks", machine(), sep="\n\n", flush=True)
    for line in _report(given.parts or PARTS, given.rounds, given.minutes):
        print(line, flush=True)


def _report(parts: Sequence[str], rounds: int, minutes: float) -> Iterator[str]:
    """One part after the other, each line as soon as it is measured; only what a part needs is imported."""
    if "speed" in parts:
        from benchmarks import speed

        yield from speed.report(rounds)
    if "steps" in parts:
        from benchmarks import steps

        yield from steps.report(rounds)
    if "chapter" in parts:
        from benchmarks import chapter

        yield from chapter.report(rounds)
    if "app" in parts:
        from benchmarks import app

        yield from app.report(rounds, minutes)
    if "science" in parts:
        from benchmarks import science

        yield from science.report(rounds)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    main()
