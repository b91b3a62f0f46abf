/* The browser's half of the live charts, readings and samples.

   One stream a page (EventSource), shared by all its elements. A chart is a figure template from figures.py whose live
   traces say in `meta` where their values come from; this file fills them in. A new live chart needs nothing here.

   Losses are never dropped: every message says the index of its first loss, and what is held from there on is
   replaced. Draws may be dropped: only the newest state is drawn, all charts in one animation frame. */

const REACT_EVERY = 10; // draws; in between, `Plotly.animate` moves the traces without laying out the axes anew
const DRAW_EVERY = 55; // milliseconds from one draw to the next while training: the processor is shared with it
const MOST_POINTS = 800; // of a curve; more are thinned to each bucket's lowest and highest value
const STAY_OPEN = 500; // milliseconds a stream outlives its last element, for a page that is drawn again

const pages = new Map(); // page name -> Page
const parts = new WeakMap(); // host element -> Part
const mounts = new Map(); // chart name -> how often it was mounted

/* A page's run, as far as this browser knows it. */
class Page {
  constructor() {
    this.parts = new Set();
    this.url = null;
    this.source = null;
    this.previous = emptyHistory();
    this.drawn = -Infinity;
    this.forget();
  }

  forget() {
    this.message = null;
    this.history = emptyHistory();
    this.frame = {};
  }

  /* Listen to the stream at `url`; `cleared` counts how often the previous curves were taken away. */
  listen(url, cleared) {
    if (cleared !== this.cleared) this.previous = emptyHistory();
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
    if (message.run !== this.run) {
      this.run = message.run;
      // The run that was shown before stays as the pale previous curves.
      if (this.history.losses.length) this.previous = { ...this.history, gradient_flow: this.frame.gradient_flow };
      this.forget();
    }
    const { history } = this;
    history.losses.length = Math.min(history.losses.length, message.first);
    for (const loss of message.losses) history.losses.push(loss);
    history.test_steps.length = history.test_losses.length = Math.min(history.test_steps.length, message.tests_first);
    history.test_steps.push(...message.test_steps);
    history.test_losses.push(...message.test_losses);
    this.message = message;
    this.frame = message.frame;
    if (!message.more) this.draw();
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
      const view = this.view();
      await Promise.all([...this.parts].map((part) => part.draw(view, this.message)));
    } finally {
      this.drawing = false;
      if (this.stale) this.draw();
    }
  }

  /* What the sources in a trace's `meta` refer to. */
  view() {
    const train = thin(this.history.losses);
    const flow = this.frame.gradient_flow;
    this.history.train_steps = train.steps;
    this.history.train_losses = train.losses;
    const steps = this.message?.step ?? 0;
    return {
      history: this.history,
      previous: this.previous,
      frame: this.frame,
      zeros: flow ? { hidden: flow.hidden.map(zerosOnAFloor(flow)) } : {},
      axis: { steps: [0, Math.max(steps, this.previous.losses.length, 1)] },
    };
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

function emptyHistory() {
  return { losses: [], train_steps: [], train_losses: [], test_steps: [], test_losses: [] };
}

/* The curve of losses (index i is the loss of step i + 1); a long one keeps each bucket's lowest and highest value. */
function thin(losses) {
  const bucket = Math.max(1, Math.ceil((2 * losses.length) / MOST_POINTS));
  const steps = [];
  const values = [];
  for (let start = 0; start < losses.length; start += bucket) {
    let low = start;
    let high = start;
    const end = Math.min(start + bucket, losses.length);
    for (let i = start; i < end; i++) {
      if (losses[i] === null) continue;
      if (losses[low] === null || losses[i] < losses[low]) low = i;
      if (losses[high] === null || losses[i] > losses[high]) high = i;
    }
    for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      steps.push(i + 1);
      values.push(losses[i]);
    }
  }
  return { steps, losses: values };
}

/* Exact zeros have no place on a logarithmic axis: they are marked on a floor, one power of ten under the least value. */
function zerosOnAFloor(flow) {
  let least = Infinity;
  for (const row of [...flow.hidden, ...(flow.cell ?? [])]) {
    for (const value of row) if (value > 0 && value < least) least = value;
  }
  const floor = least === Infinity ? 1e-45 : 10 ** (Math.floor(Math.log10(least)) - 1);
  return (row) => row.map((value) => (value === 0 ? floor : null));
}

function lookUp(view, path) {
  return path.split(".").reduce((value, key) => value?.[key], view) ?? [];
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
      this.moves = this.live.map((index) => /^(history|frame)/.test(Object.values(figure.data[index].meta)[0]));
    }
    this.text = text;
  }

  async draw(view, message) {
    const Plotly = await this.ready;
    if (this.gone || !Plotly) return;
    const data = this.live.map((index) => {
      const filled = {};
      // Copies: Plotly sees a change only in an array that is new.
      for (const [axis, path] of Object.entries(this.figure.data[index].meta)) filled[axis] = [...lookUp(view, path)];
      return filled;
    });
    const resting = message?.state !== "running";
    const look = theme(this.element);
    // Between the full draws only what moves is moved: not the previous run, nor lines that only grow with the axis.
    const moving = this.live.map((_, i) => i).filter((i) => this.moves[i]);
    const due = this.draws % REACT_EVERY === 0 || look !== this.look;
    if (this.mustReact || resting || due || moving.some((i) => this.outgrows(data[i].y))) {
      const traces = this.figure.data.map((trace) => ({ ...trace }));
      this.live.forEach((index, i) => Object.assign(traces[index], data[i]));
      this.look = look;
      this.mustReact = false;
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
  });
}

function themed(layout, { text, grid, font, background, narrow }) {
  const axis = { gridcolor: grid, linecolor: grid, tickcolor: grid };
  return {
    ...layout,
    font: { color: text, family: font, size: narrow ? 12 : 14 },
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
    gradient_norm: frame.gradient_norm,
    per_step_factor: flow.per_step_factor,
    cell_per_step_factor: flow.cell_per_step_factor,
    horizon: flow.horizon,
    rate: message.rate,
    time_left: message.time_left,
  };
}

function format(name, value) {
  if (value === undefined || value === null) return "–";
  if (name === "step" || name === "horizon") return String(value);
  if (name === "epoch") return value.toFixed(value < 10 ? 2 : 1);
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

const KINDS = { chart: Chart, readings: Readings, sample: Sample, generated: Generated };

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
