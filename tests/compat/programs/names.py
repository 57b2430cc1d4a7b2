from agno.db.base import SessionType
from agno.exceptions import ModelProviderError
from agno.utils.timer import Timer

with Timer() as timer:
    try:
        raise ModelProviderError("overloaded", 503, model_name="OpenAIChat", model_id="gpt-5.4-mini")
    except ModelProviderError as error:
        print(error, error.status_code, error.model_name, error.model_id)
print(timer.elapsed > 0, timer.to_dict()["elapsed"] == timer.elapsed, SessionType.AGENT.value)
