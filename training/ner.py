#!/usr/bin/env python
"""Fine-tune an encoder on ANERcorp (CAMeL split) and score it on the test file: the public figure to compare encoders by.

    python training/ner.py --seeds 0 1 2                                     # the encoder of configs/compact.yaml
    python training/ner.py --model runs/compact/model -o runs/ner-tuned      # a folder, such as one pretrained further
    python training/ner.py --config configs/arabert.yaml --learning-rate 5e-5 -o runs/ner-arabert     # its name and normalisation
    python training/ner.py --train A.txt --test B.txt                        # other files of `word tag` lines
    python training/ner.py --keep-encoder                                    # and train on it: model.name=runs/ner/seed-0/model

Nothing is chosen on the test file: it is read once, after the last epoch. First pieces carry the tags; the likeliest tag of each word is
taken as it is; scored by seqeval, strict IOB2, micro over entities. Widths are padded to multiples of 32, bf16 where the CPU has it.
Each seed is a folder of its own below the output; run the command again to go on after a stop, or with more seeds.

Time expected: 11 minutes a seed (3,973 sentences, 1,245 steps in 5 epochs) on 2 cores with AVX-512 BF16.
Score expected on the test split: strict micro F1 75.5 with ../shared/backbone (seed 0); AraBERT v0.2-base: 81.3 (micro, a user's run) to
83.7 (macro, its README).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import ConfigError, RasidError
from recipe.config import ROOT, OptimConfig, load_config
from recipe.folders import clear_run
from recipe.ner import NerSettings, run_seed, summary
from recipe.run import has_bf16

DATA = ROOT / ".." / "shared" / "ner" / "anercorp_camel"


def main() -> int:
    """Command line entry; returns the exit status."""
    args = parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        settings = read_settings(args)
        if args.fresh:
            clear_run(args.output, "seed-*/settings.json")
        runs = [
            run_seed(settings, seed, args.output / f"seed-{seed}", keep_encoder=args.keep_encoder) for seed in dict.fromkeys(args.seeds)
        ]
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = summary(settings, runs)
    (args.output / "metrics.json").write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{settings.model.path} on {settings.test.name}, strict entity figures in %")
    print(f"{'':10s} " + " ".join(f"seed {run['seed']:>3d}" for run in runs) + "   mean (spread)")
    for name, row in table["mean"].items():
        cells = " ".join(f"{run['test'][name]:8.1f}" for run in runs)
        print(f"{name:10s} {cells} {row['mean']:8.1f} ({row['spread']:.1f})")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--config", default=str(ROOT / "configs" / "compact.yaml"), help="take encoder and normalisation from this one")
    made.add_argument("--model", metavar="NAME", help="a hub name or a folder, in place of the configuration's encoder")
    made.add_argument("--normalization", choices=("light", "arabert"), help="in place of the configuration's")
    made.add_argument("--layers", type=int, help="keep this many of the encoder's layers, evenly spaced")
    made.add_argument("--train", type=Path, default=DATA / "ANERCorp_CamelLab_train.txt")
    made.add_argument("--test", type=Path, default=DATA / "ANERCorp_CamelLab_test.txt")
    made.add_argument("--seeds", type=int, nargs="+", default=[0])
    made.add_argument("--epochs", type=float, default=5)
    made.add_argument("--batch-size", type=int, default=16)
    made.add_argument("--learning-rate", type=float, default=2e-4)
    made.add_argument("--head-learning-rate", type=float, default=1e-3)
    made.add_argument("--layer-decay", type=float, default=1.0)
    made.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    made.add_argument("--keep-encoder", action="store_true", help="write each seed's tuned encoder, for model.name of a training")
    made.add_argument("--fresh", action="store_true", help="start anew, though the folder holds runs")
    made.add_argument("-o", "--output", type=Path, default=Path("runs/ner"))
    return made


def read_settings(args: argparse.Namespace) -> NerSettings:
    """The settings that the arguments say.

    Raises:
        ConfigError: for a configuration that cannot be read or a figure out of range.
    """
    config = load_config(args.config)
    said = {"normalization": args.normalization, "layers": args.layers}
    changes = {name: value for name, value in said.items() if value is not None}
    if args.model is not None:
        # An absolute folder: names in a configuration count from the project's root, arguments from where the user is.
        folder = Path(args.model)
        changes |= {"name": str(folder.resolve()) if folder.is_dir() else args.model, "fallback": None, "start": None}
    try:
        model = type(config.model).model_validate(config.model.model_dump() | changes)
        optim = OptimConfig(
            epochs=args.epochs,
            batch_size=args.batch_size,
            learning_rate=args.learning_rate,
            head_learning_rate=args.head_learning_rate,
            layer_decay=args.layer_decay,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return NerSettings(model, optim, args.train.resolve(), args.test.resolve(), has_bf16(), args.threads)


if __name__ == "__main__":
    sys.exit(main())
