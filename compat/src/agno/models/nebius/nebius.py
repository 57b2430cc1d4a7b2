"""`agno.models.nebius.nebius`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Nebius as Nebius

__getattr__ = names_of(__name__)
