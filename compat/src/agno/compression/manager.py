"""`agno.compression.manager`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.compression import CompressionManager as CompressionManager

__getattr__ = names_of(__name__)
