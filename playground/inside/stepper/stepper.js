/* The stepper: the unrolled network, walked through forward and back with the real numbers.

   The engine's trace of the sequence comes as data, once; from then on every place is a pure function of it, so that a
   step is instant and a step back shows exactly what was there. Places: 0 before anything is read; 1 .. T forward;
   T + 1 .. 2 T back, from T to 1; then the sums over timesteps; then one update and the loss again. */

import { visible } from "../../live/format.js";
import { formulas } from "./formulas.js";
import { geometry, HEIGHT, network } from "./network.js";
import { digits, formula, make, norm } from "./numbers.js";

const LONGEST_DRAWN = 60; // timesteps: of a longer sequence only what is in sight is drawn

const steppers = new Map(); // host element -> Stepper

class Stepper {
  constructor(host) {
    this.root = make("section", { class: "stepper", role: "group" });
    host.append(this.root);
    this.watch = new ResizeObserver(() => this.trace && this.picture());
    this.watch.observe(this.root);
  }

  update({ id, trace, words }) {
    if (id === this.id && JSON.stringify(words) === JSON.stringify(this.words)) return; // a run of the script that changed nothing
    this.words = words;
    if (id !== this.id) {
      const same = this.trace?.T === trace.units.length; // then the place means the same: it stays
      this.id = id;
      this.trace = { ...trace, T: trace.units.length };
      this.updated = { ...this.trace, ...trace.after };
      if (!same) this.position = 0;
      clearInterval(this.timer);
      this.timer = null;
    }
    this.build();
    this.render();
  }

  get last() {
    return 2 * this.trace.T + 2;
  }

  /* What a position means: the phase, the timestep t, how far has been read, and how far back the gradient has come. */
  place(position = this.position) {
    const { T } = this.trace;
    if (position === 0) return { phase: "start", t: 0, read: 0, back: Infinity };
    if (position <= T) return { phase: "forward", t: position, read: position, back: Infinity };
    if (position <= 2 * T) return { phase: "back", t: 2 * T + 1 - position, read: T, back: 2 * T + 1 - position };
    if (position === 2 * T + 1) return { phase: "sum", t: 1, read: T, back: 1 };
    return { phase: "update", t: T, read: T, back: Infinity };
  }

  /* The numbers to draw: after the update, those of the network that it made. */
  shown(place) {
    return place.phase === "update" ? this.updated : this.trace;
  }

  build() {
    const { words } = this;
    this.root.setAttribute("aria-label", words.title);
    const press = (key, icon, text, act) => {
      const button = make(
        "button",
        { type: "button", title: words[`${key}_help`] },
        make("span", { "aria-hidden": "true" }, icon),
        make("span", {}, text),
      );
      button.addEventListener("click", act);
      this[`${key}Button`] = button;
      return make("span", { class: `st-key-${key}` }, button);
    };
    this.slider = make("input", { type: "range", min: 0, max: this.last, step: 1, "aria-label": words.timestep });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.where = make("span", {});
    const bar = make(
      "div",
      { class: "bar" },
      press("back", "◀", words.back, () => this.go(this.position - 1)),
      press("play", "▶", words.play, () => (this.timer ? this.pause() : this.play())),
      press("forward", "▶", words.forward, () => this.go(this.position + 1)),
      make("label", { class: "st-key-timestep" }, this.where, this.slider),
      press("copy", "", words.copy, () => this.copy()),
    );
    this.forwardButton.append(this.forwardButton.firstChild); // its arrow stands after the word
    this.said = make("span", { class: "said", role: "status" });
    bar.append(this.said);

    this.values = {};
    const readings = ["timestep", "hidden_norm", "loss", "gradient_norm_here"].map((name) => {
      this.values[name] = make("strong", { "data-live": name });
      return make(
        "div",
        { title: words.readings[name].help },
        make("span", {}, words.readings[name].label),
        this.values[name],
      );
    });
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("role", "img");
    this.scroller = make(
      "div",
      { class: "scroller", tabindex: 0, role: "region", "aria-label": words.picture },
      this.svg,
    );
    if (this.trace.T > LONGEST_DRAWN) this.scroller.addEventListener("scroll", () => this.picture());
    this.svg.addEventListener("pointerover", (event) =>
      this.light(event.target.closest("[data-weights]")?.dataset.weights),
    );
    this.svg.addEventListener("pointerleave", () => this.light(null));
    this.heading = make("h3", { "aria-live": "polite" });
    this.lines = make("div", { class: "lines" });
    this.script = make("pre", {}, this.trace.script);
    this.root.replaceChildren(
      bar,
      make("div", { class: "row" }, make("div", { class: "readings" }, readings), this.badges()),
      make("div", { class: "stage" }, this.scroller, make("div", { class: "told" }, this.heading, this.lines)),
      make("details", {}, make("summary", {}, words.how_to_read), make("p", {}, words.legend)),
      make("details", {}, make("summary", {}, words.script), this.script),
    );
  }

  /* The three matrices that all cells share: pointing at one lights every arrow it stands on. */
  badges() {
    const { parameters, T } = this.trace;
    const buttons = ["W_xh", "W_hh", "W_hy"].map((name) => {
      const shape = `${parameters[name].length} × ${parameters[name][0].length}`;
      const button = make(
        "button",
        { type: "button", class: "badge", "data-weights": name, "aria-pressed": "false" },
        formula(name.replace(/_(\w+)/, "_{$1}")),
        make("small", {}, shape),
      );
      button.addEventListener("click", () => {
        this.pinned = this.pinned === name ? null : name;
        this.light(null);
      });
      button.addEventListener("pointerenter", () => this.light(name));
      button.addEventListener("pointerleave", () => this.light(null));
      return button;
    });
    this.weights = make("div", { class: "badges" }, buttons, make("span", {}, this.words.shared.replace("{T}", T)));
    return this.weights;
  }

