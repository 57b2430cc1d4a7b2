"""`agno.agent.agent`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agno._spellings import Agent as Agent

__getattr__ = names_of(__name__)
