"""Constructor options of the reference's models that Agnolo does not take, each with the reason and what to use."""

from __future__ import annotations

_SDK = "no vendor's SDK is used: give api_key, base_url, extra_headers, timeout or transport"
_ROLES = "roles follow the dialect; models of the OpenAI dialects take role_map"
_CACHE = "replies are not kept for later: a journaled run can be read again instead"

EVERYWHERE = {
    "client": _SDK,
    "async_client": _SDK,
    "http_client": "requests go through Agnolo's own connection: give ca_file, extra_headers, timeout or transport, "
    "and a proxy by HTTPS_PROXY",
    "tool_message_role": _ROLES,
    "assistant_message_role": _ROLES,
    "model_type": "it follows from the class",
    "cache_response": _CACHE,
    "cache_ttl": _CACHE,
    "cache_dir": _CACHE,
}

_VERTEX = "it reaches the Gemini API, not Vertex AI"
_PARALLEL = "give the search of parallel.ai as a tool of the agent"
GEMINI = {
    **dict.fromkeys(
        ("vertexai", "project_id", "location", "credentials", "vertexai_search", "vertexai_search_datastore"), _VERTEX
    ),
    **dict.fromkeys(("parallel_search", "parallel_api_key", "parallel_config"), _PARALLEL),
    "function_declarations": "give functions in Agent(tools=...)",
    "generative_model_kwargs": "give request_params, which are sent as they are",
}
RESPONSES = {"vector_store_name": "files are sent with the message; for a search over files give a file_search tool"}
MISTRAL = {"mistral_client": _SDK}
COHERE = {
    "strict_tools": "give strict=True to the tool itself",
    "add_chat_history": "earlier messages are always sent; see Agent(add_history_to_context=...)",
}
