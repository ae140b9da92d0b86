"""The provisioning engine, without input or output: what is sent, in what order, and what becomes of each answer.

`job.py` is what a cycle is told and what it says in the end; `cycle.py` is a cycle, phase by phase, each a stream of
flows; `on_demand.py` is one object at once. Requests are made in `dialect.py`, answers are read in `answers.py`.
"""
