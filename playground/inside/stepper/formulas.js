/* The formulas of one place of the stepper, with the actual matrices and numbers filled in.

   Nothing is computed here but the product of two vectors that stand beside it: every number is the engine's. */

import { digits, line, make, matrix, norm, outer, transpose } from "./stepper_numbers.js";
import { visible } from "./stepper_network.js";

/* What reaches each gate's input, before its nonlinearity. */
const INTO = {
  lstm: {
    i: (t) => `dL/dc_{${t}} ⊙ g_{${t}} ⊙ i_{${t}} (1 − i_{${t}})`,
    f: (t) => `dL/dc_{${t}} ⊙ c_{${t - 1}} ⊙ f_{${t}} (1 − f_{${t}})`,
    g: (t) => `dL/dc_{${t}} ⊙ i_{${t}} ⊙ (1 − g_{${t}}^{2})`,
    o: (t) => `dL/dh_{${t}} ⊙ tanh( c_{${t}} ) ⊙ o_{${t}} (1 − o_{${t}})`,
  },
  gru: {
    r: (t) => `dL/da_{${t}}^{n} ⊙ m_{${t}} ⊙ r_{${t}} (1 − r_{${t}})`,
    z: (t) => `dL/dh_{${t}} ⊙ (h_{${t - 1}} − n_{${t}}) ⊙ z_{${t}} (1 − z_{${t}})`,
    n: (t) => `dL/dh_{${t}} ⊙ (1 − z_{${t}}) ⊙ (1 − n_{${t}}^{2})`,
  },
};

const GATES = { lstm: ["i", "f", "g", "o"], gru: ["r", "z", "n"] };

export function formulas(trace, place, words) {
  if (place.phase === "start") return [line("h_{0} = ", matrix(trace.hidden[0])), note(words.start_note)];
  if (place.phase === "forward") return forward(trace, place.t, words);
  if (place.phase === "back") return backward(trace, place.t, words);
  return place.phase === "sum" ? sums(trace, words) : update(trace, words);
}

function note(text) {
  return make("p", { class: "note" }, text);
}

function heading(text) {
  return make("h4", {}, text);
}

/* The rows of a matrix, or entries of a vector, that belong to one gate. */
function gate(values, index, size) {
  return values.slice(index * size, (index + 1) * size);
}

function forward(trace, t, words) {
  const state = { rnn_tanh: simple, rnn_relu: simple, lstm, gru }[trace.cell];
  const { W_hy, b_y } = trace.parameters;
  const [h, y] = [trace.hidden[t], trace.outputs[t - 1]];
  return [
    heading(words.state),
    ...state(trace, t),
    heading(words.output),
    line(`y_{${t}} = W_{hy} h_{${t}} + b_{y} =`, matrix(W_hy, "W_hy"), matrix(h, "h"), "+", matrix(b_y, "b_y"), "=", matrix(y, "y")),
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
      `= ${open}`, matrix(W_hh, "W_hh"), matrix(trace.hidden[t - 1], "h"), "+", matrix(W_xh, "W_xh"), matrix(trace.inputs[t - 1], "x"),
      "+", matrix(b_h, "b_h"), close,
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
    matrix(gate(W_hh, index, size)), matrix(trace.hidden[t - 1], "h"), "+", matrix(gate(W_xh, index, size)),
    matrix(trace.inputs[t - 1], "x"), "+", matrix(gate(b_h, index, size)), `) = ${squash}`,
    matrix(gate(trace.entering[t - 1], index, size)), ") =", matrix(trace.gates[name][t - 1], name),
  );
}

function lstm(trace, t) {
  const { i, f, g, o } = trace.gates;
  const [before, c] = [trace.memory[t - 1], trace.memory[t]];
  return [
    ...GATES.lstm.map((name, index) => gateLine(trace, t, name, index)),
    line(`c_{${t}} = f_{${t}} ⊙ c_{${t - 1}} + i_{${t}} ⊙ g_{${t}} =`, matrix(f[t - 1], "f"), "⊙", matrix(before, "c"), "+",
      matrix(i[t - 1], "i"), "⊙", matrix(g[t - 1], "g"), "=", matrix(c, "c")),
    line(`h_{${t}} = o_{${t}} ⊙ tanh( c_{${t}} ) =`, matrix(o[t - 1], "o"), "⊙ tanh", matrix(c, "c"), "=", matrix(trace.hidden[t], "h")),
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
    line(`m_{${t}} = W_{hh}^{n} h_{${t - 1}} + b_{hn} =`, matrix(gate(W_hh, 2, size)), matrix(before, "h"), "+", matrix(b_hn, "b_hn"), "=",
      matrix(m[t - 1], "m")),
    line(`n_{${t}} = tanh( W_{xh}^{n} x_{${t}} + b_{h}^{n} + r_{${t}} ⊙ m_{${t}} ) = tanh(`, matrix(gate(W_xh, 2, size)),
      matrix(trace.inputs[t - 1], "x"), "+", matrix(gate(b_h, 2, size)), "+", matrix(r[t - 1], "r"), "⊙", matrix(m[t - 1], "m"), ") =",
      matrix(n[t - 1], "n")),
    line(`h_{${t}} = (1 − z_{${t}}) ⊙ n_{${t}} + z_{${t}} ⊙ h_{${t - 1}} = (1 −`, matrix(z[t - 1], "z"), ") ⊙", matrix(n[t - 1], "n"), "+",
      matrix(z[t - 1], "z"), "⊙", matrix(before, "h"), "=", matrix(trace.hidden[t], "h")),
  ];
}

