"""`agno.run.agent`, from Agnolo. Written by scripts/compat_modules.py."""

from agno._absence import names_of
from agnolo.engine.followups import Followups as Followups
from agnolo.vocabulary.events import CompactionCompletedEvent as CompactionCompletedEvent
from agnolo.vocabulary.events import CompactionStartedEvent as CompactionStartedEvent
from agnolo.vocabulary.events import CompressionCompletedEvent as CompressionCompletedEvent
from agnolo.vocabulary.events import CompressionStartedEvent as CompressionStartedEvent
from agnolo.vocabulary.events import FollowupsCompletedEvent as FollowupsCompletedEvent
from agnolo.vocabulary.events import FollowupsStartedEvent as FollowupsStartedEvent
from agnolo.vocabulary.events import IntermediateRunContentEvent as IntermediateRunContentEvent
from agnolo.vocabulary.events import MemoryUpdateCompletedEvent as MemoryUpdateCompletedEvent
from agnolo.vocabulary.events import MemoryUpdateStartedEvent as MemoryUpdateStartedEvent
from agnolo.vocabulary.events import ModelRequestCompletedEvent as ModelRequestCompletedEvent
from agnolo.vocabulary.events import ModelRequestStartedEvent as ModelRequestStartedEvent
from agnolo.vocabulary.events import OutputModelResponseCompletedEvent as OutputModelResponseCompletedEvent
from agnolo.vocabulary.events import OutputModelResponseStartedEvent as OutputModelResponseStartedEvent
from agnolo.vocabulary.events import ParserModelResponseCompletedEvent as ParserModelResponseCompletedEvent
from agnolo.vocabulary.events import ParserModelResponseStartedEvent as ParserModelResponseStartedEvent
from agnolo.vocabulary.events import PostHookCompletedEvent as PostHookCompletedEvent
from agnolo.vocabulary.events import PostHookStartedEvent as PostHookStartedEvent
from agnolo.vocabulary.events import PreHookCompletedEvent as PreHookCompletedEvent
from agnolo.vocabulary.events import PreHookStartedEvent as PreHookStartedEvent
from agnolo.vocabulary.events import ReasoningCompletedEvent as ReasoningCompletedEvent
from agnolo.vocabulary.events import ReasoningContentDeltaEvent as ReasoningContentDeltaEvent
from agnolo.vocabulary.events import ReasoningStartedEvent as ReasoningStartedEvent
from agnolo.vocabulary.events import ReasoningStepEvent as ReasoningStepEvent
from agnolo.vocabulary.events import RunCancelledEvent as RunCancelledEvent
from agnolo.vocabulary.events import RunCompletedEvent as RunCompletedEvent
from agnolo.vocabulary.events import RunContentCompletedEvent as RunContentCompletedEvent
from agnolo.vocabulary.events import RunContentEvent as RunContentEvent
from agnolo.vocabulary.events import RunContinuedEvent as RunContinuedEvent
from agnolo.vocabulary.events import RunErrorEvent as RunErrorEvent
from agnolo.vocabulary.events import RunEvent as RunEvent
from agnolo.vocabulary.events import RunEventBase as BaseAgentRunEvent
from agnolo.vocabulary.events import RunEventBase as RunOutputEvent
from agnolo.vocabulary.events import RunPausedEvent as RunPausedEvent
from agnolo.vocabulary.events import RunStartedEvent as RunStartedEvent
from agnolo.vocabulary.events import SessionSummaryCompletedEvent as SessionSummaryCompletedEvent
from agnolo.vocabulary.events import SessionSummaryStartedEvent as SessionSummaryStartedEvent
from agnolo.vocabulary.events import ToolCallCompletedEvent as ToolCallCompletedEvent
from agnolo.vocabulary.events import ToolCallErrorEvent as ToolCallErrorEvent
from agnolo.vocabulary.events import ToolCallStartedEvent as ToolCallStartedEvent
from agnolo.vocabulary.run_input import RunInput as RunInput
from agnolo.vocabulary.runs import RunOutput as RunOutput

__getattr__ = names_of(__name__)
