"""The table of vendors that speak a dialect of OpenAI's: a row each. A new vendor is a row in one of its parts."""

from __future__ import annotations

from agnolo.providers.row import Row as Row
from agnolo.providers.rows_gateways import GATEWAYS
from agnolo.providers.rows_hosts import HOSTS
from agnolo.providers.rows_labs import LABS
from agnolo.providers.rows_matrix import MATRIX

ROWS: dict[str, Row] = {**MATRIX, **LABS, **HOSTS, **GATEWAYS}
"""By provider id, in the order in which a configured one is looked for."""

REFUSED = {
    "aws-bedrock": ("AwsBedrock", "Bedrock signs requests in a dialect of its own: put a gateway before it and use "
                    "'litellm-openai:…' or OpenAILike(base_url=...)"),
    "aws-claude": ("AwsBedrockClaude", "Bedrock signs its requests: use 'anthropic:…' with a key of Anthropic, or a "
                   "gateway with 'litellm-openai:…'"),
    "azure-ai-foundry": ("AzureAIFoundry", "its inference API is not spoken: use 'azure-openai:…', or "
                         "OpenAILike(base_url='https://….services.ai.azure.com/openai/v1', api_key=...)"),
    "azure-foundry-claude": ("AzureFoundryClaude", "use Claude(id=..., api_key=..., "
                             "base_url='https://….services.ai.azure.com/anthropic')"),
    "google-interactions": ("GeminiInteractions", "the Interactions API is not spoken: use 'google:…', which has the "
                            "same models"),
    "ibm": ("WatsonX", "watsonx.ai wants tokens of IBM's own: put a gateway before it and use 'litellm-openai:…' or "
            "OpenAILike(base_url=...)"),
    "litellm": ("LiteLLM", "the LiteLLM library is not used: name the vendor itself, or run LiteLLM's proxy and use "
                "'litellm-openai:…'"),
    "vertexai-claude": ("VertexAIClaude", "Vertex AI signs its requests: use 'anthropic:…' with a key of Anthropic, "
                        "or a gateway with 'litellm-openai:…'"),
}  # fmt: skip
"""What the reference reaches and Agnolo does not: the class there, and what to use instead."""
