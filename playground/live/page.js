/* A page: one stream (EventSource), shared by all its elements, which draw the newest state in one animation frame.

   Draws may be dropped, losses never are. */

import { emptyHistory, Lane } from "./lane.js";
import { floorUnder } from "./sources.js";

const DRAW_EVERY = 55; // milliseconds from one draw to the next while training: the processor is shared with it
const STAY_OPEN = 500; // milliseconds a stream outlives its last element, for a page that is drawn again

/* Of several runs' states the one that is shown for all. */
const ORDER = ["running", "queued", "interrupted", "paused", "diverged", "finished"];

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
      state:
        first(
          messages.map((message) => message.state),
          ORDER,
        ) ?? "idle",
      next: first(
        messages.map((message) => message.next),
        ["pause", "play", "none"],
      ),
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
      const lanes = this.lanes.map((lane) => lane.view(this.scrub));
      const floor = floorUnder(lanes.map(({ frame }) => frame.gradient_flow));
      const view = { ...lanes[0], lanes, floor, messages: this.lanes.map((lane) => lane.message) };
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

const pages = new Map(); // page name -> Page

/* The page of this name, as long as the browser's tab lives. */
export function pageNamed(name) {
  if (!pages.has(name)) pages.set(name, new Page());
  return pages.get(name);
}
