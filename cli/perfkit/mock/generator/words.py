"""Names as teams give them to services, and the random strings that Kubernetes appends."""

from __future__ import annotations

# fmt: off
DOMAINS = (
    "account", "address", "audit", "basket", "billing", "booking", "cart", "catalog", "checkout", "claims",
    "consent", "content", "coupon", "customer", "delivery", "device", "document", "donation", "employee", "export",
    "feed", "fleet", "forecast", "fraud", "gallery", "geo", "identity", "import", "inventory", "invoice", "label",
    "ledger", "license", "loyalty", "mail", "media", "member", "merchant", "message", "notification", "offer",
    "order", "parcel", "partner", "payment", "payroll", "permission", "policy", "pricing", "product", "profile",
    "promotion", "quote", "rating", "receipt", "recommendation", "refund", "report", "reservation", "review",
    "risk", "route", "sales", "schedule", "search", "session", "shipping", "stock", "subscription", "supplier",
    "support", "tax", "telemetry", "tenant", "ticket", "token", "tracking", "translation", "upload", "user",
    "vendor", "voucher", "wallet", "warehouse", "workflow",
)
ROLES = (
    "api", "worker", "gateway", "sync", "indexer", "cache", "consumer", "scheduler", "exporter", "proxy",
    "frontend", "backend", "processor",
)
TEAMS = (
    "apollo", "borealis", "cassini", "dione", "europa", "fornax", "ganymede", "hydra", "iris", "juno", "kepler",
    "luna",
)
# fmt: on
COMPONENTS = ("backend", "frontend", "worker", "cache", "gateway")
# The alphabet of generated names (apimachinery, ``util/rand``): no vowels and nothing that reads as one.
SAFE = "bcdfghjklmnpqrstvwxz2456789"


def safe_text(random: bytes) -> str:
    """One character of Kubernetes' safe alphabet for each byte."""
    return "".join([SAFE[byte % 27] for byte in random])


def uuid(text: str) -> str:
    """A UUID of version 4 from the characters 8 to 38 of hexadecimal text."""
    return f"{text[8:16]}-{text[16:20]}-4{text[20:23]}-a{text[23:26]}-{text[26:38]}"
