/* The browser's half of the live charts, readings and samples.

   One stream a page (EventSource), shared by all its elements. A chart is a figure template from figures.py whose live
   traces say in `meta` where their values come from; this file fills them in. A new live chart needs nothing here.

   Losses are never dropped: every message says the index of its first loss, and what is held from there on is
   replaced. Draws may be dropped: only the newest state is drawn, all charts in one animation frame. */

const REACT_EVERY = 10; // draws; in between, `Plotly.animate` moves the traces without laying out the axes anew
const DRAW_EVERY = 55; // milliseconds from one draw to the next while training: the processor is shared with it
const MOST_POINTS = 800; // of a curve; more are thinned to each bucket's lowest and highest value
const MOST_LOOKS = 240; // steps whose gradients are kept; as in books.py
const HEAT_EVERY = 400; // milliseconds from one draw of a heat map to the next: each is a full one
const STAY_OPEN = 500; // milliseconds a stream outlives its last element, for a page that is drawn again

const pages = new Map(); // page name -> Page
const parts = new WeakMap(); // host element -> Part
const mounts = new Map(); // chart name -> how often it was mounted

/* One of a page's runs, as far as this browser knows it. */
class Lane {
  constructor() {
    this.previous = emptyHistory();
    this.forget();
  }

  forget() {
    this.message = null;
    this.history = emptyHistory();
    this.looks = [];
    this.frame = {};
  }

  take(message) {
    if (message.run !== this.run) {
      this.run = message.run;
      // The run that was shown before stays as the pale previous curves.
      if (this.history.losses.length) this.previous = { ...this.history, gradient_flow: this.frame.gradient_flow };
      this.forget();
    }
    const { history } = this;
    if (message.first < history.losses.length) {
      history.losses.length = message.first;
      history.thinned = undefined;
    }
    for (const loss of message.losses) history.losses.push(loss);
    history.test_steps.length = history.test_losses.length = Math.min(history.test_steps.length, message.tests_first);
    history.test_steps.push(...message.test_steps);
    history.test_losses.push(...message.test_losses);
    this.message = message;
    this.frame = message.frame;
    this.look(message.looks);
  }

  /* Keep the gradients of this step among the looks; `looks` are those of the time before this browser watched. */
  look(looks) {
    if (looks) this.looks = looks;
    const { step, probe, gradient_norm: norm, clipped_norm: clipped } = this.frame;
    // A frame keeps the probe of the last look: one that was looked at already is not looked at again.
    if (!probe || probe.step <= (this.looks.at(-1)?.step ?? -1)) return;
    this.looks.push({ step: probe.step, flow: probe.flow, horizon: probe.horizon, norm, clipped });
    // Too many: every other goes; the first and the last stay.
    if (this.looks.length > MOST_LOOKS) this.looks = this.looks.filter((_, i, all) => i % 2 === 0 || i === all.length - 1);
  }

  /* What the sources in a trace's `meta` refer to. */
  view(scrub, floor) {
    const train = thin(this.history);
    const flow = this.frame.gradient_flow;
    this.history.train_steps = train.steps;
    this.history.train_losses = train.losses;
    const steps = this.message?.step ?? 0;
    return {
      history: this.history,
      previous: this.previous,
      frame: this.frame,
      zeros: { hidden: flow?.hidden.map(zerosOn(floor)) },
      axis: { steps: [0, Math.max(steps, this.previous.losses.length, 1)] },
      probe_zeros: this.frame.probe && zerosOn(floor)(this.frame.probe.flow),
      top: { hidden: flow?.hidden.at(-1), cell: flow?.cell?.at(-1), zeros: flow && zerosOn(floor)(flow.hidden.at(-1)) },
      weight_share: this.frame.weight_share?.at(-1).toReversed(), // by lag: the last timestep first
      looks: new Looks(this.looks, scrub),
    };
  }
}

/* The gradients of many steps as charts read them; worked out only for charts that do. */
class Looks {
  constructor(looks, scrub) {
    this.all = looks;
    this.scrub = scrub;
  }

