"""A run's curves as a CSV file."""

import csv
import io

import streamlit as st

from playground.language.i18n import _
from rnn_engine.runs import Run


def curves_csv(run: Run) -> str:
    """One row a step: step, epoch, train_loss of the batch, and test_loss where it was measured."""
    tests = dict(zip(run.books.test_steps, run.books.test_losses, strict=True))
    per_epoch = run.experiment.steps_per_epoch
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("step", "epoch", "train_loss", "test_loss"))
    for step, loss in enumerate(run.losses, 1):
        writer.writerow((step, f"{step / per_epoch:.6g}", repr(loss), repr(tests[step]) if step in tests else ""))
    return file.getvalue()


def curves_button(run: Run | None) -> None:
    """The button that saves the curves; they are written out when it is pressed."""
    if run is None:
        return
    st.download_button(
        _("Curves as CSV"),
        lambda: curves_csv(run),
        "curves.csv",
        "text/csv",
        key="download_curves",
        icon=":material/download:",
        on_click="ignore",
        help=_("The training loss of every step and every measured test loss."),
    )
