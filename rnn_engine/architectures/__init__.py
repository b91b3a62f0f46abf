"""Networks as values: one of several architectures, each with settings of its own. Knows nothing of torch.

Which torch module an architecture is built as, `network/building.py` says.
"""

from typing import Annotated

from pydantic import PlainValidator, SerializeAsAny

from rnn_engine.architectures.base import Architecture
from rnn_engine.architectures.recurrent import NetworkConfig
from rnn_engine.wording import problem

#: The settings of every architecture, by the name that JSON has in `architecture`.
ARCHITECTURES: dict[str, type[Architecture]] = {"recurrent": NetworkConfig}


def read_network(value: object) -> object:
    """A network's settings from their fields; without an `architecture` they are those of a recurrent network."""
    if isinstance(value, Architecture):
        return value
    name = "recurrent"
    if isinstance(value, dict) and "architecture" in value:
        name = value["architecture"]
        if not isinstance(name, str) or name not in ARCHITECTURES:
            raise problem("unknown_architecture", given=str(name), known=", ".join(ARCHITECTURES))
        if "architecture" not in ARCHITECTURES[name].model_fields:
            value = {field: given for field, given in value.items() if field != "architecture"}
    return ARCHITECTURES[name].model_validate(value)


#: Any network there is. A checker of types takes it for recurrent, as all of them are today: once a second architecture
#: joins the annotation, it lists every line that takes that for granted.
AnyNetwork = Annotated[
    SerializeAsAny[NetworkConfig], PlainValidator(read_network, json_schema_input_type=NetworkConfig)
]

__all__ = ["ARCHITECTURES", "AnyNetwork", "Architecture", "NetworkConfig", "read_network"]
