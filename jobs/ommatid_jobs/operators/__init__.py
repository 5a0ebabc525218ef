"""Pure operators: (state, event, now) to (state, outputs).

Import the module you need (``from ommatid_jobs.operators import sampler``): each has its own state
and its own ``pack_state`` and ``unpack_state``. Nothing here reads a clock, the environment or a network.
"""
