/* The vectors of the drawing, as squares, and the names beside them. */

import { draw, heat } from "./numbers.js";

const MOST_SQUARES = 8; // of a vector

export function vector(values, x, y, largest, name, on, most) {
  return [
    ...squares(values, x, y, largest, on, most),
    label(x - 4 - squaresWidth(values, most) / 2, y + 5, name, "end"),
  ];
}

export function squaresWidth(values, most) {
  return Math.min(most, Math.min(values.length, MOST_SQUARES) * 8);
}

/* A vector as a row of squares; of a long one the first eight. */
export function squares(values, x, y, largest, on, most) {
  const shown = values.slice(0, MOST_SQUARES);
  const whole = squaresWidth(values, most);
  const [left, side] = [x - whole / 2, whole / shown.length];
  return shown.map((value, i) => {
    const square = draw("rect", {
      class: "square",
      x: left + side * i,
      y: y - 8,
      width: side,
      height: 16,
      style: `fill: ${on ? heat(value, largest) : "none"}`,
    });
    if (on) square.append(draw("title", {}, String(value)));
    return square;
  });
}

export function label(x, y, text, anchor = "middle") {
  return draw("text", { class: "name", x, y, "text-anchor": anchor }, tspans(text));
}

export function tspans(text) {
  const [letter, below] = text.split(/_\{|\}/);
  return [draw("tspan", { "font-style": "italic" }, letter), draw("tspan", { dy: 4, "font-size": "75%" }, below)];
}

export function shortened(text, pitch) {
  const letters = [...text];
  const wide = letters.some((letter) => letter > "\u2e80");
  const most = Math.floor(pitch / (wide ? 16 : 9));
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
