"""The mock API server: a process of its own that answers HTTPS like a Kubernetes API server.

Objects are rendered from the seed when asked for; only what changed is kept. See ``server`` for why granian.
"""
