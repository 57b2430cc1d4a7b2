import asyncio
from collections import deque

from agnolo.ports.model import ModelReply, ModelRequest
from agnolo.providers.openai_model import OpenAIChat
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.messages import Message


class Recorded:
    """A transport whose only answer is given, in these blocks; it is the answer, too."""

    def __init__(self, status, headers, *blocks):
        self.status, self.headers, self.blocks = status, headers, deque(blocks)

    async def send(self, request, *, connect, within):
        return self

    async def read(self, within):
        return self.blocks.popleft() if self.blocks else b""

    def close(self):
        pass


async def read(transport, stream):
    model = OpenAIChat(id="m", api_key="k", transport=transport, retries=0)
    request = ModelRequest(messages=[Message(role="user", content="hi")], stream=stream)
    try:
        events = [event async for event in model.exchange(request)]
    except ModelProviderError as error:
        return type(error).__name__, error.status_code, error.retryable
    reply: ModelReply = events[-1]
    return reply.content, reply.finish_reason, reply.metrics.total_tokens


SSE = {"Content-Type": "text/event-stream"}
STREAM = (
    b'data: {"choices": [{"delta": {"content": "Gr\xc3',
    b'\xbc\xc3\x9fe"}, "finish_reason": "stop"}], "usage": {"total_tokens": 9}}\n\n',
)
print(asyncio.run(read(Recorded(200, SSE, *STREAM), stream=True)))
print(asyncio.run(read(Recorded(429, {}, b'{"error": {"message": "slow down"}}'), stream=True)))
