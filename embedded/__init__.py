"""Real servers without an installation: Postgres and Valkey from wheels, or from PATH, in a private folder."""
