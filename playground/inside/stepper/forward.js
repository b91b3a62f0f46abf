/* The formulas of one timestep forward: the new state, the output and its loss. */

import { visible } from "../../live/format.js";
import { digits, heading, line, make, matrix, note } from "./numbers.js";

export const GATES = { lstm: ["i", "f", "g", "o"], gru: ["r", "z", "n"] };

/* The rows of a matrix, or entries of a vector, that belong to one gate. */
export function gate(values, index, size) {
  return values.slice(index * size, (index + 1) * size);
}

export function forward(trace, t, words) {
  const state = { rnn_tanh: simple, rnn_relu: simple, lstm, gru }[trace.cell];
  const { W_hy, b_y } = trace.parameters;
  const [h, y] = [trace.hidden[t], trace.outputs[t - 1]];
  return [
    heading(words.state),
    ...state(trace, t),
    heading(words.output),
    line(
      `y_{${t}} = W_{hy} h_{${t}} + b_{y} =`,
      matrix(W_hy, "W_hy"),
      matrix(h, "h"),
      "+",
      matrix(b_y, "b_y"),
      "=",
      matrix(y, "y"),
    ),
    heading(words.loss),
    ...loss(trace, t, words),
  ];
}

function simple(trace, t) {
  const { W_hh, W_xh, b_h } = trace.parameters;
  const phi = trace.cell === "rnn_tanh" ? "tanh" : "max(0, ";
  const [open, close] = trace.cell === "rnn_tanh" ? ["tanh(", ")"] : [phi, ")"];
  return [
    line(`h_{${t}} = ${open} W_{hh} h_{${t - 1}} + W_{xh} x_{${t}} + b_{h} ${close}`),
    line(
      `= ${open}`,
      matrix(W_hh, "W_hh"),
      matrix(trace.hidden[t - 1], "h"),
      "+",
      matrix(W_xh, "W_xh"),
      matrix(trace.inputs[t - 1], "x"),
      "+",
      matrix(b_h, "b_h"),
      close,
    ),
    line(`= ${open}`, matrix(trace.entering[t - 1], "a"), `${close} =`, matrix(trace.hidden[t], "h")),
  ];
}

/* One gate: its name, and the rows of the weights that are its own. */
function gateLine(trace, t, name, index) {
  const { W_hh, W_xh, b_h } = trace.parameters;
  const size = trace.hidden[0].length;
  const squash = name === "g" ? "tanh(" : "σ(";
  return line(
    `${name}_{${t}} = ${squash} W_{hh}^{${name}} h_{${t - 1}} + W_{xh}^{${name}} x_{${t}} + b_{h}^{${name}} ) = ${squash}`,
    matrix(gate(W_hh, index, size)),
    matrix(trace.hidden[t - 1], "h"),
    "+",
    matrix(gate(W_xh, index, size)),
    matrix(trace.inputs[t - 1], "x"),
    "+",
    matrix(gate(b_h, index, size)),
    `) = ${squash}`,
    matrix(gate(trace.entering[t - 1], index, size)),
    ") =",
    matrix(trace.gates[name][t - 1], name),
  );
}

function lstm(trace, t) {
  const { i, f, g, o } = trace.gates;
  const [before, c] = [trace.memory[t - 1], trace.memory[t]];
  return [
    ...GATES.lstm.map((name, index) => gateLine(trace, t, name, index)),
    line(
      `c_{${t}} = f_{${t}} ⊙ c_{${t - 1}} + i_{${t}} ⊙ g_{${t}} =`,
      matrix(f[t - 1], "f"),
      "⊙",
      matrix(before, "c"),
      "+",
      matrix(i[t - 1], "i"),
      "⊙",
      matrix(g[t - 1], "g"),
      "=",
      matrix(c, "c"),
    ),
    line(
      `h_{${t}} = o_{${t}} ⊙ tanh( c_{${t}} ) =`,
      matrix(o[t - 1], "o"),
      "⊙ tanh",
      matrix(c, "c"),
      "=",
      matrix(trace.hidden[t], "h"),
    ),
  ];
}

function gru(trace, t) {
  const { W_hh, W_xh, b_h, b_hn } = trace.parameters;
  const { r, z, n, m } = trace.gates;
  const size = trace.hidden[0].length;
  const before = trace.hidden[t - 1];
  return [
    gateLine(trace, t, "r", 0),
    gateLine(trace, t, "z", 1),
    line(
      `m_{${t}} = W_{hh}^{n} h_{${t - 1}} + b_{hn} =`,
      matrix(gate(W_hh, 2, size)),
      matrix(before, "h"),
      "+",
      matrix(b_hn, "b_hn"),
      "=",
      matrix(m[t - 1], "m"),
    ),
    line(
      `n_{${t}} = tanh( W_{xh}^{n} x_{${t}} + b_{h}^{n} + r_{${t}} ⊙ m_{${t}} ) = tanh(`,
      matrix(gate(W_xh, 2, size)),
      matrix(trace.inputs[t - 1], "x"),
      "+",
      matrix(gate(b_h, 2, size)),
      "+",
      matrix(r[t - 1], "r"),
      "⊙",
      matrix(m[t - 1], "m"),
      ") =",
      matrix(n[t - 1], "n"),
    ),
    line(
      `h_{${t}} = (1 − z_{${t}}) ⊙ n_{${t}} + z_{${t}} ⊙ h_{${t - 1}} = (1 −`,
      matrix(z[t - 1], "z"),
      ") ⊙",
      matrix(n[t - 1], "n"),
      "+",
      matrix(z[t - 1], "z"),
      "⊙",
      matrix(before, "h"),
      "=",
      matrix(trace.hidden[t], "h"),
    ),
  ];
}

function loss(trace, t, words) {
  const target = trace.next[t - 1];
  const value = trace.losses[t - 1];
  const lines = trace.probabilities ? [chances(trace, t - 1, trace.probabilities, words)] : [];
  if (value === null) return [...lines, note(words.uncounted)];
  if (trace.probabilities) {
    const p = trace.probabilities[t - 1][trace.vocabulary.indexOf(target)];
    return [
      ...lines,
      line(`L_{${t}} = − ln p( `, make("b", {}, visible(target)), ` ) = − ln ${digits(p)} = ${digits(value)}`),
    ];
  }
  return [
    line(
      `L_{${t}} = ( y_{${t}} − `,
      make("b", {}, target),
      ` )^{2} = ( ${digits(trace.outputs[t - 1][0])} − `,
      make("b", {}, target),
      ` )^{2} = ${digits(value)}`,
    ),
  ];
}

/* What comes next, as the network sees it: its likeliest guesses, and the one that is right. */
export function chances(trace, row, probabilities, words) {
  const target = trace.next[row];
  const order = trace.vocabulary
    .map((unit, index) => ({ unit, p: probabilities[row][index] }))
    .sort((a, b) => b.p - a.p);
  const shown = order.slice(0, 8);
  const right = order.find(({ unit }) => unit === target);
  if (!shown.includes(right)) shown[shown.length - 1] = right;
  const bars = shown.map(({ unit, p }) =>
    make(
      "span",
      { class: `chance${unit === target ? " right" : ""}`, title: p },
      make("span", {}, visible(unit)),
      make("i", { style: `width: ${(5 * p).toFixed(3)}rem` }),
      make("span", {}, digits(p)),
    ),
  );
  return make("div", { class: "chances", role: "group", "aria-label": words.chances }, bars);
}
