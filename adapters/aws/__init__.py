"""AWS around the store: queues, topics, objects, the master key. One client of each a process."""
