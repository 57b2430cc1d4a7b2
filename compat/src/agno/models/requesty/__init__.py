"""`agno.models.requesty`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Requesty as Requesty

__getattr__ = names_of(__name__)
