"""`agno.os.app`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.server.app import AgentOS as AgentOS

__getattr__ = names_of(__name__)
