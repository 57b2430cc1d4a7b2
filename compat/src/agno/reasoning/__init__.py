"""`agno.reasoning`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of

__getattr__ = names_of(__name__)
