"""`python -m benchmarks [steps] [chapter] [app]`: prints a Markdown report of the parts named, or of all."""

import argparse
from collections.abc import Iterator

from benchmarks.report import machine

PARTS = ("steps", "chapter", "app")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the engine and the app.")
    parser.add_argument("parts", nargs="*", choices=PARTS, metavar="part", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument(
        "--rounds", type=_at_least_one, default=9,
        help="interleaved rounds (steps), seeds (chapter), pairs and first points (app); default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="how long the app runs for its memory; default: %(default)s"
    )
    given = parser.parse_args()
    print("# Benchmarks", machine(), sep="\n\n", flush=True)
    for part in _reports(given.parts or list(PARTS), given.rounds, given.minutes):
        print(f"\n{part}", flush=True)


def _reports(parts: list[str], rounds: int, minutes: float) -> Iterator[str]:
    """One part after the other, each as soon as it is done; only what a part needs is imported."""
    if "steps" in parts:
        from benchmarks import steps

        yield steps.report(rounds)
    if "chapter" in parts:
        from benchmarks import chapter

        yield chapter.report(rounds)
    if "app" in parts:
        from benchmarks import app

        yield app.report(rounds, minutes)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    main()
