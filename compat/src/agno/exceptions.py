"""`agno.exceptions`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.vocabulary.checks import CheckTrigger as CheckTrigger
from agnolo.vocabulary.checks import InputCheckError as InputCheckError
from agnolo.vocabulary.checks import OutputCheckError as OutputCheckError
from agnolo.vocabulary.components import ComponentRehydrationError as ComponentRehydrationError
from agnolo.vocabulary.errors import AgentRunException as AgentRunException
from agnolo.vocabulary.errors import AgnoloError as AgnoError
from agnolo.vocabulary.errors import ContextWindowExceededError as ContextWindowExceededError
from agnolo.vocabulary.errors import EmbeddingError as EmbeddingError
from agnolo.vocabulary.errors import ModelAuthenticationError as ModelAuthenticationError
from agnolo.vocabulary.errors import ModelProviderError as ModelProviderError
from agnolo.vocabulary.errors import ModelRateLimitError as ModelRateLimitError
from agnolo.vocabulary.errors import RetryAgentRun as RetryAgentRun
from agnolo.vocabulary.errors import RunCancelledException as RunCancelledException
from agnolo.vocabulary.errors import RunNotContinuableError as RunNotContinuableError
from agnolo.vocabulary.errors import RunNotFoundError as RunNotFoundError
from agnolo.vocabulary.errors import StopAgentRun as StopAgentRun

__getattr__ = names_of(__name__)
