/* The browser's half of a sketch: a curve of a few points that are dragged up and down a logarithmic axis.

   Values are powers of ten. On release the page's script is told; when it sends the measured curve, that is drawn over
   the sketch, which then stands still. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 680;
const HEIGHT = 380;
const MARGIN = { left: 62, right: 16, top: 40, bottom: 46 };
const STEP = 0.5; // powers of ten that an arrow key moves

const sketches = new WeakMap(); // host element -> Sketch

class Sketch {
  constructor(host) {
    this.svg = element("svg", { class: "sketch", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group" });
    host.append(this.svg);
    this.svg.addEventListener("pointermove", (event) => this.dragTo(event));
    for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, () => this.release());
  }

  update(data) {
    this.data = data;
    if (this.dragged === undefined && !this.pending) this.points = [...data.points];
    this.pending = false;
    this.draw();
  }

  x(timestep) {
    const last = this.data.places.at(-1);
    return MARGIN.left + ((timestep - 1) / (last - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  }

  y(power) {
    const { low, high } = this.data;
    const inside = Math.min(high, Math.max(low, power));
    return MARGIN.top + ((high - inside) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  draw() {
    const { places, truth, words } = this.data;
    const revealed = truth.length > 0;
    const focused = this.handles?.indexOf(document.activeElement) ?? -1;
    this.svg.replaceChildren();
    this.svg.setAttribute("aria-label", words.alt);
    this.svg.dataset.sketch = revealed ? "revealed" : "open";
    this.axes();
    const drawn = places.map((t, i) => [this.x(t), this.y(this.points[i] ?? 0)]);
    this.svg.append(element("polyline", { class: "drawn", points: drawn.join(" ") }));
    this.legend(0, "drawn", words.drawn);
    if (revealed) {
      const measured = truth.flatMap((power, i) => (power === null ? [] : [[this.x(i + 1), this.y(power)]]));
      this.svg.append(element("polyline", { class: "truth", points: measured.join(" ") }));
      this.legend(1, "truth", words.truth);
    }
    this.svg.append(element("circle", { cx: drawn.at(-1)[0], cy: drawn.at(-1)[1], r: 5 })); // G_T / G_T is 1
    this.handles = revealed ? [] : this.points.map((power, i) => this.handle(i, power, drawn[i]));
    this.handles[focused]?.focus();
  }

  handle(i, power, [cx, cy]) {
    const { low, high, places, words } = this.data;
    const circle = element("circle", {
      class: "handle",
      cx,
      cy,
      r: 11,
      tabindex: 0,
      role: "slider",
      "aria-valuemin": low,
      "aria-valuemax": high,
      "aria-valuenow": power,
      "aria-label": words.handle.replace("{t}", places[i]),
      "data-handle": i,
    });
    circle.addEventListener("pointerdown", (event) => {
      this.dragged = i;
      this.svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    circle.addEventListener("keydown", (event) => {
      const way = { ArrowUp: STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowLeft: -STEP }[event.key];
      if (way === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(i, this.points[i] + way);
      this.tell();
    });
    this.svg.append(circle);
    return circle;
  }

  axes() {
    const { low, high, places, words } = this.data;
    const every = [1, 2, 5, 10, 20, 50].find((step) => (high - low) / step <= 8);
    for (let power = Math.ceil(low / every) * every; power <= high; power += every) {
      const y = this.y(power);
      this.svg.append(element("line", { class: "grid", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y, y2: y }));
      const label = text(MARGIN.left - 8, y + 5, "10", "end");
      const exponent = element("tspan", { dy: -6, "font-size": 11 });
      exponent.textContent = String(power).replace("-", "−");
      label.append(exponent);
      this.svg.append(label);
    }
    for (const t of [places[0], places[Math.floor(places.length / 2)], places.at(-1)]) {
      this.svg.append(text(this.x(t), HEIGHT - MARGIN.bottom + 20, t, t === places.at(-1) ? "end" : "middle"));
    }
    this.svg.append(text((MARGIN.left + WIDTH) / 2, HEIGHT - 6, words.x, "middle"));
    this.svg.append(text(8, 22, words.y, "start"));
  }

  legend(place, name, words) {
    const x = 130 + 200 * place;
    this.svg.append(
      element("line", { class: name, x1: x, x2: x + 36, y1: 17, y2: 17 }),
      text(x + 44, 22, words, "start"),
    );
  }

  dragTo(event) {
    if (this.dragged === undefined) return;
    const box = this.svg.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * HEIGHT;
    const { low, high } = this.data;
    this.set(this.dragged, high - ((y - MARGIN.top) / (HEIGHT - MARGIN.top - MARGIN.bottom)) * (high - low));
  }

  set(i, power) {
    const { low, high } = this.data;
    this.points[i] = Math.round(10 * Math.min(high, Math.max(low, power))) / 10;
    this.draw();
  }

  release() {
    if (this.dragged === undefined) return;
    this.dragged = undefined;
    this.tell();
  }

  tell() {
    this.pending = true;
    this.setStateValue("points", [...this.points]);
  }
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(x, y, words, anchor) {
  const made = element("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}

/* Called by Streamlit through a stub when the element mounts and whenever its data change. */
export function show({ data, parentElement, setStateValue }) {
  let sketch = sketches.get(parentElement);
  if (!sketch) {
    sketch = new Sketch(parentElement);
    sketches.set(parentElement, sketch);
  }
  sketch.setStateValue = setStateValue;
  sketch.update(data);
  return () => {
    sketches.delete(parentElement);
    sketch.svg.remove();
  };
}
