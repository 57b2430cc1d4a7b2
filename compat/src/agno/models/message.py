"""`agno.models.message`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.messages import Citations as Citations
from agnolo.vocabulary.messages import Message as Message
from agnolo.vocabulary.messages import UrlCitation as UrlCitation

__getattr__ = names_of(__name__)
