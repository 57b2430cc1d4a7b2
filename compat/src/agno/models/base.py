"""`agno.models.base`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.ports.model import Model as Model

__getattr__ = names_of(__name__)
