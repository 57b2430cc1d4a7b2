"""`agno.models.together.together`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Together as Together

__getattr__ = names_of(__name__)
