"""`agno.agent`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agno._spellings import Agent as Agent
from agnolo.agent.factory import AgentFactory as AgentFactory
from agnolo.agent.factory import BaseFactory as BaseFactory
from agnolo.agent.factory import FactoryContextRequired as FactoryContextRequired
from agnolo.agent.factory import FactoryError as FactoryError
from agnolo.agent.factory import FactoryPermissionError as FactoryPermissionError
from agnolo.agent.factory import FactoryValidationError as FactoryValidationError
from agnolo.agent.factory import RequestContext as RequestContext
from agnolo.agent.factory import TrustedContext as TrustedContext
from agnolo.agent.saved_agents import get_agent_by_id as get_agent_by_id
from agnolo.agent.saved_agents import get_agents as get_agents
from agnolo.engine.followups import Followups as Followups
from agnolo.ports.function import Function as Function
from agnolo.ports.options import FallbackConfig as FallbackConfig
from agnolo.ports.options import FollowupConfig as FollowupConfig
from agnolo.ports.toolkit import Toolkit as Toolkit
from agnolo.vocabulary.events import FollowupsCompletedEvent as FollowupsCompletedEvent
from agnolo.vocabulary.events import FollowupsStartedEvent as FollowupsStartedEvent
from agnolo.vocabulary.events import MemoryUpdateCompletedEvent as MemoryUpdateCompletedEvent
from agnolo.vocabulary.events import MemoryUpdateStartedEvent as MemoryUpdateStartedEvent
from agnolo.vocabulary.events import ReasoningCompletedEvent as ReasoningCompletedEvent
from agnolo.vocabulary.events import ReasoningStartedEvent as ReasoningStartedEvent
from agnolo.vocabulary.events import ReasoningStepEvent as ReasoningStepEvent
from agnolo.vocabulary.events import RunCancelledEvent as RunCancelledEvent
from agnolo.vocabulary.events import RunCompletedEvent as RunCompletedEvent
from agnolo.vocabulary.events import RunContentEvent as RunContentEvent
from agnolo.vocabulary.events import RunContinuedEvent as RunContinuedEvent
from agnolo.vocabulary.events import RunErrorEvent as RunErrorEvent
from agnolo.vocabulary.events import RunEvent as RunEvent
from agnolo.vocabulary.events import RunEventBase as RunOutputEvent
from agnolo.vocabulary.events import RunPausedEvent as RunPausedEvent
from agnolo.vocabulary.events import RunStartedEvent as RunStartedEvent
from agnolo.vocabulary.events import ToolCallCompletedEvent as ToolCallCompletedEvent
from agnolo.vocabulary.events import ToolCallStartedEvent as ToolCallStartedEvent
from agnolo.vocabulary.messages import Message as Message
from agnolo.vocabulary.runs import RunOutput as RunOutput
from agnolo.vocabulary.sessions import AgentSession as AgentSession

__getattr__ = names_of(__name__)
