"""Which benches the gradient laboratory has, and which one is open."""

from playground.laboratory import explosion, learning, memory, race, remedies
from playground.laboratory.cliff import bench as cliff
from playground.laboratory.flow import bench as flow
from playground.laboratory.microscope import bench as microscope
from playground.laboratory.phase import bench as phase
from playground.language.i18n import N_, _
from playground.settings.parts import Part, chosen_part

#: In the order of the page; the link names them so.
BENCHES = {
    "flow": Part(N_("Flow"), flow.show),
    "phase": Part(N_("Phase diagram"), phase.show),
    "learning": Part(N_("While it learns"), learning.show),
    "explosion": Part(N_("Explosion"), explosion.show),
    "cliff": Part(N_("The cliff"), cliff.show),
    "race": Part(N_("Cell race"), race.show),
    "memory": Part(N_("Does it matter?"), memory.show),
    "microscope": Part(N_("Microscope"), microscope.show),
    "remedies": Part(N_("Remedies"), remedies.show),
}


def chosen_bench() -> Part:
    """The bench that the link names, or the first; with the row of buttons that opens another."""
    return chosen_part("gradients", "bench", _("Bench"), BENCHES)
