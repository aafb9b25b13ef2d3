"""What is dropped at random in training: elements of vectors, with random numbers that cost little on a CPU, and pieces of the text."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

LEVELS = 256  # of a random byte


class ByteDropout(nn.Module):
    """`torch.nn.Dropout` with a random byte for each element, so with probabilities in steps of 1/256 (0.1 becomes 26/256).

    On a CPU torch draws one 64-bit number an element, one after the other on a single core: a tenth of the time of a training step of
    `configs/compact.yaml` (EXPERIMENTS.md). Eight elements share a number here. It draws from torch's own generator, so seeds and resumed
    runs hold.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape; nothing is dropped in evaluation."""
        dropped = min(LEVELS - 1, round(self.p * LEVELS))
        if not self.training or dropped == 0:
            return x
        numbers = torch.empty(-(-x.numel() // 8), dtype=torch.int64, device=x.device).random_(-(2**63), None)
        kept = numbers.view(torch.uint8)[: x.numel()].view(x.shape) >= dropped
        return x * kept.to(x.dtype).mul_(LEVELS / (LEVELS - dropped))

    def extra_repr(self) -> str:
        """For `print(model)`."""
        return f"p={self.p}"


def cheapen_dropout(model: nn.Module) -> None:
    """Put a `ByteDropout` in the place of each `nn.Dropout` of a model that is trained on a CPU."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout):
                setattr(module, name, ByteDropout(child.p))


@dataclass(frozen=True)
class HiddenPieces:
    """Hides a random share of a batch's pieces, each time others: what a word says must be read from its neighbours too, and no report
    can be learned by heart.

    It is drawn on the batch's device in the training step, not as the batch is made: several processes that make batches of different
    widths would else come to different orders of the documents, and batches made ahead would not be the same in a resumed run.

    share: of the pieces, 0 to 1. mask_id: the piece that stands for hidden ones. kept: pieces that are never hidden (a window's ends,
    padding).
    """

    share: float
    mask_id: int
    kept: tuple[int, ...]

    def __call__(self, input_ids: Tensor) -> Tensor:
        """int64 of shape (batch, positions) to the same shape."""
        if self.share == 0:
            return input_ids
        word = torch.ones_like(input_ids, dtype=torch.bool)
        for piece in self.kept:
            word &= input_ids != piece
        return input_ids.masked_fill(word & (torch.rand(input_ids.shape, device=input_ids.device) < self.share), self.mask_id)
