"""`agno.factory`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.agent.factory import BaseFactory as BaseFactory
from agnolo.agent.factory import FactoryContextRequired as FactoryContextRequired
from agnolo.agent.factory import FactoryError as FactoryError
from agnolo.agent.factory import FactoryPermissionError as FactoryPermissionError
from agnolo.agent.factory import FactoryValidationError as FactoryValidationError
from agnolo.agent.factory import QueuedRequest as QueuedRequest
from agnolo.agent.factory import RequestContext as RequestContext
from agnolo.agent.factory import TrustedContext as TrustedContext

__getattr__ = names_of(__name__)
