"""Tables that providers stand on, each from its own published source."""
