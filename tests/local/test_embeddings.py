"""MiniLM finds the sentence that a paraphrased question is about, which a wrong conversion would not."""

import pytest

from agnolo.providers.local_embeddings import LocalEmbedder, likeness

pytestmark = [pytest.mark.local_model, pytest.mark.usefixtures("weights")]

FACTS = {
    "The office opens at eight in the morning.": "When can I come in?",
    "Paris is the capital of France.": "Which city governs the French?",
    "Water boils at one hundred degrees Celsius.": "How hot must water get to turn into steam?",
    "The cat is sleeping on the sofa.": "Where is the feline resting?",
    "Our train leaves from platform nine.": "From which track does the railway depart?",
    "Bread is made of flour, water and yeast.": "What ingredients does a loaf need?",
    "She plays the violin in an orchestra.": "Which string instrument does she perform on?",
    "The invoice has to be paid within thirty days.": "How long do I have to settle the bill?",
    "Penguins live in the southern hemisphere.": "Where do those birds that can't fly swim about?",
    "The password must have twelve characters.": "How long should my login secret be?",
    "Coffee keeps many people awake at night.": "Which drink disturbs sleep?",
    "The bridge was closed because of a storm.": "Why could nobody cross the river?",
    "Mount Everest is the highest mountain on Earth.": "What is the tallest peak in the world?",
    "He broke his leg while skiing.": "What injury happened in winter sports?",
    "The museum shows paintings by Van Gogh.": "Where can I see art of the Dutch painter?",
    "Our dog likes to chase squirrels in the park.": "What does the pet run after?",
    "The company was founded in a garage.": "How did the business start?",
    "Honey never spoils if it is kept closed.": "Which food lasts for ever?",
    "The new phone has a bigger battery.": "What is better about the mobile device?",
    "Children under six travel free of charge.": "Do toddlers need a ticket?",
    "The lecture was cancelled because the professor is ill.": "Why is there no class today?",
    "Bamboo grows up to a metre a day.": "Which plant gets taller very fast?",
    "The library lends books for four weeks.": "How long may I keep what I borrowed?",
    "Smoking is forbidden in the whole building.": "May I light a cigarette inside?",
}


def test_paraphrased_questions_find_their_sentences() -> None:
    sentences, questions = list(FACTS), list(FACTS.values())
    vectors = LocalEmbedder().get_embeddings_batch_and_usage([*sentences, *questions]).embeddings
    known = vectors[: len(sentences)]

    found = [max(known, key=lambda row: dot(row, asked)) for asked in vectors[len(sentences) :]]

    right = sum(known.index(row) == index for index, row in enumerate(found))
    assert right >= 23


def dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_vectors_are_normalised_and_of_the_promised_size() -> None:
    embedder = LocalEmbedder()

    vectors = embedder.get_embeddings_batch_and_usage(["a cat", "", "ein Satz auf Deutsch"]).embeddings

    assert [len(vector) for vector in vectors] == [embedder.dimensions] * 3 == [384] * 3
    assert [dot(vector, vector) for vector in vectors] == pytest.approx([1.0] * 3)


def test_no_texts_give_no_vectors() -> None:
    assert LocalEmbedder().get_embeddings_batch_and_usage([]) == ([], [])


def test_a_long_text_is_known_by_its_beginning() -> None:
    cats = "Cats are small animals that hunt mice. " * 80
    long = cats + "Stock prices fell on Monday. " * 200

    vector, short, other = map(LocalEmbedder().get_embedding, [long, cats[:400], "Stock prices fell on Monday."])

    assert dot(vector, short) > 0.85
    assert dot(vector, short) > dot(vector, other)


def test_likeness_is_that_of_the_nearest_example() -> None:
    near = likeness("Hello there", ("How to bake bread", "Hi there"))

    assert near == likeness("Hello there", ("Hi there",)) > likeness("Hello there", ("How to bake bread",))
