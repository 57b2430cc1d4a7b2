"""The one error tree. Every error names the value at fault and the fix, and carries an HTTP status and a wire type."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypedDict, TypeVar, Unpack


class AgnoloError(Exception):
    """Root of all errors raised on purpose. `status_code` is what a server answers.

    `error_type` is the wire name of the family, `error_id` that of the case: all failures of providers are of the type
    `model_provider_error`.
    """

    error_type: ClassVar[str] = "agno_error"
    error_id: str = "agno_error"
    status_code: int = 500

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__
        if "error_type" in own and "error_id" not in own:
            cls.error_id = cls.error_type

    def __init__(self, message: str, *, status_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status_code is not None:
            self.status_code = status_code

    def __str__(self) -> str:
        return self.message


def case_of(error: Exception) -> str | None:
    """The `error_id` of an error that its type does not tell; None for all others."""
    return error.error_id if isinstance(error, AgnoloError) and error.error_id != error.error_type else None


class ConfigurationError(AgnoloError, ValueError):
    """The caller's options contradict each other or name something that does not exist."""

    error_type = "configuration_error"
    status_code = 400


class MissingExtraError(AgnoloError, ImportError):
    """An optional package is needed and not installed; the message names the extra to install."""

    error_type = "missing_extra_error"
    status_code = 501


class InputError(AgnoloError, ValueError):
    """A run's input can't be used as given."""

    error_type = "input_error"
    status_code = 422


# ---- model providers


class Asked(TypedDict, total=False):
    """Who was asked: the provider and its model, each under our name or the reference's."""

    provider: str
    model: str
    model_name: str | None
    model_id: str | None


class ModelProviderError(AgnoloError):
    """A provider refused, failed or broke its protocol. `retry_after` is in seconds; `code` is the provider's own.

    `model_id` is another word for `model`, and `model_name` for `provider`.
    """

    error_type = "model_provider_error"
    status_code = 502
    default_retryable: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        *,
        code: str | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        **asked: Unpack[Asked],
    ) -> None:
        super().__init__(message, status_code=status_code)
        self.provider = asked.get("provider") or asked.get("model_name") or ""
        self.model = asked.get("model") or asked.get("model_id") or ""
        self.code = code
        self.request_id = request_id
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_after = retry_after

    @property
    def model_id(self) -> str:
        """The model that failed."""
        return self.model

    @property
    def model_name(self) -> str:
        """Whose model it is."""
        return self.provider

    def recast(self, kind: type[ProviderErrorT], message: str | None = None) -> ProviderErrorT:
        """The same failure as an error of another class, or with another message."""
        return kind(
            self.message if message is None else message,
            provider=self.provider,
            model=self.model,
            status_code=self.status_code,
            code=self.code,
            request_id=self.request_id,
            retryable=self.retryable,
            retry_after=self.retry_after,
        )


ProviderErrorT = TypeVar("ProviderErrorT", bound=ModelProviderError)


class ModelAuthenticationError(ModelProviderError):
    """The key is missing, wrong or revoked (HTTP 401)."""

    error_type = "model_authentication_error"
    status_code = 401
    default_retryable = False


class ModelPermissionError(ModelProviderError):
    """The key may not do this (HTTP 403)."""

    error_id = "model_permission_error"
    status_code = 403
    default_retryable = False


class ModelNotFoundError(ModelProviderError):
    """The provider does not offer this model or endpoint (HTTP 404)."""

    error_id = "model_not_found_error"
    status_code = 404
    default_retryable = False


class ModelBadRequestError(ModelProviderError):
    """The provider rejects the request as formed (HTTP 400, 413, 422)."""

    error_id = "model_bad_request_error"
    status_code = 400
    default_retryable = False


class ContextWindowExceededError(ModelProviderError):
    """The conversation is longer than the model accepts."""

    error_id = "context_window_exceeded_error"
    status_code = 400
    default_retryable = False


class ModelRateLimitError(ModelProviderError):
    """Too many requests or tokens for now (HTTP 429); try again after `retry_after` seconds."""

    error_id = "model_rate_limit_error"
    status_code = 429


class ModelQuotaError(ModelProviderError):
    """No balance or quota left: waiting does not help."""

    error_id = "model_quota_error"
    status_code = 429
    default_retryable = False


class ModelContentFilterError(ModelProviderError):
    """The provider's safety filter blocked the prompt or the answer."""

    error_id = "model_content_filter_error"
    status_code = 400
    default_retryable = False


class ModelOverloadedError(ModelProviderError):
    """The provider is up but has no capacity (HTTP 503, 529)."""

    error_id = "model_overloaded_error"
    status_code = 503


class ModelTimeoutError(ModelProviderError):
    """A deadline passed: connecting, first token, between tokens, or in total. The message says which."""

    error_id = "model_timeout_error"
    status_code = 504


class ModelConnectionError(ModelProviderError):
    """The provider can't be reached: name not found, connection refused or reset."""

    error_id = "model_connection_error"


class TruncatedStreamError(ModelProviderError):
    """The stream ended without a finish reason."""

    error_id = "truncated_stream_error"


class ModelProtocolError(ModelProviderError):
    """The provider's answer is not of its documented form."""

    error_id = "model_protocol_error"


class NotOfferedError(ModelProviderError):
    """The vendor has no such operation: embeddings, a list of models. The message says who has."""

    error_id = "not_offered_error"
    status_code = 501
    default_retryable = False


