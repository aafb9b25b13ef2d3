"""Groups of things by links taken one by one, in 16 bytes a thing."""

from __future__ import annotations

from array import array
from collections.abc import Iterator


class Groups:
    """Things 0 to `size` - 1, each at first in a group of its own."""

    def __init__(self, size: int):
        self._parent = array("q", range(size))
        self._next = array("q", range(size))  # a ring through each group

    def root(self, thing: int) -> int:
        """What stands for a thing's group: the least of its members."""
        parent = self._parent
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    def join(self, a: int, b: int) -> None:
        """Make the groups of two things one."""
        a, b = sorted((self.root(a), self.root(b)))
        if a != b:
            self._parent[b] = a
            self._next[a], self._next[b] = self._next[b], self._next[a]

    def members(self, thing: int) -> Iterator[int]:
        """The things of a thing's group, its root first."""
        first = at = self.root(thing)
        while True:
            yield at
            at = self._next[at]
            if at == first:
                return
