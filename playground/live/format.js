/* How numbers and characters are shown. */

export function format(name, value) {
  if (value === undefined || value === null) return "–";
  if (["step", "horizon", "done", "cells"].includes(name) || name.endsWith("parameters")) return String(value);
  if (name === "epoch") return value.toFixed(value < 10 ? 2 : 1);
  if (name === "clipped_share" || name === "test_accuracy") return `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
  if (name === "clip_angle") return `${value.toFixed(1)}°`;
  if (name === "rate") return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
  if (name === "time_left") return duration(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) return value.toExponential(2);
  return value.toPrecision(4);
}

function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return `${Math.floor(whole / 3600)}:${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} h`;
}

const MARKS = { "\n": "↵", " ": "␣", "\t": "⇥" };

/* The character, or the mark of one that cannot be seen; the pages' twin of this is language/characters.py. */
export function visible(character) {
  return MARKS[character] ?? character;
}
