"""`agno.models.portkey.portkey`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Portkey as Portkey

__getattr__ = names_of(__name__)
