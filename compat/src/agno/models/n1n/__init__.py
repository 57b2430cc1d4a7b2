"""`agno.models.n1n`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import N1N as N1N

__getattr__ = names_of(__name__)
