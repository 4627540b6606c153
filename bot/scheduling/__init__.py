"""APScheduler wakes the planner; the planner is set-based, and running it twice changes nothing."""
