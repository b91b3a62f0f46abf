/* How numbers and characters are shown. */

/* By the formats that a reading's row may name. */
const FORMATS = {
  count: String,
  epoch: (value) => value.toFixed(value < 10 ? 2 : 1),
  share: (value) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`,
  degrees: (value) => `${value.toFixed(1)}°`,
  rate: (value) => (value >= 10 ? value.toFixed(0) : value.toPrecision(2)),
  duration,
  number(value) {
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) return value.toExponential(2);
    return value.toPrecision(4);
  },
};

export function format(name, value) {
  return value === undefined || value === null ? "–" : FORMATS[name](value);
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
