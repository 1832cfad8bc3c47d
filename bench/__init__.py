"""`make bench`: what a read costs, as ratios of CPU time within one run."""
