"""Which views the page "inside" has, and which one is open."""

from playground.inside import distance
from playground.inside.forgets import view as forgets
from playground.inside.stepper import view as stepper
from playground.inside.trained import view as trained
from playground.language.i18n import N_, _
from playground.settings.parts import Part, chosen_part

#: In the order of the page; the link names them so.
VIEWS = {
    "stepper": Part(N_("Step by step"), stepper.show),
    "trained": Part(N_("A trained network"), trained.show),
    "forgets": Part(N_("What a window forgets"), forgets.show),
    "distance": Part(N_("Long-distance sentences"), distance.show),
}


def chosen_view() -> Part:
    """The view that the link names, or the first; with the row of buttons that opens another."""
    return chosen_part("inside", "view", _("View"), VIEWS)
