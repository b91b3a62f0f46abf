/* Long curves with fewer points. */

const MOST_POINTS = 800; // of a curve; more are thinned to each bucket's lowest and highest value

/* The curve of losses (index i is the loss of step i + 1); a long one keeps each bucket's lowest and highest value. What
   whole buckets have given is kept from one draw to the next: a run may have millions of losses. */
export function thin(history) {
  const { losses } = history;
  let bucket = 1;
  while ((2 * losses.length) / bucket > MOST_POINTS) bucket *= 2;
  if (history.thinned?.bucket !== bucket) history.thinned = { bucket, until: 0, steps: [], losses: [] };
  const { thinned } = history;
  for (; thinned.until + bucket <= losses.length; thinned.until += bucket) {
    keepExtremes(thinned, losses, thinned.until, thinned.until + bucket);
  }
  const curve = { steps: [...thinned.steps], losses: [...thinned.losses] };
  if (thinned.until < losses.length) keepExtremes(curve, losses, thinned.until, losses.length);
  return curve;
}

function keepExtremes(curve, losses, start, end) {
  let low = start;
  let high = start;
  for (let i = start; i < end; i++) {
    if (losses[i] === null) continue;
    if (losses[low] === null || losses[i] < losses[low]) low = i;
    if (losses[high] === null || losses[i] > losses[high]) high = i;
  }
  for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
    curve.steps.push(i + 1);
    curve.losses.push(losses[i]);
  }
}
