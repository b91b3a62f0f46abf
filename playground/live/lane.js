/* One of a page's runs: its losses, its newest readings and the gradients that were looked at, as the run keeps them.

   Losses are never dropped: every message says the index of its first loss, and what is held from there on is replaced. */

import { thin } from "./thinning.js";

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
    if (message.looks_kept) this.looks = this.looks.filter(({ step }) => message.looks_kept.includes(step));
    this.looks.push(...message.looks);
  }

  /* What sources refer to; `scrub`: the place of the look that is looked back to. */
  view(scrub) {
    const train = thin(this.history);
    this.history.train_steps = train.steps;
    this.history.train_losses = train.losses;
    const steps = this.message?.step ?? 0;
    return {
      history: this.history,
      previous: this.previous,
      frame: this.frame,
      looks: this.looks,
      scrubbed: scrub === null ? undefined : this.looks[Math.min(scrub, this.looks.length - 1)],
      axis: { steps: [0, Math.max(steps, this.previous.losses.length, 1)] },
    };
  }
}

export function emptyHistory() {
  return { losses: [], train_steps: [], train_losses: [], test_steps: [], test_losses: [] };
}
