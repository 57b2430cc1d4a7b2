"""`agno.models.heabsy.heabsy`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Heabsy as Heabsy

__getattr__ = names_of(__name__)
