"""Everything that runs in a worker; importing the package registers the tasks and the signals."""

from tasks import alive, fetch, forking, reap, upkeep, warm

__all__ = ["alive", "fetch", "forking", "reap", "upkeep", "warm"]
