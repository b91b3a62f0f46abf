/* The unrolled network as a drawing: inputs, cells, hidden states, outputs and losses, one column a timestep.

   What has not been computed yet at the stepper's place is an outline. An arrow's width and colour carry the norm of
   what goes along it: activations forward on a linear scale, gradients backward on a logarithmic one over six decades;
   a gradient that is exactly zero is a dashed line. Only the columns in sight are drawn, so T may be a thousand. */

import { digits, draw, heat, norm } from "./stepper_numbers.js";

export const PITCH = 116; // pixels from one timestep to the next
const LEFT = 92; // where h_0 ends
const ROWS = { loss: 26, output: 94, cell: 184, input: 282, unit: 316 };
export const HEIGHT = 334;
const CELL = { width: 68, height: 64 };
const DECADES = 6;
const MOST_SQUARES = 8; // of a vector

export function width(trace) {
  return LEFT + trace.T * PITCH + 24;
}

export function columnOf(t) {
  return LEFT + (t - 0.5) * PITCH;
}

/* The drawing for `place`, between `from` and `to` pixels. */
export function network(trace, place, words, from, to) {
  const scales = (trace.scales ??= measure(trace));
  const first = Math.max(1, Math.floor((from - LEFT) / PITCH));
  const last = Math.min(trace.T, Math.ceil((to - LEFT) / PITCH) + 1);
  const parts = [markers()];
  if (place.t >= first && place.t <= last && place.phase !== "sum") {
    parts.push(draw("rect", { class: "here", x: columnOf(place.t) - PITCH / 2 + 2, y: 2, width: PITCH - 4, height: HEIGHT - 4, rx: 10 }));
  }
  if (first === 1) parts.push(start(trace, place, scales));
  for (let t = first; t <= last; t += 1) parts.push(column(trace, place, t, scales, words));
  return parts;
}

