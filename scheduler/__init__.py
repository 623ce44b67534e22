"""FRONT. When we speak first: clock.py ticks, planner.py says what is due, pushes.py for whom, delivery.py sends."""
