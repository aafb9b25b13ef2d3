"""Dropout whose random numbers cost little on a CPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEVELS = 256  # of a random byte


class ByteDropout(nn.Module):
    """`torch.nn.Dropout` with a random byte for each element, so with probabilities in steps of 1/256 (0.1 becomes 26/256).

    On a CPU torch draws one 64-bit number an element, one after the other on a single core: a seventh of the time of a training step
    of `configs/compact.yaml`. Eight elements share a number here. It draws from torch's own generator, so seeds and resumed runs hold.
    """

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape; nothing is dropped in evaluation."""
        dropped = round(self.p * LEVELS)
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
