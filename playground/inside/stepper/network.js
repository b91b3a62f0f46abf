/* The unrolled network as a drawing: inputs, cells, hidden states, outputs and losses, one column a timestep.

   What has not been computed yet at the stepper's place is an outline. An arrow's width and colour carry the norm of
   what goes along it: activations forward on a linear scale, gradients backward on a logarithmic one over six decades;
   a gradient that is exactly zero is a dashed line. Only the columns in sight are drawn, so T may be a thousand. */

import { digits, draw, heat, norm } from "./stepper_numbers.js";

const PITCH = { least: 78, most: 110 }; // pixels from one timestep to the next: twelve are in sight on a projector
const LEFT = 88; // of them for h_0
const RIGHT = 20;
const ROWS = { target: 18, loss: 42, output: 110, cell: 200, input: 298, unit: 332 };
export const HEIGHT = 350;
const CELL_HEIGHT = 64;
const START = 56; // pixels at most for the squares of h_0
const DECADES = 6;
const MOST_SQUARES = 8; // of a vector

/* Where everything stands when `seen` pixels are in sight: timesteps move together until twelve of them fit. */
export function geometry(T, seen) {
  const pitch = Math.max(PITCH.least, Math.min(PITCH.most, Math.floor((seen - LEFT - RIGHT) / T)));
  return { pitch, cell: Math.round(0.6 * pitch), width: LEFT + T * pitch + RIGHT, columnOf: (t) => LEFT + (t - 0.5) * pitch };
}

