/* What the sources in a trace's `meta` refer to, and what charts work out of it. */

/* The array that a source names; of several sources, each a number, the array of them all. */
export function lookUp(view, path) {
  if (Array.isArray(path)) return path.map((each) => find(view, each) ?? null);
  return find(view, path) ?? [];
}

function find(view, path) {
  return path.split(".").reduce((value, key) => value?.[key], view);
}

/* Exact zeros have no place on a logarithmic axis: they are marked on a floor, one power of ten under the least value. */
export function floorUnder(flows) {
  let least = Infinity;
  for (const flow of flows.filter(Boolean)) {
    for (const row of [...flow.hidden, ...(flow.cell ?? [])]) {
      for (const value of row) if (value > 0 && value < least) least = value;
    }
  }
  return least === Infinity ? 1e-45 : 10 ** (Math.floor(Math.log10(least)) - 1);
}

export function zerosOn(floor) {
  return (row) => row.map((value) => (value === 0 ? floor : null));
}
