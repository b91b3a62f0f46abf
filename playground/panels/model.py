"""The model as the chapter prints it: layers, device, and the parameter count with its arithmetic."""

import pandas as pd
import streamlit as st

from playground.language.i18n import _
from rnn_engine import Experiment
from rnn_engine.cells import CELLS
from rnn_engine.scripts.pytorch_script import plain_script


def show_model(experiment: Experiment) -> None:
    """The equations, torch's own print-out, and where every parameter comes from."""
    network = experiment.network
    st.latex(CELLS[network.cell].formula)
    st.latex(r"y_t = W_{hy}\,h_t + b_y")
    left, right = st.columns(2)
    with left:
        st.code(_print_out(experiment), language="text")
    with right:
        table = pd.DataFrame(_arithmetic(experiment), columns=[_("Weights"), _("Arithmetic"), _("Parameters")])
        st.dataframe(table, hide_index=True)
    st.caption(
        _(
            "All timesteps share these {count} parameters: the number does not depend on the sequence length. PyTorch keeps "
            "two biases in each layer; both are trained."
        ).format(count=f"{experiment.cost.parameters:,}")
    )


def show_code(experiment: Experiment) -> None:
    """The experiment as a plain PyTorch script."""
    try:
        script = plain_script(experiment)
    except ValueError:
        st.info(_("PyTorch's own layers cannot do what these settings ask for, so there is no plain script of them."))
        return
    st.caption(
        _(
            "This experiment as a plain PyTorch script: same data, initial weights and batches. Its losses agree until rounding has grown, over many epochs, to something one can see."
        )
    )
    st.download_button(
        _("Download script"),
        script,
        "experiment.py",
        "text/x-python",
        key="download_script",
        icon=":material/download:",
        on_click="ignore",
        help=_("Save the script as a Python file."),
    )
    shown = script if len(script) < 20_000 else script[:20_000] + "\n…"
    st.code(shown, language="python", height=420)


def _print_out(experiment: Experiment) -> str:
    network, outputs = experiment.network, experiment.task.output_size
    layers = f", num_layers={network.num_layers}" if network.num_layers > 1 else ""
    cell = CELLS[network.cell]
    relu = f", nonlinearity='{cell.nonlinearity}'" if cell.nonlinearity else ""
    lines = ["Network("]
    if experiment.task.vocabulary_size is not None:
        lines.append(f"  (embedding): Embedding({experiment.task.vocabulary_size}, {experiment.input_size})")
    lines.append(
        f"  (rnn): {cell.torch_module or cell.title}({experiment.input_size}, {network.hidden_size}{layers}{relu})"
    )
    lines.append(f"  (readout): Linear(in_features={network.hidden_size}, out_features={outputs}, bias=True)")
    return "\n".join([*lines, ")", "device: cpu", f"parameters: {experiment.cost.parameters:,}"])


def _arithmetic(experiment: Experiment) -> list[tuple[str, str, int]]:
    network, outputs = experiment.network, experiment.task.output_size
    hidden, gates = network.hidden_size, len(CELLS[network.cell].blocks)
    times = f"{gates} × " if gates > 1 else ""
    rows = []
    if experiment.task.vocabulary_size is not None:
        known, width = experiment.task.vocabulary_size, experiment.input_size
        rows.append((_("Embedding"), f"{known} × {width}", known * width))
    for layer in range(network.num_layers):
        width = hidden if layer else experiment.input_size
        label = _("layer {number}").format(number=layer + 1) + ": " if network.num_layers > 1 else ""
        rows.append((f"{label}W_xh", f"{times}{hidden} × {width}", gates * hidden * width))
        rows.append((f"{label}W_hh", f"{times}{hidden} × {hidden}", gates * hidden * hidden))
        rows.append((f"{label}b_xh, b_hh", f"2 × {times}{hidden}", 2 * gates * hidden))
    rows.append(("W_hy", f"{outputs} × {hidden}", outputs * hidden))
    rows.append(("b_y", f"{outputs}", outputs))
    return [*rows, (_("Total"), "", sum(count for _label, _sum, count in rows))]
