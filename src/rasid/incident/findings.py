"""What a comparison of two events finds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rasid.incident.tables import points

RULED_OUT = -math.inf


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason for or against one incident: `code` (`weights.tsv`, or what rules it out), its points, and what was compared."""

    code: str
    points: float
    text: str

    def to_dict(self) -> dict[str, object]:
        """This as JSON types."""
        return {"code": self.code, "points": self.points, "text": self.text}


def found(code: str, text: str) -> Finding:
    """A finding with the points of `weights.tsv`."""
    return Finding(code, points(code), text)


def ruled_out(code: str, text: str) -> Finding:
    """A finding that no other can outweigh."""
    return Finding(code, RULED_OUT, text)
