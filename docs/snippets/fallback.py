from agnolo import Agent, FallbackConfig, OpenAIChat


def note(failed: str, answering: str, error: Exception) -> None:
    print(f"{failed} failed ({error}); {answering} answers")


agent = Agent(
    model=OpenAIChat("gpt-5.4-mini"),
    fallback_config=FallbackConfig(on_error=["local"], callback=note),
)
output = agent.run("What is the capital of France?")
print(output.model, "says:", output.content)
