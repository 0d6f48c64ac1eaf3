"""How numbers are said to people."""

from datetime import timedelta


def span(length: timedelta) -> str:
    """A length of time in at most two units: "45 s", "2 min 5 s", "3 h 20 min"."""
    seconds = max(0, round(length.total_seconds()))
    units = [("d", 86400), ("h", 3600), ("min", 60), ("s", 1)]
    parts: list[str] = []
    for unit, size in units:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2]) or "0 s"


def many(count: int, noun: str) -> str:
    """A count with its noun: "1 task", "3 tasks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def amount(money: float) -> str:
    """A sum of money, without a currency: the operator wrote the prices."""
    return f"{money:.4f}".rstrip("0").rstrip(".") if 0 < money < 1 else f"{money:.2f}"
