"""`agno.models.vercel`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import V0 as V0

__getattr__ = names_of(__name__)
