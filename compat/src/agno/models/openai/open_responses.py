"""`agno.models.openai.open_responses`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.openai_responses_model import OpenResponses as OpenResponses

__getattr__ = names_of(__name__)