function loss(trace, t, words) {
  const target = trace.next[t - 1];
  const value = trace.losses[t - 1];
  const lines = trace.probabilities ? [chances(trace, t - 1, trace.probabilities, words)] : [];
  if (value === null) return [...lines, note(words.uncounted)];
  if (trace.probabilities) {
    const p = trace.probabilities[t - 1][trace.vocabulary.indexOf(target)];
    return [...lines, line(`L_{${t}} = − ln p( `, make("b", {}, visible(target)), ` ) = − ln ${digits(p)} = ${digits(value)}`)];
  }
  return [line(`L_{${t}} = ( y_{${t}} − `, make("b", {}, target), ` )^{2} = ( ${digits(trace.outputs[t - 1][0])} − `, make("b", {}, target),
    ` )^{2} = ${digits(value)}`)];
}

/* What comes next, as the network sees it: its likeliest guesses, and the one that is right. */
function chances(trace, row, probabilities, words) {
  const target = trace.next[row];
  const order = trace.vocabulary.map((unit, index) => ({ unit, p: probabilities[row][index] })).sort((a, b) => b.p - a.p);
  const shown = order.slice(0, 8);
  const right = order.find(({ unit }) => unit === target);
  if (!shown.includes(right)) shown[shown.length - 1] = right;
  const bars = shown.map(({ unit, p }) =>
    make("span", { class: `chance${unit === target ? " right" : ""}`, title: p },
      make("span", {}, visible(unit)), make("i", { style: `width: ${(5 * p).toFixed(3)}rem` }), make("span", {}, digits(p))),
  );
  return make("div", { class: "chances", role: "group", "aria-label": words.chances }, bars);
}

/* dL/d(W_hh h): what reaches the gates, but for the GRU's candidate, whose part stands under r. */
function fromHidden(trace) {
  return trace.from_hidden_gradient ?? trace.entering_gradient;
}

function backward(trace, t, words) {
  const { W_hh, W_hy } = trace.parameters;
  const [last, cell, size] = [t === trace.T, trace.cell, trace.hidden[0].length];
  const [dy, direct, through, total] = [trace.output_gradient[t - 1], trace.direct[t], trace.through[t], trace.total[t]];
  const da = trace.entering_gradient[t - 1];
  const own = cell === "gru" ? `dL/d(W_{hh} h_{${t}})` : `dL/da_{${t + 1}}`;
  const slope = trace.probabilities ? `p_{${t}} − [${words.one_at_target}]` : `2 ( y_{${t}} − ${words.target} )`;
  const share = trace.loss_on === "all" ? `1/T · ( ${slope} )` : slope;
  const past = cell === "gru" && !last; // the GRU's state also goes on past the gates
  const lines = [
    heading(words.direct),
    trace.losses[t - 1] === null ? note(words.no_loss_here) : line(`dL/dy_{${t}} = ${share} =`, matrix(dy, "dL/dy")),
    line(`W_{hy}^{T} · dL/dy_{${t}} =`, matrix(transpose(W_hy), "W_hy^T"), matrix(dy, "dL/dy"), "=", matrix(direct)),
    heading(words.through.replace("{t}", t + 1)),
    last
      ? line(matrix(through), ` ${words.nothing_after}`)
      : line(
          `W_{hh}^{T} · ${own} ${past ? `+ z_{${t + 1}} ⊙ dL/dh_{${t + 1}} ` : ""}=`,
          matrix(transpose(W_hh), "W_hh^T"), matrix(fromHidden(trace)[t]),
          ...(past ? ["+", matrix(trace.gates.z[t], "z"), "⊙", matrix(trace.total[t + 1])] : []), "=", matrix(through),
        ),
    heading(words.sum_here),
    line(`dL/dh_{${t}} =`, matrix(direct), "+", matrix(through), "=", matrix(total, "dL/dh"), ` ‖dL/dh_{${t}}‖ = ${digits(norm(total))}`),
  ];
  if (cell === "lstm") lines.push(memoryLine(trace, t));
  lines.push(heading(words.entering));
  if (cell.startsWith("rnn")) {
    const slopes = trace.hidden[t].map((h) => (cell === "rnn_tanh" ? 1 - h * h : Number(h > 0)));
    const phi = cell === "rnn_tanh" ? `(1 − h_{${t}}^{2})` : `[h_{${t}} > 0]`;
    lines.push(line(`dL/da_{${t}} = dL/dh_{${t}} ⊙ ${phi} =`, matrix(total), "⊙", matrix(slopes), "=", matrix(da, "dL/da")));
  } else {
    const into = GATES[cell].map((name, index) =>
      line(`dL/da_{${t}}^{${name}} = ${INTO[cell][name](t)} =`, matrix(gate(da, index, size), `dL/da ${name}`)),
    );
    lines.push(make("div", { class: "side" }, into));
  }
  return [...lines, heading(words.shares), ...shares(trace, t, words)];
}