  light(name) {
    const lit = name ?? this.pinned ?? "";
    if (this.root.dataset.lit === lit) return;
    if (lit) this.root.dataset.lit = lit;
    else delete this.root.dataset.lit;
    for (const badge of this.weights.querySelectorAll("button"))
      badge.setAttribute("aria-pressed", badge.dataset.weights === this.pinned);
  }

  go(position) {
    this.position = Math.max(0, Math.min(this.last, position));
    if (this.position === this.last) this.pause();
    else this.render();
  }

  play() {
    if (this.position === this.last) this.position = 0;
    const pause = Math.max(40, Math.min(900, 30_000 / this.last));
    this.timer = setInterval(() => this.go(this.position + 1), pause);
    this.render();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.render();
  }

  async copy() {
    const { script } = this.trace;
    try {
      await navigator.clipboard.writeText(script);
    } catch {
      // Only pages from this machine or by HTTPS may use the clipboard directly.
      const box = make("textarea", { "aria-hidden": "true" }, script);
      this.root.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    this.said.textContent = this.words.copied;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (this.said.textContent = ""), 2500);
  }

  render() {
    const { trace, words } = this;
    const place = this.place();
    const shown = this.shown(place);
    this.show("timestep", place.t, `${place.t} / ${trace.T}`);
    this.show("hidden_norm", norm(shown.hidden[place.t]));
    this.show("loss", shown.loss);
    this.show("gradient_norm_here", norm(shown.total[place.t]));
    const spoken = words.places[place.phase].replace("{t}", place.t).replace("{T}", trace.T);
    const unit = place.t ? visible(trace.units[place.t - 1]) : "";
    this.heading.textContent = place.phase === "forward" ? `${spoken} ${words.reads.replace("{unit}", unit)}` : spoken;
    this.where.textContent = spoken;
    this.slider.value = this.position;
    this.slider.setAttribute("aria-valuetext", spoken);
    this.backButton.disabled = this.position === 0;
    this.forwardButton.disabled = this.position === this.last;
    const [icon, text] = this.playButton.children;
    icon.textContent = this.timer ? "❚❚" : "▶";
    text.textContent = this.timer ? words.pause : words.play;
    this.lines.replaceChildren(...formulas(trace, place, words));
    this.picture(true);
  }

  show(name, value, text = digits(value)) {
    this.values[name].dataset.value = value;
    this.values[name].textContent = text;
  }

  /* Draw the network; `follow`: with the present timestep in sight. */
  picture(follow = false) {
    const { trace } = this;
    const place = this.place();
    const shape = geometry(trace.T, this.root.clientWidth || 800);
    const whole = shape.width;
    const seen = this.scroller.clientWidth || whole;
    this.svg.setAttribute("width", whole);
    this.svg.setAttribute("height", HEIGHT);
    this.svg.setAttribute("viewBox", `0 0 ${whole} ${HEIGHT}`);
    if (follow) this.scroller.scrollLeft = place.t ? shape.columnOf(place.t) - seen / 2 : 0;
    const left = trace.T > LONGEST_DRAWN ? this.scroller.scrollLeft : 0;
    const right = trace.T > LONGEST_DRAWN ? left + seen : whole;
    this.svg.replaceChildren(...network(this.shown(place), place, this.words, shape, left, right));
    this.svg.setAttribute("aria-label", this.described(place));
  }

  described(place) {
    const { alt } = this.words;
    const flow = this.trace.total.slice(1).map((row) => digits(norm(row)));
    const text =
      place.back <= this.trace.T && this.trace.T <= LONGEST_DRAWN
        ? ` ${alt.gradients} ${flow.slice(place.back - 1).join(", ")}.`
        : "";
    return alt.picture.replace("{T}", this.trace.T).replace("{read}", place.read) + text;
  }

  remove() {
    clearInterval(this.timer);
    clearTimeout(this.saying);
    this.watch.disconnect();
    this.root.remove();
  }
}

/* The arrow keys step, space plays and pauses: not while typing, nor where the arrows move something else. */
function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const stepper = [...steppers.values()].find(({ root }) => root.isConnected && root.offsetParent);
  const at = event.target;
  if (!stepper || at.isContentEditable) return;
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    if (
      at.matches?.(
        "input, textarea, [role=slider], [role=tab], [role=option], [role=radio], [role=radiogroup] *, [role=combobox]",
      )
    )
      return;
    stepper.go(stepper.position + (event.key === "ArrowRight" ? 1 : -1));
  } else if (event.code === "Space" && !event.repeat) {
    if (at.closest?.("input, textarea, button, a, summary, [role=button], [role=option], [role=combobox]")) return;
    stepper.playButton.click();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

window.addEventListener("keydown", onKey, true);

/* Called by Streamlit through a stub when the element mounts and whenever its data change. */
export function show({ data, parentElement }) {
  let stepper = steppers.get(parentElement);
  if (!stepper) {
    stepper = new Stepper(parentElement);
    steppers.set(parentElement, stepper);
  }
  stepper.update(data);
  return () => {
    steppers.delete(parentElement);
    stepper.remove();
  };
}
