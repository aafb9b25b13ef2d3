"""The value that a number, a vague word or a counting noun gives: bounds, precision and reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many: `low` and `high` are inclusive bounds (None: open), as in a casualty of a record.

    `precision` is "exact" (40), "bound" (at least, up to), "range" (20 to 30), "vague" (dozens) or "noun" (a dual,
    singular or plural noun); `approx` is true for about, vague words and bare plurals; `reason` is one English line.
    """

    low: int | None
    high: int | None
    approx: bool
    precision: str
    reason: str

    def to_dict(self) -> dict[str, int | bool | str | None]:
        """Return the fields as a plain dictionary, in the order of the class."""
        return asdict(self)
