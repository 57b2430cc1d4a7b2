"""`agno.models.cometapi`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import CometAPI as CometAPI

__getattr__ = names_of(__name__)
