/* The browser's half of a dial: a slider that acts while it is dragged.

   While it moves, the server is asked for the value it has now; one question at a time, and the newest value wins. The
   answer is drawn into the page's chart, readings and words. On release the page's script is told, which draws the same
   again from its side, so that the link and everything else follow. */

import { format } from "../live/format.js";

const SETTLE = 1200; // milliseconds after the last touch in which the page's script may still answer to older values

const dials = new WeakMap(); // host element -> Dial

class Dial {
  constructor(host) {
    this.label = document.createElement("label");
    this.label.className = "dial";
    this.name = document.createElement("span");
    this.output = document.createElement("output");
    this.input = document.createElement("input");
    this.input.type = "range";
    this.label.append(this.name, this.output, this.input);
    host.append(this.label);
    this.touched = -Infinity;
    this.input.addEventListener("input", () => this.move());
    this.input.addEventListener("change", () => this.release());
  }

  update(data) {
    this.data = data;
    this.label.dataset.dial = data.name;
    this.label.title = data.hint;
    this.name.textContent = data.label;
    Object.assign(this.input, { min: data.low, max: data.high, step: data.step });
    this.input.setAttribute("aria-label", data.label);
    clearTimeout(this.settling);
    const rest = SETTLE - (performance.now() - this.touched);
    if (rest <= 0 || Number(this.input.value) === data.value) this.take(data.value);
    else this.settling = setTimeout(() => this.take(this.data.value), rest);
  }

  take(value) {
    this.input.value = value;
    this.say();
  }

  say() {
    this.output.textContent = Number(this.input.value).toFixed(2);
    this.input.setAttribute("aria-valuetext", this.output.textContent);
  }

  move() {
    this.touched = performance.now();
    clearTimeout(this.settling);
    this.say();
    this.wanted = { value: Number(this.input.value), since: this.touched };
    this.ask();
  }

  release() {
    this.touched = performance.now();
    this.setTriggerValue("released", Number(this.input.value));
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.wanted && !this.gone) {
        const { value, since } = this.wanted;
        this.wanted = null;
        const { url, question, lang } = this.data.asking;
        const answer = await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ question: { ...question, [this.data.name]: value }, lang }),
        });
        if (!answer.ok) continue; // the page's script says what is wrong, on release
        await this.draw(await answer.json());
        this.label.dataset.shown = value;
        this.label.dataset.milliseconds = (performance.now() - since).toFixed(1); // from the touch to the picture
      }
    } catch {
      // The server is away: Streamlit says so.
    } finally {
      this.asking = false;
    }
  }

  async draw({ figure, readings, told }) {
    const chart = document.querySelector(`[data-chart="${this.data.asking.chart}"]`);
    if (this.gone || !chart?._fullLayout) return;
    const { layout } = chart; // keeps the colours that the theme gave it
    const yaxis = { ...layout.yaxis, ...figure.layout.yaxis, title: layout.yaxis.title };
    await window.Plotly.react(chart, figure.data, { ...layout, yaxis });
    for (const [name, value] of Object.entries(readings)) {
      const reading = document.querySelector(`[data-live="${name}"]`);
      if (!reading) continue;
      reading.dataset.value = value ?? "";
      reading.textContent = format(reading.dataset.format, value);
    }
    for (const [name, html] of Object.entries(told)) {
      const element = document.querySelector(`[data-told="${name}"]`);
      if (element) element.innerHTML = html; // ours: it holds no text of anybody's
    }
  }

  remove() {
    this.gone = true;
    clearTimeout(this.settling);
  }
}

/* Called by Streamlit through a stub when the element mounts and whenever its data change. */
export function show({ data, parentElement, setTriggerValue }) {
  let dial = dials.get(parentElement);
  if (!dial) {
    dial = new Dial(parentElement);
    dials.set(parentElement, dial);
  }
  dial.setTriggerValue = setTriggerValue;
  dial.update(data);
  return () => {
    dials.delete(parentElement);
    dial.remove();
    dial.label.remove();
  };
}
