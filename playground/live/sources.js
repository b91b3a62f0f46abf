/* What the sources in a trace's `meta` and in a reading's row refer to.

   A source is a path of names and places in what a page holds, as in "frame.gradient_flow.hidden.0"; a place below zero
   is counted from the end. A `*` goes through a whole array, as in "looks.*.gradient_norm". After " | " stands what is
   made of the array, as in "frame.probe.flow | zeros". A source may also be several paths, each to a number: it is the
   array of those. */

const MAKE = {
  reversed: (row) => row.toReversed(),
  transposed: (rows) => (rows[0] ?? []).map((_, place) => rows.map((row) => row[place])),
  // Exact zeros have no logarithm and stay empty.
  log10: (rows) => rows.map((row) => row.map((value) => (value > 0 ? Math.log10(value) : null))),
  // Nor have they a place on a logarithmic axis: they are marked on the page's floor.
  zeros: (row, { floor }) => row.map((value) => (value === 0 ? floor : null)),
};

/* The array that a source names, empty where there is none. */
export function lookUp(view, source) {
  if (Array.isArray(source)) return source.map((path) => find(view, path) ?? null);
  const [path, ...made] = source.split(" | ");
  const found = find(view, path);
  return found ? made.reduce((array, name) => MAKE[name](array, view), found) : [];
}

/* What stands at the end of a path. */
export function find(view, path) {
  return follow(view, path.split("."));
}

function follow(value, [name, ...rest]) {
  if (name === undefined || value === undefined || value === null) return value;
  if (name === "*") return value.map((each) => follow(each, rest) ?? null);
  return follow(Array.isArray(value) ? value.at(Number(name)) : value[name], rest);
}

/* Whether a source moves from draw to draw: not the previous run, nor lines that only grow with the axis. */
export function moves(source) {
  return !/^(previous|axis)\./.test(source);
}

/* One power of ten under the least value of all flows. */
export function floorUnder(flows) {
  let least = Infinity;
  for (const flow of flows.filter(Boolean)) {
    for (const row of [...flow.hidden, ...(flow.cell ?? [])]) {
      for (const value of row) if (value > 0 && value < least) least = value;
    }
  }
  return least === Infinity ? 1e-45 : 10 ** (Math.floor(Math.log10(least)) - 1);
}
