"""`agno.db.base`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.sessions import SessionType as SessionType

__getattr__ = names_of(__name__)
