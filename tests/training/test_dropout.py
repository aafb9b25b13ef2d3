"""Dropout of random bytes: what it keeps is as likely and as large as torch's own."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

import torch

from recipe.dropout import ByteDropout, HiddenPieces, cheapen_dropout


def test_the_share_is_dropped_and_the_mean_kept() -> None:
    torch.manual_seed(0)
    out = ByteDropout(0.25)(torch.ones(1001, 999))
    assert (out == 0).float().mean().item() == pytest.approx(0.25, abs=0.005)
    assert out.mean().item() == pytest.approx(1.0, abs=0.01)
    assert sorted(out.unique().tolist()) == pytest.approx([0.0, 1 / 0.75])


def test_the_same_seed_drops_the_same_elements() -> None:
    def drawn(seed: int) -> object:
        torch.manual_seed(seed)
        return ByteDropout(0.5)(torch.ones(64)).tolist()

    assert drawn(1) == drawn(1) != drawn(2)


def test_gradients_pass_where_values_do() -> None:
    x = torch.ones(100, requires_grad=True)
    out = ByteDropout(0.5)(x)
    out.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())


def test_any_share_short_of_all_can_be_dropped() -> None:
    assert ByteDropout(0.999)(torch.ones(8, 8)).shape == (8, 8)
    assert ByteDropout(0.5)(torch.ones(0)).shape == (0,)
    assert ByteDropout(0.5)(torch.ones(3, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_nothing_is_dropped_in_evaluation_nor_at_nought() -> None:
    x = torch.randn(8, 8)
    assert torch.equal(ByteDropout(0.5).eval()(x), x)
    assert torch.equal(ByteDropout(0.0)(x), x)


def test_every_dropout_of_a_model_is_cheapened() -> None:
    model = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.1)))
    cheapen_dropout(model)
    assert [m.p for m in model.modules() if isinstance(m, ByteDropout)] == [0.3, 0.1]
    assert not any(isinstance(m, torch.nn.Dropout) for m in model.modules())


# Hidden pieces


def test_a_share_of_the_pieces_is_hidden_each_time_others() -> None:
    torch.manual_seed(0)
    ids = torch.randint(5, 100, (8, 200))
    ids[:, 0], ids[:, 150], ids[:, 151:] = 2, 3, 0
    hide = HiddenPieces(0.2, mask_id=4, kept=(2, 3, 0))
    one, two = hide(ids), hide(ids)
    words = ids > 4
    for shown in (one, two):
        hidden = shown == 4
        assert 0.15 < (hidden & words).sum().item() / words.sum().item() < 0.25
        assert not (hidden & ~words).any()
        assert torch.equal(shown[~hidden], ids[~hidden])
    assert not torch.equal(one, two)


def test_nothing_is_hidden_where_nothing_is_to_be() -> None:
    ids = torch.arange(5, 25).reshape(2, 10)
    assert torch.equal(HiddenPieces(0.0, mask_id=4, kept=())(ids), ids)
