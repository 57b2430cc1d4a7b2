"""`agno.tools.toolkit`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.toolkit import Toolkit as Toolkit

__getattr__ = names_of(__name__)
