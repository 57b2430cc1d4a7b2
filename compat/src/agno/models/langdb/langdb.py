"""`agno.models.langdb.langdb`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.providers.vendors import LangDB as LangDB

__getattr__ = names_of(__name__)
