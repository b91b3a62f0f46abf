/* The formulas of one place of the stepper, with the actual matrices and numbers filled in.

   Nothing is computed here but the product of two vectors that stand beside it: every number is the engine's. */

import { backward } from "./backward.js";
import { chances, forward } from "./forward.js";
import { digits, line, make, matrix, note } from "./numbers.js";

export function formulas(trace, place, words) {
  if (place.phase === "start") return [line("h_{0} = ", matrix(trace.hidden[0])), note(words.start_note)];
  if (place.phase === "forward") return forward(trace, place.t, words);
  if (place.phase === "back") return backward(trace, place.t, words);
  return place.phase === "sum" ? sums(trace, words) : update(trace, words);
}

const written = (name) => name.replace(/_(\w+)/, "_{$1}");

function sums(trace, words) {
  const rows = Object.keys(trace.gradients).map((name) => {
    const difference = make("b", { "data-difference": trace.difference[name] }, digits(trace.difference[name]));
    return line(
      `d${written(name)} = Σ_{t} =`,
      matrix(trace.gradients[name], `d${name}`),
      `${words.autograd} `,
      matrix(trace.from_autograd[name], words.autograd),
      " max |Δ| = ",
      difference,
    );
  });
  return [note(words.sum_note), ...rows];
}

function update(trace, words) {
  const rows = Object.keys(trace.updated).map((name) =>
    line(
      `${written(name)} − η d${written(name)} =`,
      matrix(trace.parameters[name], name),
      `− ${digits(trace.learning_rate)} ·`,
      matrix(trace.gradients[name], `d${name}`),
      "=",
      matrix(trace.updated[name], name),
    ),
  );
  const last = trace.T - 1;
  const guess = trace.probabilities
    ? [make("div", { class: "line" }, words.next_now), chances(trace, last, trace.after.probabilities, words)]
    : [];
  return [
    line(
      `L = ${digits(trace.loss)} → `,
      make("b", {}, digits(trace.after.loss)),
      ` ${trace.after.loss < trace.loss ? words.lower : words.higher}`,
    ),
    ...guess,
    ...rows,
  ];
}
