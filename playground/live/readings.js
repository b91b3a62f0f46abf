/* The numbers of one run, or of several in a table. What is shown, and how, stands in their rows: see readings.py. */

import { format } from "./format.js";
import { loadPlotly } from "./plotly_setup.js";
import { find } from "./sources.js";

/* Put a number into its element. A run's state is called what the page calls it, and `note` is added to it. */
function show(element, row, from, states, note = "") {
  const value = find(from, row.source);
  const text = row.format === "state" ? states[value] + note : format(row.format, value);
  element.dataset.value = value ?? "";
  if (element.textContent !== text) element.textContent = text;
}

/* The readings: state, step, losses and what is measured of the gradients. */
export class Readings {
  constructor(host) {
    this.host = document.createElement("div");
    this.host.className = "readings";
    host.append(this.host);
    this.values = [];
  }

  update(data) {
    this.data = data;
    loadPlotly(data.plotly); // begins on every page, long before the first chart mounts
    const names = data.readings.map(({ name }) => name);
    if (names.join() !== this.values.map(({ dataset }) => dataset.live).join()) {
      this.values = names.map((name) => {
        const value = document.createElement("strong");
        value.dataset.live = name;
        return value;
      });
      const cells = this.values.map((value) => {
        const cell = document.createElement("div");
        cell.append(document.createElement("span"), value);
        return cell;
      });
      this.host.replaceChildren(...cells);
    }
    data.readings.forEach(({ label, help, format: kind }, i) => {
      const value = this.values[i];
      value.dataset.format = kind;
      value.previousSibling.textContent = label;
      value.parentElement.title = help;
    });
  }

  draw(view, message) {
    const { data } = this;
    const from = data.values ?? (message?.run ? message : { state: "idle", step: 0, frame: { epoch: 0 } });
    const note = message?.position ? ` (${message.position})` : "";
    data.readings.forEach((row, i) => show(this.values[i], row, from, data.states, note));
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
    const cell = (kind, texts) => Object.assign(document.createElement(kind), texts);
    const head = document.createElement("tr");
    head.append(cell("th"), ...data.readings.map(({ label, help }) => cell("th", { textContent: label, title: help })));
    const rows = data.lanes.map(({ name, colour }) => {
      const row = document.createElement("tr");
      row.append(cell("th", { textContent: name }), ...data.readings.map(() => cell("td", { textContent: "–" })));
      row.firstChild.style.borderLeft = `0.4rem solid ${colour}`;
      return row;
    });
    this.table.replaceChildren(head, ...rows);
  }

  draw(view) {
    const { readings, states } = this.data;
    [...this.table.rows].slice(1).forEach((row, lane) => {
      const message = view.messages[lane];
      readings.forEach((reading, i) => {
        const cell = row.cells[i + 1];
        cell.dataset.lane = reading.name;
        show(cell, reading, message?.run ? message : { state: "idle" }, states);
      });
    });
  }

  remove() {}
}
