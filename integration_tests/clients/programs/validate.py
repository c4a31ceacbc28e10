"""`validate.py FILE`: every line is a message of the protocol, in the words of airbyte-protocol-models-pdv2."""

import sys
from pathlib import Path

from airbyte_protocol.models import AirbyteMessage

for line in Path(sys.argv[1]).read_bytes().splitlines():
    AirbyteMessage.model_validate_json(line)
