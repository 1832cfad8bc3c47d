"""`make demo`: a replay of every provider's upstream, and an account with a filled dashboard.

Everything here was written for this project in the shapes that the providers document; nothing is a recording.
"""
