"""The folder: writes are whole or absent, one run at a time, and what cannot be written is said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import archive, results, run

from rasid import files
from rasid.batching import read_status, store
from rasid.errors import OutputError


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], capture_output=True)
    except OSError:
        pytest.skip("there is no mount here")
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written to: by its mode, or, for root, by a read-only mount."""
    folder = tmp_path / "locked"
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("root, and no read-only file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_when_there_is_room(tmp_path: Path, tiny: Path, workers: int) -> None:
    path = archive(tmp_path / "in.jsonl", 120)
    with pytest.raises(OutputError, match="No space left on device; the finished shards are good"):
        run(path, tiny / "out", workers=workers)
    assert read_status(tiny / "out").counts["documents"] > 0
    subprocess.run(["mount", "-o", "remount,size=8m", str(tiny)], check=True)
    summary = run(path, tiny / "out", workers=workers)
    assert 0 < summary.documents_now < 120
    run(path, tmp_path / "roomy")
    assert results(tiny / "out") == results(tmp_path / "roomy")


def test_a_read_only_output_is_an_error_before_the_work(tmp_path: Path, read_only: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written: (Read-only file system|Permission denied)"):
        run(archive(tmp_path / "in.jsonl", 6), read_only / "out", loader="nowhere:to_be_loaded")


def test_an_output_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 6)
    with pytest.raises(OutputError, match="cannot be written"):
        run(path, path)


def test_a_second_run_is_kept_out(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="no such locks on this system")
    path = archive(tmp_path / "in.jsonl", 6)
    with store.locked(tmp_path / "out"):
        assert store.is_locked(tmp_path / "out")
        with pytest.raises(OutputError, match="another run"):
            run(path, tmp_path / "out")
    run(path, tmp_path / "out")


def test_only_what_a_killed_run_of_ours_left_is_deleted_and_that_not_before_the_folder_is_known_to_be_ours(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 6)
    mine, left = tmp_path / "out" / ".tmp-mine" / "thesis.txt", tmp_path / "out" / f"{files.TEMPORARY}0-x"
    finished = tmp_path / "out" / "shards" / "000000-x" / store.DONE
    for file in (mine, left, finished):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    with pytest.raises(OutputError, match=r"holds finished shards and no plan\.json"):
        run(path, tmp_path / "out")
    assert mine.is_file()
    assert left.is_file()
    finished.unlink()
    run(path, tmp_path / "out")
    assert mine.is_file()
    assert not left.exists()


def test_a_folder_without_a_marker_gives_way_and_one_with_it_stays(tmp_path: Path) -> None:
    half = tmp_path / "s"
    half.mkdir()
    (half / "x").write_text("half")
    for text in ("first", "second"):
        with store.written_folder(half) as temporary:
            (temporary / "x").write_text(text)
            (temporary / store.DONE).write_text("{}")
    assert (half / "x").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
