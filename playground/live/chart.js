/* Charts. A chart is a figure template whose live traces say in `meta` where their values come from. */

import { CONFIG, loadPlotly, theme, themed } from "./plotly_setup.js";
import { lookUp, moves } from "./sources.js";

const REACT_EVERY = 10; // draws; in between, `Plotly.animate` moves the traces without laying out the axes anew
const HEAT_EVERY = 400; // milliseconds from one draw of a heat map to the next: each is a full one

const mounts = new Map(); // chart name -> how often it was mounted

/* A chart: a figure template, drawn anew from the page's view. */
export class Chart {
  constructor(host) {
    this.element = document.createElement("div");
    host.append(this.element);
    this.draws = 0;
  }

  update({ chart, figure, alt, height, plotly, clicks }) {
    this.clicks = clicks;
    const text = JSON.stringify(figure);
    this.element.dataset.chart = chart;
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", alt);
    this.element.style.height = `${height}px`;
    if (this.text === undefined) {
      mounts.set(chart, (mounts.get(chart) ?? 0) + 1);
      this.element.dataset.mounts = mounts.get(chart);
      this.element.dataset.draws = 0;
      this.element.dataset.step = 0;
      this.ready = loadPlotly(plotly);
    }
    if (text !== this.text) {
      this.figure = figure;
      this.mustReact = true;
      this.live = figure.data.flatMap((trace, index) => (trace.meta ? [index] : []));
      this.moves = this.live.map((index) => moves(Object.values(figure.data[index].meta)[0]));
      this.heat = figure.data.some((trace) => trace.type === "heatmap");
    }
    this.text = text;
  }

  async draw(view, message) {
    const Plotly = await this.ready;
    if (this.gone || !Plotly) return;
    const resting = message?.state !== "running";
    if (this.heat && !resting && !this.mustReact && performance.now() - this.reacted < HEAT_EVERY) return;
    const data = this.live.map((index) => {
      const filled = {};
      // Copies: Plotly sees a change only in an array that is new.
      for (const [axis, path] of Object.entries(this.figure.data[index].meta)) filled[axis] = [...lookUp(view, path)];
      return filled;
    });
    const look = theme(this.element);
    // Between the full draws only what moves is moved.
    const moving = this.live.map((_, i) => i).filter((i) => this.moves[i]);
    const due = this.draws % REACT_EVERY === 0 || look !== this.look;
    if (this.mustReact || resting || due || this.heat || moving.some((i) => this.outgrows(data[i].y))) {
      const traces = this.figure.data.map((trace) => ({ ...trace }));
      this.live.forEach((index, i) => Object.assign(traces[index], data[i]));
      this.look = look;
      this.mustReact = false;
      this.reacted = performance.now();
      await Plotly.react(this.element, traces, themed(this.figure.layout, JSON.parse(look)), CONFIG);
    } else {
      const still = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
      const frame = { data: moving.map((i) => data[i]), traces: moving.map((i) => this.live[i]) };
      await Plotly.animate(this.element, frame, still).catch(() => {});
    }
    if (!this.draws && this.clicks) {
      this.element.on("plotly_click", ({ points: [{ x, y }] }) => this.setTriggerValue("click", { x, y }));
    }
    this.draws += 1;
    this.element.dataset.draws = this.draws;
    this.element.dataset.step = message?.step ?? 0;
  }

  /* Whether values leave the vertical axis as it stands: only a full draw ranges it anew. */
  outgrows(values) {
    const axis = this.element._fullLayout?.yaxis;
    if (!axis?.autorange || !values) return false; // zoomed by hand: it stays
    const [low, high] = axis.range;
    return values.some((value) => {
      if (value === null || (axis.type === "log" && value <= 0)) return false;
      const place = axis.type === "log" ? Math.log10(value) : value;
      return place < low || place > high;
    });
  }

  async remove() {
    this.gone = true;
    const Plotly = await this.ready;
    if (this.draws) Plotly?.purge(this.element);
  }
}
