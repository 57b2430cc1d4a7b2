"""Events as lines of JSON, as streams send them by the thousand."""

from __future__ import annotations

from functools import lru_cache

from agnolo.vocabulary import codec
from agnolo.vocabulary.events import RunContentEvent, RunEventBase
from agnolo.vocabulary.origin import Origin


@lru_cache(maxsize=4096)
def _content_frame(origin: Origin) -> tuple[bytes, bytes, bytes]:
    head = codec.dumps({"event": f"{'Team' if origin.kind == 'team' else ''}RunContent"} | origin.to_dict())
    end = b',"workflow_agent":false,"content_type":"str","reasoning_content":""'
    return b'{"created_at":', b"," + head[1:-1], end


def _is_plain(event: RunContentEvent) -> bool:
    """Whether the event tells of nothing but text and the model's own thoughts."""
    return (
        event.citations is None
        and event.image is None
        and event.response_audio is None
        and event.reasoning_steps is None
    )


def encode_event(event: RunEventBase) -> bytes:
    """An event as one line of JSON. Text deltas, the bulk of all events, are written around a part made once a run."""
    if isinstance(event, RunContentEvent) and event.content_type == "str" and _is_plain(event):
        start, middle, end = _content_frame(event.origin)
        if event.reasoning_content:
            end = end[:-2] + codec.dumps(event.reasoning_content)
        if event.model_provider_data is not None:
            end += b',"model_provider_data":' + codec.dumps(event.model_provider_data)
        if event.content is None:
            return b"%b%d%b%b}" % (start, event.created_at, middle, end)
        return b'%b%d%b,"content":%b%b}' % (start, event.created_at, middle, codec.dumps(event.content), end)
    return codec.dumps(event.to_dict())
