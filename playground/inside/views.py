"""Which views the page "inside" has, and which one is open."""

from playground.i18n import N_, _
from playground.inside import distance, forgets, stepper, trained
from playground.parts import Part, chosen_part

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
