/* Looking back at earlier steps. */

import { pageNamed } from "./page.js";

/* A slider over the steps whose gradients are kept: what it points at is drawn beside the newest. */
export class Scrub {
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
      const page_ = pageNamed(page);
      const last = Number(this.input.max);
      page_.scrub = Number(this.input.value) === last ? null : Number(this.input.value);
      page_.draw();
    };
  }

  draw(view) {
    const look = view.scrubbed;
    this.input.max = Math.max(0, view.looks.length - 1);
    if (!look) this.input.value = this.input.max;
    this.text.textContent = `${this.words.label} ${look ? look.step : this.words.newest}`;
    this.text.dataset.live = "scrub";
    this.text.dataset.value = look?.step ?? "";
  }

  remove() {}
}
