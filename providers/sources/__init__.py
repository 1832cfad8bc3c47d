"""Upstreams of widgets that have more than one: each gives its provider's own result."""