/* The drawing for `place`, between `from` and `to` pixels. */
export function network(trace, place, words, shape, from, to) {
  const scales = (trace.scales ??= measure(trace));
  const { pitch, columnOf } = shape;
  const first = Math.max(1, Math.floor((from - LEFT) / pitch));
  const last = Math.min(trace.T, Math.ceil((to - LEFT) / pitch) + 1);
  const parts = [markers()];
  if (place.t >= first && place.t <= last && place.phase !== "sum") {
    parts.push(draw("rect", { class: "here", x: columnOf(place.t) - pitch / 2 + 2, y: 2, width: pitch - 4, height: HEIGHT - 4, rx: 10 }));
  }
  if (first === 1) parts.push(start(trace, place, scales, shape));
  for (let t = first; t <= last; t += 1) parts.push(column(trace, place, t, scales, words, shape));
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

function start(trace, place, scales, { cell, columnOf }) {
  const edge = columnOf(1) - cell / 2;
  const side = 6 + START / 2 + squaresWidth(trace.hidden[0], START) / 2 + 4;
  const children = [
    ...squares(trace.hidden[0], 6 + START / 2, ROWS.cell - 6, scales.values.h, true, START),
    label(6 + START / 2, ROWS.cell + 20, "h_{0}"),
    forward(place.read >= 1, side, ROWS.cell - 6, edge - 3, ROWS.cell - 6, scales.h[0], scales.most.h, "W_hh", "h_{0}"),
  ];
  if (place.back <= 1) {
    children.push(backward(edge, ROWS.cell + 16, side, ROWS.cell + 16, scales.through[0], scales.gradient));
  }
  return draw("g", { "data-column": 0 }, children);
}

function column(trace, place, t, scales, words, { pitch, cell, columnOf }) {
  const x = columnOf(t);
  const read = place.read >= t;
  const back = place.back <= t;
  const counted = trace.losses[t - 1] !== null;
  const parts = [
    // The input, and what it is called.
    ...vector(trace.inputs[t - 1], x, ROWS.input, scales.values.x, `x_{${t}}`, true, cell),
    draw("text", { class: "unit", x, y: ROWS.unit + 6, "text-anchor": "middle" }, shortened(visible(trace.units[t - 1]), pitch)),
    forward(read, x, ROWS.input - 14, x, ROWS.cell + CELL_HEIGHT / 2 + 3, scales.x[t - 1], scales.most.x, "W_xh", `x_{${t}}`),
    // The cell and the state in it.
    draw("rect", { class: `cell${read ? " read" : ""}`, x: x - cell / 2, y: ROWS.cell - CELL_HEIGHT / 2, width: cell, height: CELL_HEIGHT, rx: 9 }),
    draw("text", { class: "kind", x, y: ROWS.cell - 18, "text-anchor": "middle" }, words.cell),
    ...squares(trace.hidden[t], x, ROWS.cell - 3, scales.values.h, read, cell - 6),
    label(x, ROWS.cell + 22, `h_{${t}}`),
    // The output, its loss, and the target that the loss compares it with.
    forward(read, x, ROWS.cell - CELL_HEIGHT / 2, x, ROWS.output + 15, scales.y[t - 1], scales.most.y, "W_hy", `y_{${t}}`),
    ...vector((trace.probabilities ?? trace.outputs)[t - 1], x, ROWS.output, scales.values.y, `y_{${t}}`, read, cell),
    ...loss(trace, t, x, read, counted, scales, words),
  ];
  if (t < trace.T) {
    const on = place.read >= t + 1;
    parts.push(forward(on, x + cell / 2, ROWS.cell - 6, x + pitch - cell / 2 - 3, ROWS.cell - 6, scales.h[t], scales.most.h, "W_hh", `h_{${t}}`));
    if (back) parts.push(backward(x + pitch - cell / 2, ROWS.cell + 16, x + cell / 2 + 4, ROWS.cell + 16, scales.through[t], scales.gradient));
  }
  if (back) {
    parts.push(backward(x + 14, ROWS.output + 15, x + 14, ROWS.cell - CELL_HEIGHT / 2 - 4, scales.direct[t], scales.gradient));
    const name = draw("text", { class: "gradient", x, y: ROWS.cell + CELL_HEIGHT / 2 + 15, "text-anchor": "middle" }, digits(scales.total[t]));
    name.append(draw("title", {}, `‖dL/dh${t}‖ = ${scales.total[t]}`));
    parts.push(draw("rect", { class: "plate", x: x - 30, y: ROWS.cell + CELL_HEIGHT / 2 + 2, width: 60, height: 17, rx: 4 }), name);
  }
  if (counted) parts.push(draw("text", { class: "target", x, y: ROWS.target, "text-anchor": "middle" }, shortened(visible(trace.next[t - 1]), pitch)));
  return draw("g", { "data-column": t }, parts);
}

function loss(trace, t, x, read, counted, scales, words) {
  const text = read && counted ? digits(trace.losses[t - 1]) : "";
  const parts = [
    draw("rect", { class: `loss${counted ? "" : " uncounted"}${text ? " read" : ""}`, x: x - 32, y: ROWS.loss - 14, width: 64, height: 26, rx: 13 }),
    draw("text", { class: "value", x, y: ROWS.loss + 4, "text-anchor": "middle" }, text, ...(text ? [] : tspans(`L_{${t}}`))),
  ];
  if (!counted) parts[0].append(draw("title", {}, words.uncounted));
  else parts.push(forward(read, x, ROWS.output - 13, x, ROWS.loss + 16, scales.y[t - 1], scales.most.y, "", `y_{${t}}`));
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
    class: "weights", x: upright ? x1 - 10 : (x1 + x2) / 2, y: upright ? (y1 + y2) / 2 + 4 : y1 - 13,
    "text-anchor": upright ? "end" : "middle",
  }, tspans(weights.replace("_hh", "_{hh}").replace("_xh", "_{xh}").replace("_hy", "_{hy}")));
  const title = on ? draw("title", {}, `‖${carries.replace(/[_{}]/g, "")}‖ = ${size}`) : null;
  return draw("g", { "data-weights": weights || null }, arrow, name, title);
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

function vector(values, x, y, largest, name, on, most) {
  return [...squares(values, x, y, largest, on, most), label(x - 4 - squaresWidth(values, most) / 2, y + 5, name, "end")];
}

function squaresWidth(values, most) {
  return Math.min(most, Math.min(values.length, MOST_SQUARES) * 8);
}

/* A vector as a row of squares; of a long one the first eight. */
function squares(values, x, y, largest, on, most) {
  const shown = values.slice(0, MOST_SQUARES);
  const whole = squaresWidth(values, most);
  const [left, side] = [x - whole / 2, whole / shown.length];
  return shown.map((value, i) => {
    const square = draw("rect", { class: "square", x: left + side * i, y: y - 8, width: side, height: 16, style: `fill: ${on ? heat(value, largest) : "none"}` });
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

function shortened(text, pitch) {
  const letters = [...text];
  const wide = letters.some((letter) => letter > "\u2e80");
  const most = Math.floor(pitch / (wide ? 16 : 9));
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
