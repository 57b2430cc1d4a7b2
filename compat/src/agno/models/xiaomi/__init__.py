"""`agno.models.xiaomi`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import MiMo as MiMo

__getattr__ = names_of(__name__)