FailureReason = Literal["authentication", "rate_limit", "content_too_large", "unknown"]


class EmbeddingError(ModelProviderError):
    """An embedder could not do its work. No text is left without a vector silently.

    What embedders raise is at once the class of the cause: `except ModelRateLimitError` works as for models.
    """

    error_type = "embedding_error"

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        model_id: str | None = None,
        provider: str | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message, status_code, provider=provider or "", model_id=model_id, **fields)

    @property
    def is_retryable(self) -> bool:
        """Whether the same texts may succeed later."""
        return self.retryable and self.reason not in ("authentication", "content_too_large")

    @property
    def reason(self) -> FailureReason:
        """What kind of failure it is, by its class, else by its status."""
        if isinstance(self, ModelAuthenticationError | ModelPermissionError) or self.status_code in (401, 403):
            return "authentication"
        if isinstance(self, ContextWindowExceededError) or self.status_code == 413:
            return "content_too_large"
        return "rate_limit" if self.status_code == 429 else "unknown"

    @property
    def recovery_hint(self) -> str:
        """What to do next."""
        return _RECOVERY[self.reason]

    @property
    def safe_message(self) -> str:
        """The message, which holds no secrets."""
        return self.message


_RECOVERY: dict[FailureReason, str] = {
    "authentication": "Check the embedder's key and what its account may use.",
    "rate_limit": "Wait until the provider's limit is reset, check the plan, or lower batch_size and parallel.",
    "content_too_large": "Split the text: a piece is longer than the embedding model takes.",
    "unknown": "Try again later; if it fails still, check the embedder's id and base_url.",
}


class EmbeddingsNotOfferedError(EmbeddingError, NotOfferedError):
    """The vendor has no embedding models; the message names those that have."""

    error_type = "embeddings_not_offered_error"


# ---- runs, sessions and tools


class RunCancelledException(AgnoloError):
    """The run was cancelled on request."""

    error_type = "run_cancelled_error"
    status_code = 499


class RunNotFoundError(AgnoloError):
    """No run has this id, or it belongs to someone else."""

    error_type = "run_not_found_error"
    status_code = 404


class RunNotContinuableError(AgnoloError):
    """The run is in a state that can't be continued."""

    error_type = "run_not_continuable_error"
    status_code = 409


class UnresolvedRequirementsError(RunNotContinuableError, ValueError):
    """A paused run is to go on, and nothing of what it waits for has been decided."""

    error_type = "unresolved_requirements_error"


class ApprovalMismatchError(RunNotContinuableError, ValueError):
    """A decision is for another call, or for other arguments, than the run waits with."""

    error_type = "approval_mismatch_error"


class NotApprovedError(AgnoloError):
    """A call that must wait for a person was about to be made without a decision. Nothing was done."""

    error_type = "not_approved_error"
    status_code = 409


class SessionNotFoundError(AgnoloError):
    """No session has this id, or it belongs to someone else."""

    error_type = "session_not_found_error"
    status_code = 404


class LimitExceededError(AgnoloError):
    """A limit of the run is used up: calls, tokens or time. The partial output is kept."""

    error_type = "limit_exceeded_error"
    status_code = 429


class OutputSchemaError(AgnoloError):
    """The model's answer does not fit the output schema; `text` is what it said."""

    error_type = "output_schema_error"
    status_code = 502

    def __init__(self, message: str, *, text: str) -> None:
        super().__init__(message)
        self.text = text


class OutputTruncatedError(OutputSchemaError):
    """The model's answer was cut off by its limit of tokens before it fitted the output schema."""

    error_type = "output_truncated_error"


class ToolArgumentsError(AgnoloError, ValueError):
    """A tool call's arguments do not fit the tool's schema."""

    error_type = "tool_arguments_error"
    status_code = 422


class ToolTimeoutError(AgnoloError, TimeoutError):
    """A tool did not finish in its time."""

    error_type = "tool_timeout_error"
    status_code = 504


class ToolkitConnectionError(AgnoloError):
    """A toolkit could not connect: the run ends before the model is asked."""

    error_type = "toolkit_connection_error"
    status_code = 502


class AgentRunException(AgnoloError):
    """Raised by a tool to steer the run. `messages` are appended to the conversation after the tool's result."""

    error_type = "agent_run_error"
    stop_execution: ClassVar[bool] = False

    def __init__(
        self,
        message: str | Exception,
        *,
        user_message: str | None = None,
        agent_message: str | None = None,
    ) -> None:
        super().__init__(str(message))
        self.user_message = user_message
        self.agent_message = agent_message


class RetryAgentRun(AgentRunException):
    """Raised by a tool: the model should try again with this message."""

    error_id = "retry_agent_run_error"


class StopAgentRun(AgentRunException):
    """Raised by a tool: the run ends now, as completed."""

    error_id = "stop_agent_run_error"
    stop_execution = True


# ---- storage


class StorageError(AgnoloError):
    """The store can't be opened, read or written."""

    error_type = "storage_error"
    status_code = 503


class StoreReadOnlyError(StorageError):
    """The store accepts no writes: a read-only file or file system."""

    error_type = "store_read_only_error"


class StoreFullError(StorageError):
    """No space left for the store."""

    error_type = "store_full_error"
    status_code = 507


class StaleAttemptError(StorageError):
    """Another attempt has taken this run over; this one may write no more."""

    error_type = "stale_attempt_error"
    status_code = 409