function markers() {
  const heads = ["flow", "back", "idle"].map((kind) =>
    draw(
      "marker",
      { id: `stepper-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 13, markerHeight: 13, orient: "auto", markerUnits: "userSpaceOnUse" },
      draw("path", { d: "M0 0L10 5L0 10z", class: `head ${kind}` }),
    ),
  );
  return draw("defs", {}, heads);
}

/* The largest norms, which the widths of arrows are relative to. */
function measure(trace) {
  const norms = (rows) => rows.map(norm);
  const scales = {
    x: norms(trace.inputs),
    h: norms(trace.hidden),
    y: norms(trace.outputs),
    direct: norms(trace.direct),
    through: norms(trace.through),
    total: norms(trace.total),
  };
  const most = (values) => Math.max(0, ...values);
  scales.most = { x: most(scales.x), h: most(scales.h), y: most(scales.y) };
  scales.gradient = Math.max(most(scales.direct), most(scales.through), most(scales.total));
  const largest = (rows) => most(rows.flat().map(Math.abs));
  scales.values = { x: largest(trace.inputs), h: largest(trace.hidden), y: largest(trace.probabilities ?? trace.outputs) };
  return scales;
}

function start(trace, place, scales) {
  const children = [
    ...vector(trace.hidden[0], 34, ROWS.cell, scales.values.h, "h_{0}", true),
    forward(place.read >= 1, 34 + 12, ROWS.cell, columnOf(1) - CELL.width / 2 - 3, ROWS.cell, scales.h[0], scales.most.h, "W_hh", "h_{0}"),
  ];
  if (place.back <= 1) {
    children.push(backward(columnOf(1) - CELL.width / 2, ROWS.cell + 16, 50, ROWS.cell + 16, scales.through[0], scales.gradient));
  }
  return draw("g", { "data-column": 0 }, children);
}

function column(trace, place, t, scales, words) {
  const x = columnOf(t);
  const read = place.read >= t;
  const back = place.back <= t;
  const counted = trace.losses[t - 1] !== null;
  const parts = [
    // The input, and what it is called.
    ...vector(trace.inputs[t - 1], x, ROWS.input, scales.values.x, `x_{${t}}`, true),
    draw("text", { class: "unit", x, y: ROWS.unit + 6, "text-anchor": "middle" }, shortened(visible(trace.units[t - 1]))),
    forward(read, x, ROWS.input - 14, x, ROWS.cell + CELL.height / 2 + 3, scales.x[t - 1], scales.most.x, "W_xh", `x_{${t}}`),
    // The cell and the state in it.
    draw("rect", { class: `cell${read ? " read" : ""}`, x: x - CELL.width / 2, y: ROWS.cell - CELL.height / 2, width: CELL.width, height: CELL.height, rx: 9 }),
    draw("text", { class: "kind", x, y: ROWS.cell - 18, "text-anchor": "middle" }, words.cell),
    ...squares(trace.hidden[t], x, ROWS.cell - 3, scales.values.h, read),
    label(x, ROWS.cell + 22, `h_{${t}}`),
    // The output and its loss.
    forward(read, x, ROWS.cell - CELL.height / 2, x, ROWS.output + 15, scales.y[t - 1], scales.most.y, "W_hy", `y_{${t}}`),
    ...vector((trace.probabilities ?? trace.outputs)[t - 1], x, ROWS.output, scales.values.y, `y_{${t}}`, read),
    ...loss(trace, t, x, read, counted, words),
  ];
  if (t < trace.T) {
    const on = place.read >= t + 1;
    parts.push(forward(on, x + CELL.width / 2, ROWS.cell - 6, x + PITCH - CELL.width / 2 - 3, ROWS.cell - 6, scales.h[t], scales.most.h, "W_hh", `h_{${t}}`));
    if (back) parts.push(backward(x + PITCH - CELL.width / 2, ROWS.cell + 16, x + CELL.width / 2 + 4, ROWS.cell + 16, scales.through[t], scales.gradient));
  }
  if (back) {
    parts.push(backward(x + 14, ROWS.output + 15, x + 14, ROWS.cell - CELL.height / 2 - 4, scales.direct[t], scales.gradient));
    const name = draw("text", { class: "gradient", x, y: ROWS.cell + CELL.height / 2 + 15, "text-anchor": "middle" }, digits(scales.total[t]));
    name.append(draw("title", {}, `‖dL/dh${t}‖ = ${scales.total[t]}`));
    parts.push(draw("rect", { class: "plate", x: x - 30, y: ROWS.cell + CELL.height / 2 + 2, width: 60, height: 17, rx: 4 }), name);
  }
  return draw("g", { "data-column": t }, parts);
}

function loss(trace, t, x, read, counted, words) {
  const text = read && counted ? digits(trace.losses[t - 1]) : "";
  const parts = [
    draw("rect", { class: `loss${counted ? "" : " uncounted"}${text ? " read" : ""}`, x: x - 32, y: ROWS.loss - 14, width: 64, height: 26, rx: 13 }),
    draw("text", { class: "value", x, y: ROWS.loss + 4, "text-anchor": "middle" }, text, ...(text ? [] : tspans(`L_{${t}}`))),
  ];
  if (counted) parts.push(draw("line", { class: `arrow ${read ? "flow" : "idle"}`, x1: x, y1: ROWS.output - 13, x2: x, y2: ROWS.loss + 16, "stroke-width": 1.5, "marker-end": `url(#stepper-${read ? "flow" : "idle"})` }));
  else parts[0].append(draw("title", {}, words.uncounted));
  return parts;
}

/* An arrow of the forward pass; its label is the weights it goes through. */
function forward(on, x1, y1, x2, y2, size, most, weights, carries) {
  const share = most > 0 ? size / most : 0;
  const kind = on ? "flow" : "idle";
  const arrow = draw("line", {
    class: `arrow ${kind}`, x1, y1, x2, y2,
    "stroke-width": on ? (1 + 5 * share).toFixed(2) : 1.5,
    style: on ? `stroke: ${mix(share, WEAK, FLOW)}` : null,
    "stroke-dasharray": on && size === 0 ? "3 3" : null,
    "marker-end": `url(#stepper-${kind})`,
  });
  const upright = x1 === x2;
  const name = draw("text", {
    class: "weights", x: upright ? x1 - 10 : (x1 + x2) / 2, y: upright ? (y1 + y2) / 2 + 4 : y1 - 8,
    "text-anchor": upright ? "end" : "middle",
  }, tspans(weights.replace("_hh", "_{hh}").replace("_xh", "_{xh}").replace("_hy", "_{hy}")));
  const title = on ? draw("title", {}, `‖${carries.replace(/[_{}]/g, "")}‖ = ${size}`) : null;
  return draw("g", { "data-weights": weights }, arrow, name, title);
}

/* An arrow of the way back: the norm of the gradient that goes along it, over six decades. */
function backward(x1, y1, x2, y2, size, most) {
  const decades = size > 0 && most > 0 ? Math.log10(size / most) : -Infinity;
  const share = Math.max(0, 1 + decades / DECADES);
  const arrow = draw("line", {
    class: `arrow back${size === 0 ? " zero" : ""}`, x1, y1, x2, y2,
    "stroke-width": size === 0 ? 1.5 : (1 + 5 * share).toFixed(2),
    style: `stroke: ${size === 0 ? "currentColor" : mix(share, WEAK, BACK)}`,
    "stroke-dasharray": size === 0 ? "2 4" : null,
    "marker-end": "url(#stepper-back)",
  });
  return draw("g", { "data-gradient": size }, arrow, draw("title", {}, String(size)));
}

const WEAK = [148, 163, 184];
const FLOW = [79, 70, 229];
const BACK = [232, 89, 12];

function mix(share, from, to) {
  const part = from.map((value, i) => Math.round(value + (to[i] - value) * Math.min(1, share)));
  return `rgb(${part.join(", ")})`;
}

function vector(values, x, y, largest, name, on) {
  return [...squares(values, x, y, largest, on), label(x - 4 - squaresWidth(values) / 2, y + 5, name, "end")];
}

function squaresWidth(values) {
  return Math.min(values.length, MOST_SQUARES) * 8;
}

/* A vector as a row of squares; of a long one the first eight. */
function squares(values, x, y, largest, on) {
  const shown = values.slice(0, MOST_SQUARES);
  const left = x - squaresWidth(values) / 2;
  return shown.map((value, i) => {
    const square = draw("rect", { class: "square", x: left + 8 * i, y: y - 8, width: 8, height: 16, style: `fill: ${on ? heat(value, largest) : "none"}` });
    if (on) square.append(draw("title", {}, String(value)));
    return square;
  });
}

function label(x, y, text, anchor = "middle") {
  return draw("text", { class: "name", x, y, "text-anchor": anchor }, tspans(text));
}

function tspans(text) {
  const [letter, below] = text.split(/_\{|\}/);
  return [draw("tspan", { "font-style": "italic" }, letter), draw("tspan", { dy: 4, "font-size": "75%" }, below)];
}

export function visible(unit) {
  return unit === " " ? "␣" : unit === "\n" ? "↵" : unit;
}

function shortened(text) {
  const letters = [...text];
  const wide = letters.filter((letter) => letter > "\u2e80").length;
  const most = wide ? 6 : 12;
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
