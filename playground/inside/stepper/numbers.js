/* How the stepper shows numbers, vectors, matrices and the letters of formulas, as elements of the page. */

const SVG = "http://www.w3.org/2000/svg";
const MOST = { long: 16, short: 4 }; // sides of a matrix shown in digits; a larger one is a heat map

/* An element with attributes and children; text children are text, never HTML. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  return fill(element, attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/* A number as it is read aloud in a hall: three decimals, or two digits and a power of ten. */
export function digits(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e4 ? value.toExponential(1) : value.toFixed(size >= 100 ? 1 : 3);
  return text.replace(/-/g, "−");
}

export function norm(vector) {
  return Math.hypot(...vector);
}

export function outer(left, right) {
  return left.map((a) => right.map((b) => a * b));
}

export function transpose(matrix) {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

/* Blue below zero, orange above; the paler, the closer to zero. */
export function heat(value, largest) {
  const share = largest > 0 ? Math.min(1, Math.abs(value) / largest) : 0;
  const alpha = value === 0 ? 0 : 0.12 + 0.88 * share;
  return value < 0 ? `rgba(59, 110, 240, ${alpha.toFixed(3)})` : `rgba(240, 140, 0, ${alpha.toFixed(3)})`;
}

/* A matrix, or a vector as its one column, in brackets: in digits while it is small, else as a heat map. */
export function matrix(values, name = "") {
  const rows = values.length && Array.isArray(values[0]) ? values : values.map((value) => [value]);
  const size = `${rows.length} × ${rows[0].length}`;
  const label = `${name} ${size}: ${rows.map((row) => row.map(digits).join(" ")).join("; ")}`;
  const style = `grid-template-columns: repeat(${rows[0].length}, auto)`;
  const [short, long] = [rows.length, rows[0].length].sort((a, b) => a - b);
  if (short <= MOST.short && long <= MOST.long) {
    const cells = rows.flat().map((value) => make("span", { title: value }, digits(value)));
    return make("span", { class: "matrix", style, role: "img", "aria-label": label }, cells);
  }
  const largest = Math.max(...rows.flat().map(Math.abs));
  const cells = rows.flat().map((value) => make("i", { title: value, style: `background: ${heat(value, largest)}` }));
  const spoken = `${name} ${size}, ${digits(-largest)} … ${digits(largest)}`;
  return make("span", { class: "matrix heat", style, role: "img", "aria-label": spoken }, cells);
}

/* Formula text: letters slanted, `_{..}` below, `^{..}` above, everything else as it stands. */
export function formula(text) {
  const pieces = text.match(/[_^]\{[^}]*\}|[A-Za-zηφ]+|[^A-Za-zηφ_^]+/g) ?? [];
  return pieces.map((piece) => {
    if (piece.startsWith("_{")) return make("sub", {}, piece.slice(2, -1));
    if (piece.startsWith("^{")) return make("sup", {}, piece.slice(2, -1));
    return /^[A-Za-zηφ]$/.test(piece) ? make("var", {}, piece) : piece;
  });
}

/* A line: pieces of formula text, and matrices. */
export function line(...pieces) {
  const children = pieces.map((piece) =>
    typeof piece === "string" ? make("span", { class: "symbols" }, formula(piece)) : piece,
  );
  return make("div", { class: "line" }, children);
}

export function note(text) {
  return make("p", { class: "note" }, text);
}

export function heading(text) {
  return make("h4", {}, text);
}
