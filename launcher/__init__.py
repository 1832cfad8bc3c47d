"""`make run`: starts every part in order, keeps it running, shows what it prints, and stops all of it."""
