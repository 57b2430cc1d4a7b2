"""`agno.models.deepseek.deepseek`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import DeepSeek as DeepSeek

__getattr__ = names_of(__name__)
