"""The only home of SQL. Only the dispatcher, the sender, the planner and the edges commit."""
