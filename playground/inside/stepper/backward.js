/* The formulas of one timestep on the way back: what reaches its state, its gates, and what it adds to each gradient. */

import { GATES, gate } from "./forward.js";
import { digits, heading, line, make, matrix, norm, note, outer, transpose } from "./numbers.js";

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

/* dL/d(W_hh h): what reaches the gates, but for the GRU's candidate, whose part stands under r. */
function fromHidden(trace) {
  return trace.from_hidden_gradient ?? trace.entering_gradient;
}

export function backward(trace, t, words) {
  const { W_hh, W_hy } = trace.parameters;
  const [last, cell, size] = [t === trace.T, trace.cell, trace.hidden[0].length];
  const [dy, direct, through, total] = [
    trace.output_gradient[t - 1],
    trace.direct[t],
    trace.through[t],
    trace.total[t],
  ];
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
          matrix(transpose(W_hh), "W_hh^T"),
          matrix(fromHidden(trace)[t]),
          ...(past ? ["+", matrix(trace.gates.z[t], "z"), "⊙", matrix(trace.total[t + 1])] : []),
          "=",
          matrix(through),
        ),
    heading(words.sum_here),
    line(
      `dL/dh_{${t}} =`,
      matrix(direct),
      "+",
      matrix(through),
      "=",
      matrix(total, "dL/dh"),
      ` ‖dL/dh_{${t}}‖ = ${digits(norm(total))}`,
    ),
  ];
  if (cell === "lstm") lines.push(memoryLine(trace, t));
  lines.push(heading(words.entering));
  if (cell.startsWith("rnn")) {
    const slopes = trace.hidden[t].map((h) => (cell === "rnn_tanh" ? 1 - h * h : Number(h > 0)));
    const phi = cell === "rnn_tanh" ? `(1 − h_{${t}}^{2})` : `[h_{${t}} > 0]`;
    lines.push(
      line(`dL/da_{${t}} = dL/dh_{${t}} ⊙ ${phi} =`, matrix(total), "⊙", matrix(slopes), "=", matrix(da, "dL/da")),
    );
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
    matrix(trace.total[t]),
    "⊙",
    matrix(trace.gates.o[t - 1], "o"),
    "⊙",
    matrix(slopes),
    ...after,
    "=",
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
  const biases = [
    `db_{h} :`,
    matrix(da, "db_h"),
    ...(trace.cell === "gru" ? ["db_{hn} :", matrix(gate(dm, 2, size), "db_hn")] : []),
    "db_{y} :",
    matrix(dy, "db_y"),
  ];
  const gates = GATES[trace.cell];
  return [
    ...(gates ? [note(words.gate_rows.replace("{gates}", gates.join(", ")))] : []),
    product("W_hh", dm, before, a, `h_{${t - 1}}`),
    product("W_xh", da, x, `dL/da_{${t}}`, `x_{${t}}`),
    product("W_hy", dy, h, `dL/dy_{${t}}`, `h_{${t}}`),
    line(...biases),
  ];
}