  get steps() {
    return this.all.map((look) => look.step);
  }

  get norms() {
    return this.all.map((look) => look.norm);
  }

  get clipped() {
    return this.all.map((look) => look.clipped);
  }

  get horizons() {
    return this.all.map((look) => look.horizon);
  }

  /* log10 of G, a row a timestep, a column a look; exact zeros have no logarithm and stay empty. */
  get heat() {
    const timesteps = this.all.at(-1)?.flow.length ?? 0;
    const row = (t) => this.all.map(({ flow }) => (flow[t] > 0 ? Math.log10(flow[t]) : null));
    return Array.from({ length: timesteps }, (_, t) => row(t));
  }

  /* G at the step that was scrubbed back to. */
  get scrubbed() {
    return this.scrub === null ? [] : (this.all[Math.min(this.scrub, this.all.length - 1)]?.flow ?? []);
  }
}

/* A page's runs: most pages have one, a race has several. */
class Page {
  constructor() {
    this.parts = new Set();
    this.url = null;
    this.source = null;
    this.lanes = [new Lane()];
    this.scrub = null; // which look is shown beside the newest
    this.drawn = -Infinity;
  }

  /* Listen to the stream at `url`; `cleared` counts how often the previous curves were taken away. */
  listen(url, cleared) {
    if (cleared !== this.cleared) for (const lane of this.lanes) lane.previous = emptyHistory();
    this.cleared = cleared;
    if (url !== this.url) this.close();
    this.url = url;
    if (!this.source) this.open();
  }

  open() {
    this.source = new EventSource(this.url);
    this.source.onmessage = (event) => this.take(JSON.parse(event.data));
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  take(message) {
    while (this.lanes.length < message.lanes) this.lanes.push(new Lane());
    this.lanes.length = message.lanes;
    this.lanes[message.lane].take(message);
    if (!message.more) this.draw();
  }

  /* How the runs stand together: the first run's message, with the state and step of whichever is furthest. */
  get message() {
    const messages = this.lanes.map((lane) => lane.message).filter(Boolean);
    if (messages.length < 2) return messages[0] ?? null;
    const first = (values, order) => order.find((value) => values.includes(value));
    return {
      ...messages[0],
      version: messages.map((message) => message.version).join(),
      state: first(messages.map((message) => message.state), ORDER) ?? "idle",
      next: first(messages.map((message) => message.next), ["pause", "play", "none"]),
      step: Math.max(...messages.map((message) => message.step)),
    };
  }

  /* Ask for an animation frame in which every element shows the newest state; one is asked for at a time. */
  draw() {
    this.stale = true;
    if (this.drawing) return;
    this.drawing = true;
    const rest = this.message?.state === "running" ? DRAW_EVERY - (performance.now() - this.drawn) : 0;
    setTimeout(() => requestAnimationFrame(() => this.drawNow()), Math.max(0, rest));
  }

  async drawNow() {
    this.stale = false;
    this.drawn = performance.now();
    try {
      const { message } = this;
      const floor = floorUnder(this.lanes.map((lane) => lane.frame.gradient_flow));
      const lanes = this.lanes.map((lane) => lane.view(this.scrub, floor));
      const view = { ...lanes[0], lanes, messages: this.lanes.map((lane) => lane.message) };
      await Promise.all([...this.parts].map((part) => part.draw(view, message)));
    } finally {
      this.drawing = false;
      if (this.stale) this.draw();
    }
  }

  add(part) {
    clearTimeout(this.leaving);
    this.parts.add(part);
    if (this.url && !this.source) this.open();
  }

  remove(part) {
    this.parts.delete(part);
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => this.parts.size || this.close(), STAY_OPEN);
  }
}

/* Of several runs' states the one that is shown for all. */
const ORDER = ["running", "queued", "interrupted", "paused", "diverged", "finished"];

function emptyHistory() {
  return { losses: [], train_steps: [], train_losses: [], test_steps: [], test_losses: [] };
}

