"""How objects come, change and go: what the API server does to them between a request and the store."""
