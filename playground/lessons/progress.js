/* The browser's half of the progress through the lessons: what was seen is kept here from visit to visit. */

const STORE = "rnn-playground-lessons";

/* Streamlit's shortcuts rest while an answer has the focus; these keys have no use of their own there. */
const KEYS = { PageDown: "next", PageUp: "previous", s: "reveal", S: "reveal" };

let told = ""; // what the page's script was last told: telling it again would run it for nothing

function stored() {
  try {
    const seen = JSON.parse(localStorage.getItem(STORE));
    return Array.isArray(seen) ? seen : [];
  } catch {
    return []; // nothing kept, or not allowed to keep anything
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !KEYS[event.key]) return;
  if (!event.target.matches?.("input[type=radio], input[type=checkbox]")) return;
  const button = document.querySelector(`.st-key-${KEYS[event.key]} button`);
  if (!button || button.disabled) return;
  event.preventDefault();
  event.stopPropagation();
  button.click();
}

/* Called by Streamlit through a stub when the element mounts and whenever its data change. */
export function show({ data, setStateValue }) {
  const all = [...new Set([...stored(), ...data.seen])];
  try {
    localStorage.setItem(STORE, JSON.stringify(all));
  } catch {
    // Then only the visit remembers.
  }
  const news = all.join();
  if (all.length > data.seen.length && news !== told) setStateValue("seen", all);
  told = news;
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
