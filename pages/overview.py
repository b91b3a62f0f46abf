"""Overview: what this is, and where to go."""

import streamlit as st

from playground.language.i18n import _

st.title(_("RNN playground"))
st.markdown(
    _(
        "Recurrent neural networks, trained live in front of you. Every number and every curve here is **measured** on the "
        "network being trained: losses, predictions, and the gradient norm at every timestep, so that you can see "
        "gradients vanish and explode, and what cures them."
    )
)

with st.container(border=True):
    st.subheader(_("Lessons"))
    st.markdown(
        _(
            "The chapter in fourteen short lessons: predict what the network will do, then let it run, and see whether you "
            "were right."
        )
    )
    st.page_link("../pages/lessons.py", label=_("Begin with the first lesson"), icon=":material/school:")
series, text, gradients, inside = st.columns(4)
with series, st.container(border=True):
    st.subheader(_("Time series"))
    st.markdown(
        _(
            "A network reads {length} values of a sine wave, a real series or your own data, and learns to predict the next."
        ).format(length=50)
    )
    st.page_link("../pages/time_series.py", label=_("Train on a time series"), icon=":material/show_chart:")
with text, st.container(border=True):
    st.subheader(_("Text"))
    st.markdown(
        _("A network reads Shakespeare, Tang poems or what you paste, and learns to write character by character.")
    )
    st.page_link("../pages/text.py", label=_("Train on text"), icon=":material/notes:")
with gradients, st.container(border=True):
    st.subheader(_("Gradients"))
    st.markdown(_("A laboratory: see gradients vanish and explode, measure why, and try what cures them."))
    st.page_link("../pages/gradients.py", label=_("Open the laboratory"), icon=":material/experiment:")
with inside, st.container(border=True):
    st.subheader(_("Inside the network"))
    st.markdown(_("Step forward, and back through time, with the actual matrices and numbers of a small network."))
    st.page_link("../pages/inside.py", label=_("Step through it"), icon=":material/visibility:")

st.subheader(_("What a recurrent network is"))
st.markdown(
    _(
        "At every timestep $t$ the same weights turn the input $x_t$ and the previous hidden state into the new hidden state:"
    )
)
st.latex(r"h_t = \tanh(W_{hh}\,h_{t-1} + W_{xh}\,x_t + b_h) \qquad y_t = W_{hy}\,h_t + b_y")
st.markdown(
    _(
        "Training sends the loss back along the same path: **backpropagation through time**. Each timestep on the way back "
        "multiplies the gradient by a matrix. If that shrinks it, the gradient **vanishes** and the network cannot learn "
        "from what is far back; if it stretches it, the gradient **explodes** and training breaks. The gradient-flow chart "
        "on each page shows which of the two happens, at every timestep, while it happens."
    )
)

st.subheader(_("Words used here"))
st.markdown(
    _(
        """
- **Timestep** $t$: a position in the sequence. **Step**: one update of the weights. **Epoch**: once through all training windows.
- **Sequence length** $T$: how many timesteps the network is unrolled over. **Lag** $k = T - t$: how far back.
- **Gradient flow** $G_t$: the mean over the batch of $\\lVert \\partial l / \\partial h_t \\rVert$, the total derivative of one example's loss $l$ with respect to the hidden state after timestep $t$. For an LSTM also of $\\lVert \\partial l / \\partial c_t \\rVert$.
- **Per-step factor** $r$: fitted so that $G$ changes like $r^k$ over the lag $k$. $r < 1$ vanishes going back, $r > 1$ explodes. **Memory horizon**: the largest lag at which $G$ is a hundredth of its maximum or more.
- **Gradient norm**: over all parameters, before clipping. **Clip norm**: its ceiling.
- **Loss on** the last timestep, or on all of them: the mean over timesteps, $L = \\frac{1}{T} \\sum_t L_t$.
- **Training and test part**: the earlier and the later windows; no target of a test window lies in the training part.
"""
    )
)
