"""The reference's server: AgentOS of agno 3.1.10. Run it with the python that reference_env.py prints."""

import sys

from agent_server import serve

if __name__ == "__main__":
    sys.exit(serve("reference", loop="uvloop"))
