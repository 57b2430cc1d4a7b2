"""The contract with the reference: scenarios, what it did in them, and how closely Agnolo does the same."""