/* The curve of losses (index i is the loss of step i + 1); a long one keeps each bucket's lowest and highest value. What
   whole buckets have given is kept from one draw to the next: a run may have millions of losses. */
function thin(history) {
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

/* Exact zeros have no place on a logarithmic axis: they are marked on a floor, one power of ten under the least value. */
function floorUnder(flows) {
  let least = Infinity;
  for (const flow of flows.filter(Boolean)) {
    for (const row of [...flow.hidden, ...(flow.cell ?? [])]) {
      for (const value of row) if (value > 0 && value < least) least = value;
    }
  }
  return least === Infinity ? 1e-45 : 10 ** (Math.floor(Math.log10(least)) - 1);
}

function zerosOn(floor) {
  return (row) => row.map((value) => (value === 0 ? floor : null));
}

/* The array that a source names; of several sources, each a number, the array of them all. */
function lookUp(view, path) {
  if (Array.isArray(path)) return path.map((each) => find(view, each) ?? null);
  return find(view, path) ?? [];
}

function find(view, path) {
  return path.split(".").reduce((value, key) => value?.[key], view);
}

/* A chart: a figure template, drawn anew from the page's view. */
class Chart {
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
      this.moves = this.live.map((index) => /^(lanes\.\d+\.)?(history|frame|looks|top|weight_share|probe_zeros)/.test(Object.values(figure.data[index].meta)[0]));
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
    // Between the full draws only what moves is moved: not the previous run, nor lines that only grow with the axis.
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

const CONFIG = {
  responsive: true,
  displaylogo: false,
  showTips: false, // Plotly's own, in English only
  displayModeBar: window.matchMedia("(max-width: 640px)").matches ? false : "hover",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};

/* The colours and the font that Streamlit's theme has right now, as text, so that two looks can be compared. */
function theme(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return JSON.stringify({
    text: read("--st-text-color", "#31333f"),
    grid: read("--st-border-color-light", "rgba(128, 128, 128, 0.2)"),
    font: read("--st-font", "sans-serif"),
    background: read("--st-background-color", "#ffffff"),
    narrow: element.clientWidth < 480,
    size: parseFloat(getComputedStyle(document.documentElement).fontSize) / 17, // 1 unless a lecture wants it big
  });
}

function themed(layout, { text, grid, font, background, narrow, size }) {
  const axis = { gridcolor: grid, linecolor: grid, tickcolor: grid };
  return {
    ...layout,
    font: { color: text, family: font, size: size * (narrow ? 12 : 14) },
    hoverlabel: { bgcolor: background, bordercolor: grid, font: { color: text, family: font } },
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
  };
}

let plotlyLoading = null;
function loadPlotly(url) {
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js did not load"));
    document.head.append(script);
  });
  return plotlyLoading;
}

/* The readings: state, step, losses and what is measured of the gradients. */
class Readings {
  constructor(host) {
    this.host = document.createElement("div");
    this.host.className = "readings";
    host.append(this.host);
    this.cells = new Map();
  }

  update(data) {
    this.data = data;
    loadPlotly(data.plotly); // begins on every page, long before the first chart mounts
    const names = Object.keys(data.readings);
    if (names.join() !== [...this.cells.keys()].join()) {
      this.cells.clear();
      this.host.replaceChildren();
      for (const name of names) {
        const cell = document.createElement("div");
        const [label, value] = [document.createElement("span"), document.createElement("strong")];
        value.dataset.live = name;
        cell.append(label, value);
        this.host.append(cell);
        this.cells.set(name, { cell, label, value });
      }
    }
    for (const [name, { cell, label }] of this.cells) {
      label.textContent = data.readings[name].label;
      cell.title = data.readings[name].help;
    }
  }

