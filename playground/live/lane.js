/* One of a page's runs: its losses, its newest readings and the gradients that were looked at.

   Losses are never dropped: every message says the index of its first loss, and what is held from there on is replaced. */

import { zerosOn } from "./sources.js";
import { thin } from "./thinning.js";

const MOST_LOOKS = 240; // steps whose gradients are kept; as in books.py

/* One of a page's runs, as far as this browser knows it. */
export class Lane {
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
    const { probe, gradient_norm: norm, clipped_norm: clipped } = this.frame;
    // A frame keeps the probe of the last look: one that was looked at already is not looked at again.
    if (!probe || probe.step <= (this.looks.at(-1)?.step ?? -1)) return;
    this.looks.push({ step: probe.step, flow: probe.flow, horizon: probe.horizon, norm, clipped });
    // Too many: every other goes; the first and the last stay.
    if (this.looks.length > MOST_LOOKS)
      this.looks = this.looks.filter((_, i, all) => i % 2 === 0 || i === all.length - 1);
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

export function emptyHistory() {
  return { losses: [], train_steps: [], train_losses: [], test_steps: [], test_losses: [] };
}
