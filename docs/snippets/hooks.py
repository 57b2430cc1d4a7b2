from agnolo import Agent
from agnolo.guardrails.pii import PIIDetectionGuardrail
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError


def only_lamps(run_input):
    if "lamp" not in run_input.input_content_string():
        raise InputCheckError("We only talk about lamps.", CheckTrigger.OFF_TOPIC)


def signed(run_output, user_id):
    run_output.content += f" (for {user_id})"


agent = Agent(
    model="local",
    pre_hooks=[only_lamps, PIIDetectionGuardrail(mask_pii=True)],
    post_hooks=[signed],
)
answer = agent.run("Send a lamp to ada@example.com", user_id="ada")
print(answer.input.input_content)
print(answer.content)
refused = agent.run("Send a chair")
print(refused.status, refused.content)
