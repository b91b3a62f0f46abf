"""Live charts, readings and samples: the page's half of the event stream."""

from playground.live.elements import chart as chart
from playground.live.elements import generated as generated
from playground.live.elements import lanes as lanes
from playground.live.elements import readings as readings
from playground.live.elements import sample as sample
from playground.live.elements import scrub as scrub
from playground.live.elements import states as states
from playground.live.elements import values as values
