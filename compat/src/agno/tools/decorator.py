"""`agno.tools.decorator`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.tool import tool as tool

__getattr__ = names_of(__name__)