function memoryLine(trace, t) {
  const more = t < trace.T;
  const slopes = trace.memory[t].map((c) => 1 - Math.tanh(c) ** 2);
  const after = more ? ["+", matrix(trace.gates.f[t], "f"), "⊙", matrix(trace.memory_gradient[t])] : [];
  return line(
    `dL/dc_{${t}} = dL/dh_{${t}} ⊙ o_{${t}} ⊙ (1 − tanh^{2} c_{${t}}) ${more ? `+ f_{${t + 1}} ⊙ dL/dc_{${t + 1}} ` : ""}=`,
    matrix(trace.total[t]), "⊙", matrix(trace.gates.o[t - 1], "o"), "⊙", matrix(slopes), ...after, "=",
    matrix(trace.memory_gradient[t - 1], "dL/dc"),
  );
}

/* What this timestep adds to each gradient: column times row. */
function shares(trace, t, words) {
  const [da, dm, dy] = [trace.entering_gradient[t - 1], fromHidden(trace)[t - 1], trace.output_gradient[t - 1]];
  const [x, before, h] = [trace.inputs[t - 1], trace.hidden[t - 1], trace.hidden[t]];
  const a = trace.cell === "gru" ? `dL/d(W_{hh} h_{${t - 1}})` : `dL/da_{${t}}`;
  const product = (name, left, right, leftName, rightName) => {
    const share = matrix(outer(left, right), `d${name}`);
    share.dataset.share = name;
    return line(`dW_{${name.slice(2)}} : ${leftName} ${rightName}^{T} =`, matrix(left), matrix([right]), "=", share);
  };
  const size = h.length;
  const biases = [`db_{h} :`, matrix(da, "db_h"), ...(trace.cell === "gru" ? ["db_{hn} :", matrix(gate(dm, 2, size), "db_hn")] : []), "db_{y} :", matrix(dy, "db_y")];
  const gates = GATES[trace.cell];
  return [
    ...(gates ? [note(words.gate_rows.replace("{gates}", gates.join(", ")))] : []),
    product("W_hh", dm, before, a, `h_{${t - 1}}`),
    product("W_xh", da, x, `dL/da_{${t}}`, `x_{${t}}`),
    product("W_hy", dy, h, `dL/dy_{${t}}`, `h_{${t}}`),
    line(...biases),
  ];
}

const written = (name) => name.replace(/_(\w+)/, "_{$1}");

function sums(trace, words) {
  const rows = Object.keys(trace.gradients).map((name) => {
    const difference = make("b", { "data-difference": trace.difference[name] }, digits(trace.difference[name]));
    return line(`d${written(name)} = Σ_{t} =`, matrix(trace.gradients[name], `d${name}`), `${words.autograd} `,
      matrix(trace.from_autograd[name], words.autograd), " max |Δ| = ", difference);
  });
  return [note(words.sum_note), ...rows];
}

function update(trace, words) {
  const rows = Object.keys(trace.updated).map((name) =>
    line(`${written(name)} − η d${written(name)} =`, matrix(trace.parameters[name], name), `− ${digits(trace.learning_rate)} ·`,
      matrix(trace.gradients[name], `d${name}`), "=", matrix(trace.updated[name], name)),
  );
  const last = trace.T - 1;
  const guess = trace.probabilities ? [make("div", { class: "line" }, words.next_now), chances(trace, last, trace.after.probabilities, words)] : [];
  return [
    line(`L = ${digits(trace.loss)} → `, make("b", {}, digits(trace.after.loss)), ` ${trace.after.loss < trace.loss ? words.lower : words.higher}`),
    ...guess,
    ...rows,
  ];
}
