/* The unrolled network as a drawing: inputs, cells, hidden states, outputs and losses, one column a timestep.

   What has not been computed yet at the stepper's place is an outline. Only the columns in sight are drawn, so T may be
   a thousand. */

import { visible } from "../../live/format.js";
import { backward, forward, markers } from "./arrows.js";
import { digits, draw, norm } from "./numbers.js";
import { label, shortened, squares, squaresWidth, tspans, vector } from "./vectors.js";

const PITCH = { least: 78, most: 110 }; // pixels from one timestep to the next: twelve are in sight on a projector
const LEFT = 88; // of them for h_0
const RIGHT = 20;
const ROWS = { target: 18, loss: 42, output: 110, cell: 200, input: 298, unit: 332 };
export const HEIGHT = 350;
const CELL_HEIGHT = 64;
const START = 56; // pixels at most for the squares of h_0

/* Where everything stands when `seen` pixels are in sight: timesteps move together until twelve of them fit. */
export function geometry(T, seen) {
  const pitch = Math.max(PITCH.least, Math.min(PITCH.most, Math.floor((seen - LEFT - RIGHT) / T)));
  return {
    pitch,
    cell: Math.round(0.6 * pitch),
    width: LEFT + T * pitch + RIGHT,
    columnOf: (t) => LEFT + (t - 0.5) * pitch,
  };
}

/* The drawing for `place`, between `from` and `to` pixels. */
export function network(trace, place, words, shape, from, to) {
  const scales = (trace.scales ??= measure(trace));
  const { pitch, columnOf } = shape;
  const first = Math.max(1, Math.floor((from - LEFT) / pitch));
  const last = Math.min(trace.T, Math.ceil((to - LEFT) / pitch) + 1);
  const parts = [markers()];
  if (place.t >= first && place.t <= last && place.phase !== "sum") {
    parts.push(
      draw("rect", {
        class: "here",
        x: columnOf(place.t) - pitch / 2 + 2,
        y: 2,
        width: pitch - 4,
        height: HEIGHT - 4,
        rx: 10,
      }),
    );
  }
  if (first === 1) parts.push(start(trace, place, scales, shape));
  for (let t = first; t <= last; t += 1) parts.push(column(trace, place, t, scales, words, shape));
  return parts;
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
  scales.values = {
    x: largest(trace.inputs),
    h: largest(trace.hidden),
    y: largest(trace.probabilities ?? trace.outputs),
  };
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
    draw(
      "text",
      { class: "unit", x, y: ROWS.unit + 6, "text-anchor": "middle" },
      shortened(visible(trace.units[t - 1]), pitch),
    ),
    forward(
      read,
      x,
      ROWS.input - 14,
      x,
      ROWS.cell + CELL_HEIGHT / 2 + 3,
      scales.x[t - 1],
      scales.most.x,
      "W_xh",
      `x_{${t}}`,
    ),
    // The cell and the state in it.
    draw("rect", {
      class: `cell${read ? " read" : ""}`,
      x: x - cell / 2,
      y: ROWS.cell - CELL_HEIGHT / 2,
      width: cell,
      height: CELL_HEIGHT,
      rx: 9,
    }),
    draw("text", { class: "kind", x, y: ROWS.cell - 18, "text-anchor": "middle" }, words.cell),
    ...squares(trace.hidden[t], x, ROWS.cell - 3, scales.values.h, read, cell - 6),
    label(x, ROWS.cell + 22, `h_{${t}}`),
    // The output, its loss, and the target that the loss compares it with.
    forward(
      read,
      x,
      ROWS.cell - CELL_HEIGHT / 2,
      x,
      ROWS.output + 15,
      scales.y[t - 1],
      scales.most.y,
      "W_hy",
      `y_{${t}}`,
    ),
    ...vector((trace.probabilities ?? trace.outputs)[t - 1], x, ROWS.output, scales.values.y, `y_{${t}}`, read, cell),
    ...loss(trace, t, x, read, counted, scales, words),
  ];
  if (t < trace.T) {
    const on = place.read >= t + 1;
    parts.push(
      forward(
        on,
        x + cell / 2,
        ROWS.cell - 6,
        x + pitch - cell / 2 - 3,
        ROWS.cell - 6,
        scales.h[t],
        scales.most.h,
        "W_hh",
        `h_{${t}}`,
      ),
    );
    if (back)
      parts.push(
        backward(
          x + pitch - cell / 2,
          ROWS.cell + 16,
          x + cell / 2 + 4,
          ROWS.cell + 16,
          scales.through[t],
          scales.gradient,
        ),
      );
  }
  if (back) {
    parts.push(
      backward(x + 14, ROWS.output + 15, x + 14, ROWS.cell - CELL_HEIGHT / 2 - 4, scales.direct[t], scales.gradient),
    );
    const name = draw(
      "text",
      { class: "gradient", x, y: ROWS.cell + CELL_HEIGHT / 2 + 15, "text-anchor": "middle" },
      digits(scales.total[t]),
    );
    name.append(draw("title", {}, `‖dL/dh${t}‖ = ${scales.total[t]}`));
    parts.push(
      draw("rect", { class: "plate", x: x - 30, y: ROWS.cell + CELL_HEIGHT / 2 + 2, width: 60, height: 17, rx: 4 }),
      name,
    );
  }
  if (counted)
    parts.push(
      draw(
        "text",
        { class: "target", x, y: ROWS.target, "text-anchor": "middle" },
        shortened(visible(trace.next[t - 1]), pitch),
      ),
    );
  return draw("g", { "data-column": t }, parts);
}

function loss(trace, t, x, read, counted, scales, words) {
  const text = read && counted ? digits(trace.losses[t - 1]) : "";
  const parts = [
    draw("rect", {
      class: `loss${counted ? "" : " uncounted"}${text ? " read" : ""}`,
      x: x - 32,
      y: ROWS.loss - 14,
      width: 64,
      height: 26,
      rx: 13,
    }),
    draw(
      "text",
      { class: "value", x, y: ROWS.loss + 4, "text-anchor": "middle" },
      text,
      ...(text ? [] : tspans(`L_{${t}}`)),
    ),
  ];
  if (!counted) parts[0].append(draw("title", {}, words.uncounted));
  else
    parts.push(forward(read, x, ROWS.output - 13, x, ROWS.loss + 16, scales.y[t - 1], scales.most.y, "", `y_{${t}}`));
  return parts;
}
