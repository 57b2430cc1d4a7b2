"""`agno.models.cerebras`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import Cerebras as Cerebras
from agnolo.providers.vendors import CerebrasOpenAI as CerebrasOpenAI

__getattr__ = names_of(__name__)
