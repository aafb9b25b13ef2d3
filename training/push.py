#!/usr/bin/env python
"""Push a trained model to the hub, so that `pipeline("token-classification", NAME)` loads it and `training/export.py` can export it.

    python training/push.py runs/compact NAMESPACE/NAME [--private] [--endpoint URL] [--message TEXT]

Takes a run's folder (or the `model` folder in it): the checkpoint, its tokenizer, its linker, how texts are prepared, and the card. The
token is that of `hf auth login` or of HF_TOKEN. Checkpoints and optimizer states stay here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rasid.errors import InputError, MissingDependencyError, ModelError, RasidError

PREPARATION_FILE = "rasid_preparation.json"
NEEDED = ("config.json", "tokenizer.json", PREPARATION_FILE, "README.md")
LEFT = ["checkpoint*", "checkpoint*/**", "*.tmp", ".cache/**", "optimizer*", "runs/**"]


def model_folder(folder: Path) -> Path:
    """The folder to push: `folder`, or the `model` folder in it.

    Raises:
        ModelError: where neither holds what a run of training/train.py writes.
    """
    found = next((place for place in (folder, folder / "model") if (place / "config.json").is_file()), None)
    if found is None:
        raise ModelError(f"{folder}: got no config.json, expected the folder of a run of training/train.py")
    missing = [name for name in NEEDED if not (found / name).is_file()]
    if not any(found.glob("*.safetensors")):
        missing.append("*.safetensors")
    if missing:
        raise ModelError(f"{found}: got no {', '.join(missing)}, expected the folder of a run of training/train.py")
    return found


def push(folder: Path, name: str, *, private: bool = False, endpoint: str | None = None, message: str = "Model of Rasid") -> str:
    """Push the model of a run and return its address; a repository that is there gets a new commit.

    Raises:
        ModelError: where the folder holds no model.
        InputError: where the hub refuses or cannot be reached.
    """
    source = model_folder(folder)
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ImportError as error:
        raise MissingDependencyError("huggingface_hub", "train", "pushing a model") from error
    api: Any = HfApi(endpoint=endpoint)
    try:
        made = api.create_repo(name, private=private, exist_ok=True)
        api.upload_folder(repo_id=made.repo_id, folder_path=source, commit_message=message, ignore_patterns=LEFT)
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        raise InputError(f"{name}: the hub refused or was not reached: {error}") from error
    except Exception as error:  # the client's own transport errors have no common base with the above
        raise InputError(f"{name}: the hub was not reached: {type(error).__name__}: {error}") from error
    return f"{str(api.endpoint).rstrip('/')}/{made.repo_id}"


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run's folder, or the `model` folder in it")
    parser.add_argument("name", help="the repository: NAMESPACE/NAME")
    parser.add_argument("--private", action="store_true")
    parser.add_argument("--endpoint", help="another hub than HF_ENDPOINT or the public one")
    parser.add_argument("--message", default="Model of Rasid", help="of the commit")
    args = parser.parse_args()
    try:
        print(push(args.run, args.name, private=args.private, endpoint=args.endpoint, message=args.message))
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
