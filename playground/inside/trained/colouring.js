/* The browser's half of coloured text: a number a character, shown as its background; the colours of the heat maps. */

const NEGATIVE = "79, 125, 243";
const POSITIVE = "240, 140, 0";
const SETTLE = 250; // milliseconds without another key before the page is told

const texts = new WeakMap(); // host element -> Coloured

class Coloured {
  constructor(host) {
    this.element = document.createElement("pre");
    this.element.className = "coloured";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    host.append(this.element);
    this.element.addEventListener("click", (event) => {
      const at = Number(event.target.dataset?.t);
      if (at) this.pick(at, 0);
    });
    this.element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.pick(Math.min(Math.max(this.at + step, 1), this.spans.length), SETTLE);
    });
  }

  update(data) {
    this.element.dataset.coloured = data.name;
    this.element.setAttribute("aria-label", data.label);
    const text = data.symbols.join("\u0000");
    if (text !== this.text) {
      this.text = text;
      this.spans = data.symbols.map((symbol, i) => {
        const span = document.createElement("span");
        span.textContent = symbol === "\n" ? "↵\n" : symbol; // never as HTML: it is somebody's text
        span.dataset.t = i + 1;
        return span;
      });
      this.element.replaceChildren(...this.spans.flatMap((span) => (data.joined ? [span] : [span, " "])));
    }
    this.spans.forEach((span, i) => {
      const value = data.values[i];
      span.style.backgroundColor =
        value === undefined ? "" : `rgba(${value < 0 ? NEGATIVE : POSITIVE}, ${0.85 * Math.abs(value)})`;
      span.dataset.value = value ?? "";
      span.title = value === undefined ? `t = ${i + 1}` : `t = ${i + 1}: ${value}`;
    });
    clearTimeout(this.telling);
    this.mark(data.timestep);
  }

  mark(timestep) {
    this.spans[this.at - 1]?.classList.remove("at");
    this.at = timestep;
    this.element.dataset.timestep = timestep;
    this.spans[timestep - 1]?.classList.add("at");
  }

  pick(timestep, wait) {
    this.mark(timestep);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.setTriggerValue("picked", timestep), wait);
  }

  remove() {
    clearTimeout(this.telling);
    this.element.remove();
  }
}

/* Called by Streamlit through a stub when the element mounts and whenever its data change. */
export function show({ data, parentElement, setTriggerValue }) {
  let text = texts.get(parentElement);
  if (!text) {
    text = new Coloured(parentElement);
    texts.set(parentElement, text);
  }
  text.setTriggerValue = setTriggerValue;
  text.update(data);
  return () => {
    texts.delete(parentElement);
    text.remove();
  };
}
