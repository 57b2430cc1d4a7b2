"""Layer 3: where sessions, runs and memories are kept. Statements plus an executor; knows no agent."""
