"""`agno.models.azure.openai_responses`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import AzureOpenAIResponses as AzureOpenAIResponses

__getattr__ = names_of(__name__)
