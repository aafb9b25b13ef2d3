"""The index of a run: documents, events, blocks and links in an SQLite file, so that memory does not grow with the input."""

from __future__ import annotations

import pickle
import sqlite3
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path

from rasid.incident.blocks import block_keys, sort_key
from rasid.incident.compare import Verdict, compare
from rasid.incident.facts import About, Facts
from rasid.incident.groups import Groups
from rasid.incident.near import bands, near_duplicates, shingles
from rasid.incident.tables import limit

_SCHEMA = """
CREATE TABLE about (scope TEXT, doc_id TEXT, date TEXT, outlet TEXT, country TEXT, text TEXT, PRIMARY KEY (scope, doc_id)) WITHOUT ROWID;
CREATE TABLE read_documents (key TEXT PRIMARY KEY, shingles BLOB) WITHOUT ROWID;
CREATE TABLE read_events (key TEXT PRIMARY KEY, document TEXT, facts BLOB) WITHOUT ROWID;
CREATE TABLE documents (rank INTEGER PRIMARY KEY, key TEXT UNIQUE, shingles BLOB, copies INTEGER NOT NULL DEFAULT 0);
CREATE TABLE bands (band INTEGER, rank INTEGER);
CREATE TABLE events (rank INTEGER PRIMARY KEY, document TEXT, facts BLOB, copies INTEGER);
CREATE TABLE blocks (block INTEGER, sort TEXT, rank INTEGER, mark INTEGER);
CREATE TABLE edges (a INTEGER, b INTEGER, score REAL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE members (first TEXT, name TEXT, rank INTEGER);
CREATE TABLE links (a INTEGER, b INTEGER);
"""
# Memory for pages of the file, in KiB, and objects kept at hand: together some 100 MB however long the run.
_PAGES_KIB = 32_768
_FACTS_AT_HAND, _VERDICTS_AT_HAND, _SHINGLES_AT_HAND = 10_000, 50_000, 2_000


