/* Text that a network writes. */

import { visible } from "./format.js";

/* Text written by the network while it learns. */
export class Sample {
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
export class Generated {
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
