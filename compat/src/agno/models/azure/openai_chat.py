"""`agno.models.azure.openai_chat`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import AzureOpenAI as AzureOpenAI

__getattr__ = names_of(__name__)