  draw(view, message) {
    const { data } = this;
    const values = data.values ?? (message?.run ? readings(message) : { state: "idle", step: 0, epoch: 0 });
    for (const [name, { value }] of this.cells) {
      const shown = values[name];
      const text = name === "state" ? data.states[shown] : format(name, shown);
      const note = name === "state" && message?.position ? ` (${message.position})` : "";
      value.dataset.value = shown ?? "";
      if (value.textContent !== text + note) value.textContent = text + note;
    }
    if (data.values) return;
    for (const [key, hint] of Object.entries(data.hints)) {
      for (const button of document.querySelectorAll(`.st-key-${key} button`)) button.title = hint;
    }
    // The page's script does not see the stream: tell it when its buttons no longer fit.
    const next = message?.next ?? "play";
    if (message && next !== data.next && this.told !== `${message.version} ${next}`) {
      if (data.run === message.run) {
        this.told = `${message.version} ${next}`;
        this.setTriggerValue("state", message.state);
      }
    }
  }

  remove() {}
}

function readings(message) {
  const { frame } = message;
  const flow = frame.gradient_flow ?? {};
  return {
    state: message.state,
    step: message.step,
    epoch: frame.epoch ?? 0,
    train_loss: frame.train_loss,
    test_loss: frame.test_loss,
    test_accuracy: frame.test_accuracy,
    gradient_norm: frame.gradient_norm,
    per_step_factor: flow.per_step_factor,
    cell_per_step_factor: flow.cell_per_step_factor,
    horizon: flow.horizon,
    half_life: flow.half_life,
    clipped_norm: frame.clipped_norm,
    clip_angle: frame.clip_angle,
    clipped_share: frame.clipped_share,
    rate: message.rate,
    time_left: message.time_left,
    done: frame.done ?? 0,
    cells: message.steps,
  };
}

function format(name, value) {
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

/* A row for each of several runs: how it stands, in the same columns as the readings of one. */
class LaneTable {
  constructor(host) {
    this.table = document.createElement("table");
    this.table.className = "lanes";
    host.append(this.table);
  }

  update(data) {
    this.data = data;
    const cells = (kind, texts) => texts.map((text) => Object.assign(document.createElement(kind), { textContent: text }));
    const head = document.createElement("tr");
    const names = Object.keys(data.columns);
    head.append(...cells("th", ["", ...names.map((name) => data.columns[name].label)]));
    names.forEach((name, i) => (head.children[i + 1].title = data.columns[name].help));
    const rows = data.lanes.map(({ name, colour }) => {
      const row = document.createElement("tr");
      row.append(...cells("th", [name]), ...cells("td", names.map(() => "–")));
      row.firstChild.style.borderLeft = `0.4rem solid ${colour}`;
      return row;
    });
    this.table.replaceChildren(head, ...rows);
  }

  draw(view) {
    const { columns, states } = this.data;
    [...this.table.rows].slice(1).forEach((row, lane) => {
      const message = view.messages[lane];
      const values = message?.run ? readings(message) : { state: "idle" };
      Object.keys(columns).forEach((name, i) => {
        const cell = row.cells[i + 1];
        const shown = values[name];
        const text = name === "state" ? states[shown] : format(name, shown);
        cell.dataset.lane = name;
        cell.dataset.value = shown ?? "";
        if (cell.textContent !== text) cell.textContent = text;
      });
    });
  }

  remove() {}
}

/* A slider over the steps whose gradients are kept: what it points at is drawn beside the newest. */
class Scrub {
  constructor(host) {
    this.label = document.createElement("label");
    this.label.className = "scrub";
    this.text = document.createElement("span");
    this.input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 0, value: 0 });
    this.label.append(this.text, this.input);
    host.append(this.label);
  }

  update({ page, label, newest }) {
    this.words = { label, newest };
    this.input.setAttribute("aria-label", label);
    this.input.oninput = () => {
      const page_ = pages.get(page);
      const last = Number(this.input.max);
      page_.scrub = Number(this.input.value) === last ? null : Number(this.input.value);
      page_.draw();
    };
  }

  draw(view) {
    const { all, scrub } = view.looks;
    this.input.max = Math.max(0, all.length - 1);
    if (scrub === null) this.input.value = this.input.max;
    const look = scrub === null ? null : all[Math.min(scrub, all.length - 1)];
    this.text.textContent = `${this.words.label} ${look ? look.step : this.words.newest}`;
    this.text.dataset.live = "scrub";
    this.text.dataset.value = look?.step ?? "";
  }

  remove() {}
}