class Index:
    """The index, in a file that belongs to the run. Ranks number documents and events by what they say, not by when they came."""

    def __init__(self, path: Path):
        self._db = sqlite3.connect(path, isolation_level=None)
        # The file is thrown away when the run ends: nothing in it need survive a crash.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_PAGES_KIB}", "temp_store=FILE", "locking_mode=EXCLUSIVE"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")  # never committed: the file serves this connection alone
        self.facts = lru_cache(_FACTS_AT_HAND)(self._facts)
        self.verdict: Callable[[int, int], Verdict] = lru_cache(_VERDICTS_AT_HAND)(self._verdict)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add_about(self, scope: str, doc_id: str, about: About) -> None:
        """Note what is known of a document; ids are unique within a scope, of two the first counts."""
        row = (scope, doc_id, about.date, about.outlet, about.country, about.text)
        self._db.execute("INSERT OR IGNORE INTO about VALUES (?, ?, ?, ?, ?, ?)", row)

    def about(self, doc_id: str, *scopes: str) -> About:
        """What is known of a document in the first of the scopes that knows it."""
        for scope in scopes:
            row = self._db.execute(
                "SELECT date, outlet, country, text FROM about WHERE scope = ? AND doc_id = ?", (scope, doc_id)
            ).fetchone()
            if row is not None:
                return About(*row)
        return About()

    def add_document(self, key: str, text: str | None) -> bool:
        """Note a document, with its text if it is to be compared; False where it is there already."""
        hashes = shingles(text).tobytes() if text else None
        return self._db.execute("INSERT OR IGNORE INTO read_documents VALUES (?, ?)", (key, hashes)).rowcount > 0

    def add_event(self, facts: Facts) -> bool:
        """Note an event; False where it is there already."""
        row = (facts.key, facts.document, pickle.dumps(facts, 5))
        return self._db.execute("INSERT OR IGNORE INTO read_events VALUES (?, ?, ?)", row).rowcount > 0

    def rank(self) -> int:
        """Number documents and events; gives the count of events. Nothing can be added from here on."""
        self._db.execute("INSERT INTO documents (key, shingles) SELECT key, shingles FROM read_documents ORDER BY key")
        self._db.execute("INSERT INTO events (document, facts, copies) SELECT document, facts, 0 FROM read_events ORDER BY key")
        for table in ("about", "read_documents", "read_events"):
            self._db.execute(f"DROP TABLE {table}")
        return self._count("events")

    def group_copies(self) -> int:
        """Find near-duplicate documents and give their groups to the events; gives the count of documents that have near duplicates."""
        rows = self._db.execute("SELECT rank, shingles FROM documents WHERE shingles IS NOT NULL")
        for rank, blob in rows:
            self._db.executemany("INSERT INTO bands VALUES (?, ?)", ((band, rank) for band in bands(_array(blob))))
        groups = Groups(self._count("documents") + 1)
        hashes = lru_cache(_SHINGLES_AT_HAND)(self._shingles)
        found = 0
        pairs = _neighbours(self._db.execute("SELECT band, rank, 1 FROM bands ORDER BY band, rank"))
        for a, b in pairs:
            if groups.root(a) != groups.root(b) and near_duplicates(hashes(a), hashes(b)):
                groups.join(a, b)
        for rank in range(1, self._count("documents") + 1):
            members = list(islice(groups.members(rank), 2))
            if len(members) > 1:
                found += 1
                self._db.execute("UPDATE documents SET copies = ? WHERE rank = ?", (members[0], rank))
        copies = "SELECT d.copies FROM documents d WHERE d.key = events.document"
        self._db.execute(f"UPDATE events SET copies = coalesce(({copies}), 0)")
        return found

    def link_events(self, advance: Callable[[], None] = lambda: None) -> int:
        """Compare the events of each block and keep those that report one incident; gives the count of links. `advance`: once an event."""
        for rank in range(1, self._count("events") + 1):
            facts = self.facts(rank)
            sort = sort_key(facts)
            rows = ((key, sort, rank, mark) for key, mark in block_keys(facts).items())
            self._db.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?)", rows)
            advance()
        for a, b in _neighbours(self._db.execute("SELECT block, rank, mark FROM blocks ORDER BY block, sort, rank")):
            verdict = self.verdict(a, b)
            if verdict.same:
                self._db.execute("INSERT OR IGNORE INTO edges VALUES (?, ?, ?)", (a, b, verdict.score))
        return self._count("edges")

    def form_groups(self) -> None:
        """Join linked events, the surest link first, unless events of the two groups speak against it."""
        size = self._count("events")
        groups = Groups(size + 1)
        for a, b in self._db.execute("SELECT a, b FROM edges ORDER BY score DESC, a, b"):
            if groups.root(a) != groups.root(b) and self._agree(groups, a, b):
                groups.join(a, b)
                self._db.execute("INSERT INTO links VALUES (?, ?)", (a, b))
        for rank in range(1, size + 1):
            if groups.root(rank) == rank:
                members = list(groups.members(rank))
                # Named after the earliest report: one that comes later does not rename the incident.
                facts = [self.facts(member) for member in members]
                named = min(facts, key=lambda f: (f.published or f.first or "9999", f.key))
                first = min((f.first for f in facts if f.first and not f.assumed), default=named.first) or "9999"
                self._db.executemany("INSERT INTO members VALUES (?, ?, ?)", ((first, named.key, member) for member in members))
        self._db.execute("CREATE INDEX links_a ON links (a)")

    def incidents(self) -> Iterator[tuple[str, list[Facts], list[tuple[Facts, Facts, Verdict]]]]:
        """Each group, by day: the key of the event it is named after, its events, and the links that join them."""
        rows = self._db.execute("SELECT name, rank FROM members ORDER BY first, name, rank")
        for name, members in groupby(rows, key=lambda row: str(row[0])):
            ranks = [rank for _, rank in members]
            links = [(a, b) for a in ranks for (b,) in self._db.execute("SELECT b FROM links WHERE a = ? ORDER BY b", (a,))]
            yield name, [self.facts(r) for r in ranks], [(self.facts(a), self.facts(b), self.verdict(a, b)) for a, b in links]

    def _agree(self, groups: Groups, a: int, b: int) -> bool:
        side = int(limit("cluster_checks") ** 0.5)
        left, right = list(islice(groups.members(a), side)), list(islice(groups.members(b), side))
        return all(self.verdict(*sorted((x, y))).score >= limit("cluster_least") for x in left for y in right)

    def _facts(self, rank: int) -> Facts:
        blob, copies = self._db.execute("SELECT facts, copies FROM events WHERE rank = ?", (rank,)).fetchone()
        facts: Facts = pickle.loads(blob)  # this run's own file
        return replace(facts, copies=copies) if copies else facts

    def _verdict(self, a: int, b: int) -> Verdict:
        return compare(self.facts(a), self.facts(b))

    def _shingles(self, rank: int) -> array[int]:
        return _array(self._db.execute("SELECT shingles FROM documents WHERE rank = ?", (rank,)).fetchone()[0])

    def _count(self, table: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _neighbours(rows: Iterator[tuple[int, int, int]] | sqlite3.Cursor) -> Iterator[tuple[int, int]]:
    """Pairs of ranks that stand near each other in a block, the lower first; at least one of them must be marked."""
    window: deque[tuple[int, int]] = deque(maxlen=int(limit("window")))
    block = None
    for key, rank, mark in rows:
        if key != block:
            window.clear()
            block = key
        for other, other_mark in window:
            if mark or other_mark:
                yield (other, rank) if other < rank else (rank, other)
        window.append((rank, mark))


def _array(blob: bytes) -> array[int]:
    values = array("Q")
    values.frombytes(blob)
    return values
