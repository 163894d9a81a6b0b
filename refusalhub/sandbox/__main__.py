"""`python -m refusalhub.sandbox`: the sandbox model server, knowing the demo's prompts."""

import argparse
import contextlib
import logging
from pathlib import Path

from refusalhub.demo.scenarios import scenarios
from refusalhub.sandbox.server import SandboxServer

logger = logging.getLogger("refusalhub.sandbox")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m refusalhub.sandbox", description="The sandbox model server."
    )
    parser.add_argument("--port", type=int, default=8021, help="port on 127.0.0.1 (0: any free one)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append a line of JSON for every request")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with SandboxServer(port=arguments.port, scenarios=scenarios(), log=arguments.log) as server:
        logger.info("The sandbox model server listens on %s", server.url)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