/* Text written by the network while it learns. */
class Sample {
  constructor(host) {
    this.element = document.createElement("pre");
    this.element.dataset.live = "sample";
    this.element.className = "sample";
    host.append(this.element);
  }

  update({ empty }) {
    this.empty = empty;
  }

  draw(view, message) {
    const text = message?.sample ?? "";
    this.element.dataset.value = text;
    this.element.textContent = text || this.empty; // never as HTML: it is somebody's text
  }

  remove() {}
}

/* Generated text, revealed as it was written; pointing at a character shows what else was likely there. */
class Generated {
  constructor(host) {
    this.text = document.createElement("pre");
    this.text.className = "sample";
    this.text.dataset.generated = "";
    this.beside = document.createElement("div");
    this.beside.className = "likely";
    this.beside.setAttribute("aria-live", "polite");
    host.append(this.text, this.beside);
  }

  update({ prompt, characters, hint, number }) {
    if (number === this.number) return;
    this.number = number;
    clearInterval(this.timer);
    const start = document.createElement("span");
    start.className = "prompt";
    start.textContent = prompt;
    this.text.replaceChildren(start);
    this.text.dataset.generated = prompt + characters.map(([character]) => character).join("");
    this.beside.textContent = hint;
    const pieces = characters.map(([character, probability, likely]) => {
      const piece = document.createElement("span");
      piece.textContent = character;
      piece.tabIndex = -1;
      const list = likely.map(([other, p]) => `${visible(other)} ${(100 * p).toFixed(1)} %`).join("   ");
      piece.title = `${visible(character)} ${(100 * probability).toFixed(1)} %`;
      piece.onpointerenter = () => {
        this.beside.textContent = `${visible(character)} ${(100 * probability).toFixed(1)} %  ·  ${list}`;
      };
      return piece;
    });
    // A few characters an animation step: long texts take two seconds, short ones look typed.
    const batch = Math.max(1, Math.ceil(pieces.length / 120));
    this.timer = setInterval(() => {
      if (!pieces.length) clearInterval(this.timer);
      this.text.append(...pieces.splice(0, batch));
    }, 16);
  }

  draw() {}

  remove() {
    clearInterval(this.timer);
  }
}

function visible(character) {
  return character === "\n" ? "↵" : character === " " ? "␣" : character;
}

const KINDS = { chart: Chart, readings: Readings, sample: Sample, generated: Generated, lanes: LaneTable, scrub: Scrub };

/* Called by Streamlit through a stub when an element mounts and whenever its data or the theme change. */
export function show({ data, parentElement, setTriggerValue }) {
  let part = parts.get(parentElement);
  if (!pages.has(data.page)) pages.set(data.page, new Page());
  const page = pages.get(data.page);
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

/* Keys: space plays and pauses, the right arrow steps; not while typing, nor where the arrow moves something else. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const at = event.target;
  const typing = at.isContentEditable || at.matches?.("textarea, input:not([type=range], [type=checkbox], [type=radio])");
  const choosing = at.getAttribute?.("role") === "combobox" && at.getAttribute("aria-expanded") !== "true";
  if (event.code === "Space") {
    if ((typing && !choosing) || at.closest?.("button:not([data-testid=stBaseButton-header]), a, [role=button], [role=option]")) return;
    press(event, ".st-key-play button, .st-key-pause button");
  } else if (event.code === "ArrowRight") {
    if (typing || at.matches?.("input, [role=slider], [role=tab], [role=option], [role=radio]")) return;
    press(event, ".st-key-step button");
  }
}

function press(event, selector) {
  const button = document.querySelector(selector);
  if (!button || button.disabled) return;
  event.preventDefault();
  event.stopPropagation();
  button.click();
}

if (!window.rnnPlaygroundKeys) {
  window.rnnPlaygroundKeys = true;
  window.addEventListener("keydown", onKey, true);
}
