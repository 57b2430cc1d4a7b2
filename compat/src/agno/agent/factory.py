"""`agno.agent.factory`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.factory import AgentFactory as AgentFactory

__getattr__ = names_of(__name__)
