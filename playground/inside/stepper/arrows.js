/* The arrows of the drawing. An arrow's width and colour carry the norm of what goes along it: activations forward on a
   linear scale, gradients backward on a logarithmic one over six decades; a gradient that is exactly zero is a dashed
   line. */

import { draw } from "./numbers.js";
import { tspans } from "./vectors.js";

const DECADES = 6;

export function markers() {
  const heads = ["flow", "back", "idle"].map((kind) =>
    draw(
      "marker",
      {
        id: `stepper-${kind}`,
        viewBox: "0 0 10 10",
        refX: 9,
        refY: 5,
        markerWidth: 13,
        markerHeight: 13,
        orient: "auto",
        markerUnits: "userSpaceOnUse",
      },
      draw("path", { d: "M0 0L10 5L0 10z", class: `head ${kind}` }),
    ),
  );
  return draw("defs", {}, heads);
}

/* An arrow of the forward pass; its label is the weights it goes through. */
export function forward(on, x1, y1, x2, y2, size, most, weights, carries) {
  const share = most > 0 ? size / most : 0;
  const kind = on ? "flow" : "idle";
  const arrow = draw("line", {
    class: `arrow ${kind}`,
    x1,
    y1,
    x2,
    y2,
    "stroke-width": on ? (1 + 5 * share).toFixed(2) : 1.5,
    style: on ? `stroke: ${mix(share, WEAK, FLOW)}` : null,
    "stroke-dasharray": on && size === 0 ? "3 3" : null,
    "marker-end": `url(#stepper-${kind})`,
  });
  const upright = x1 === x2;
  const name = draw(
    "text",
    {
      class: "weights",
      x: upright ? x1 - 10 : (x1 + x2) / 2,
      y: upright ? (y1 + y2) / 2 + 4 : y1 - 13,
      "text-anchor": upright ? "end" : "middle",
    },
    tspans(weights.replace("_hh", "_{hh}").replace("_xh", "_{xh}").replace("_hy", "_{hy}")),
  );
  const title = on ? draw("title", {}, `‖${carries.replace(/[_{}]/g, "")}‖ = ${size}`) : null;
  return draw("g", { "data-weights": weights || null }, arrow, name, title);
}

/* An arrow of the way back: the norm of the gradient that goes along it, over six decades. */
export function backward(x1, y1, x2, y2, size, most) {
  const decades = size > 0 && most > 0 ? Math.log10(size / most) : -Infinity;
  const share = Math.max(0, 1 + decades / DECADES);
  const arrow = draw("line", {
    class: `arrow back${size === 0 ? " zero" : ""}`,
    x1,
    y1,
    x2,
    y2,
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
