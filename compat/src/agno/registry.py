"""`agno.registry`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.registry import Registry as Registry

__getattr__ = names_of(__name__)
