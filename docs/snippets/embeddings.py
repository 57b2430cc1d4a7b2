from agnolo.providers import LocalEmbedder

SENTENCES = [
    "The office opens at eight in the morning.",
    "Water boils at one hundred degrees Celsius.",
    "Our train leaves from platform nine.",
]

embedder = LocalEmbedder()
vectors, usage = embedder.get_embeddings_batch_and_usage(SENTENCES)
print(len(vectors), "vectors of", embedder.dimensions)


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


for question in ("When can I come in?", "From which track does the railway depart?"):
    asked = embedder.get_embedding(question)
    print(question, "->", max(zip(SENTENCES, vectors, strict=True), key=lambda pair: likeness(pair[1], asked))[0])
