/* The numbers of one run, or of several in a table. */

import { format } from "./format.js";
import { loadPlotly } from "./plotly_setup.js";

/* The readings: state, step, losses and what is measured of the gradients. */
export class Readings {
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

/* A row for each of several runs: how it stands, in the same columns as the readings of one. */
export class LaneTable {
  constructor(host) {
    this.table = document.createElement("table");
    this.table.className = "lanes";
    host.append(this.table);
  }

  update(data) {
    this.data = data;
    const cells = (kind, texts) =>
      texts.map((text) => Object.assign(document.createElement(kind), { textContent: text }));
    const head = document.createElement("tr");
    const names = Object.keys(data.columns);
    head.append(...cells("th", ["", ...names.map((name) => data.columns[name].label)]));
    names.forEach((name, i) => (head.children[i + 1].title = data.columns[name].help));
    const rows = data.lanes.map(({ name, colour }) => {
      const row = document.createElement("tr");
      row.append(
        ...cells("th", [name]),
        ...cells(
          "td",
          names.map(() => "–"),
        ),
      );
      row.firstChild.style.borderLeft = `0.4rem solid ${colour}`;
      return row;
    });
    this.table.replaceChildren(head, ...rows);
  }

  draw(view) {
    const { columns, states } = this.data;
    [...this.table.rows].slice(1).forEach((row, lane) => {
      const message = view.messages[lane];
      const values = message?.run ? readings(message) : { state: "idle" };
      Object.keys(columns).forEach((name, i) => {
        const cell = row.cells[i + 1];
        const shown = values[name];
        const text = name === "state" ? states[shown] : format(name, shown);
        cell.dataset.lane = name;
        cell.dataset.value = shown ?? "";
        if (cell.textContent !== text) cell.textContent = text;
      });
    });
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
    test_accuracy: frame.test_accuracy,
    gradient_norm: frame.gradient_norm,
    per_step_factor: flow.per_step_factor,
    cell_per_step_factor: flow.cell_per_step_factor,
    horizon: flow.horizon,
    half_life: flow.half_life,
    clipped_norm: frame.clipped_norm,
    clip_angle: frame.clip_angle,
    clipped_share: frame.clipped_share,
    rate: message.rate,
    time_left: message.time_left,
    done: frame.done ?? 0,
    cells: message.steps,
  };
}
