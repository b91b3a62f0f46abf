"""An element of ours on a page: a script in the browser that is given data, and tells the page's script of events."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from playground.live.scripts import script_url

# What Streamlit sends again with every change of data stays this short; the rest is a script that the browser caches.
_STUB = """
export default function (component) {
  const { data } = component;
  let cleanUp;
  let gone = false;
  import(new URL(data.script, window.location.origin).href).then((script) => {
    if (!gone) cleanUp = script.show(component);
  });
  return () => { gone = true; cleanUp?.(); };
}
"""


@dataclass(frozen=True)
class Component:
    """A kind of element. Its `script`, a place below `playground/`, exports `show`, which returns how to clean up."""

    name: str
    script: str
    css: str | None = None

    def mount(self, key: str, data: Mapping[str, Any], **callbacks: Any) -> Any:
        """Draw the element; returns what its script has told, by name."""
        return _registered(self)(key=key, data={"script": script_url(self.script), **data}, **callbacks)


@cache
def _registered(component: Component) -> Any:
    return st.components.v2.component(
        f"rnn_playground_{component.name}", js=_STUB, css=component.css, html="", isolate_styles=False
    )
