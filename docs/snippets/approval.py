from agnolo import Agent, SqliteDb, tool
from agnolo.ports.approval import approval


@approval
@tool(requires_confirmation=True)
def unlock(door: str) -> str:
    """Unlock a door."""
    return f"the {door} door is unlocked"


db = SqliteDb("data/agnolo.db")
agent = Agent(model="local", tools=[unlock], db=db)
paused = agent.run("Unlock the north door.", session_id="s1")
waiting, total = db.get_approvals(run_id=paused.run_id, status="pending")
print(total, waiting[0]["tool_name"], waiting[0]["tool_args"])
db.update_approval(waiting[0]["id"], expected_status="pending", status="approved", resolved_by="Ada")
done = agent.continue_run(run_id=paused.run_id, session_id="s1")
print(done.status, done.tools[0].result)
