"""`python -m integration_tests.s3` prints where it listens, and ends at the end of its standard input."""

import json
import logging
import sys

from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(json.dumps({"listening": f"http://{host}:{port}"}), flush=True)
sys.stdin.read()
server.stop()
