/* Keys: space plays and pauses, the right arrow steps; not while typing, nor where the arrow moves something else. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const at = event.target;
  const typing =
    at.isContentEditable || at.matches?.("textarea, input:not([type=range], [type=checkbox], [type=radio])");
  const choosing = at.getAttribute?.("role") === "combobox" && at.getAttribute("aria-expanded") !== "true";
  if (event.code === "Space") {
    if (
      (typing && !choosing) ||
      at.closest?.("button:not([data-testid=stBaseButton-header]), a, [role=button], [role=option]")
    )
      return;
    press(event, ".st-key-play button, .st-key-pause button");
  } else if (event.code === "ArrowRight") {
    if (typing || at.matches?.("input, [role=slider], [role=tab], [role=option], [role=radio]")) return;
    press(event, ".st-key-step button");
  }
}

function press(event, selector) {
  const button = document.querySelector(selector);
  if (!button || button.disabled) return;
  event.preventDefault();
  event.stopPropagation();
  button.click();
}

if (!window.rnnPlaygroundKeys) {
  window.rnnPlaygroundKeys = true;
  window.addEventListener("keydown", onKey, true);
}
