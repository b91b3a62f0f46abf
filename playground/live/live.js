/* The browser's half of the live charts, readings and samples: what Streamlit mounts.

   A new live chart or reading needs nothing here: a chart's template and a reading's row say where their values come from. */

import { Chart } from "./chart.js";
import "./keys.js";
import { pageNamed } from "./page.js";
import { LaneTable, Readings } from "./readings.js";
import { Scrub } from "./scrub.js";
import { Generated, Sample } from "./text.js";

const parts = new WeakMap(); // host element -> Part

const KINDS = {
  chart: Chart,
  readings: Readings,
  sample: Sample,
  generated: Generated,
  lanes: LaneTable,
  scrub: Scrub,
};

/* Called by Streamlit through a stub when an element mounts and whenever its data or the theme change. */
export function show({ data, parentElement, setTriggerValue }) {
  let part = parts.get(parentElement);
  const page = pageNamed(data.page);
  if (!part) {
    part = new KINDS[data.kind](parentElement);
    parts.set(parentElement, part);
  }
  part.setTriggerValue = setTriggerValue;
  part.update(data);
  page.add(part);
  if (data.stream) page.listen(data.stream, data.cleared);
  page.draw();
  return () => {
    page.remove(part);
    parts.delete(parentElement);
    part.remove();
  };
}
