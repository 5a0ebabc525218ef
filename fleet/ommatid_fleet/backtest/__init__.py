"""Footage, or frames that were published, through the gate, sampler, detector, tracker and rules of a fleet file."""
