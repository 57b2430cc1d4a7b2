"""`agno.models.vllm`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import VLLM as VLLM

__getattr__ = names_of(__name__)
