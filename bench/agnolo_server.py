"""Agnolo's server, the counterpart of reference_server.py. uvloop is used when it is installed."""

import sys

from agent_server import serve

if __name__ == "__main__":
    sys.exit(serve("agnolo", loop="auto"))
