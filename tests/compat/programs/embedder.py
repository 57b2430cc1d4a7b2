import os

from agno.knowledge.embedder.openai import OpenAIEmbedder

embedder = OpenAIEmbedder(id="text-embedding-3-small", base_url=os.environ["PROVIDER"] + "/v1")
print(len(embedder.get_embedding("Hello")) > 0)
