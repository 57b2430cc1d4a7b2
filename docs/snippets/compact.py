from agnolo import Agent, SqliteDb
from agnolo.agent.compaction import Compaction

keep = Compaction(compact_at_tokens=20_000, uncompacted_runs=1)
agent = Agent(
    model="local", db=SqliteDb("data/agnolo.db"), session_id="s1", add_history_to_context=True, compaction=keep
)
agent.run("Plan a week in Paris.")
agent.run("And a week in Rome.")

result = agent.compact()
print(result.record.messages_compacted, "messages |", result.record.summary)
print(len(agent.get_session_messages()), "messages are in the session")
