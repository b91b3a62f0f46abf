"""Pascanu's cliff: the written-out gradient is right, and descent falls off it unless it is clipped."""

import numpy as np
import pytest
import torch

from rnn_engine.measures.cliff import cliff_error, cliff_gradient, descend, fixed_points, saddle_nodes


def by_autograd(w: float, b: float) -> tuple[float, float, float]:
    weight, bias = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (w, b))
    x = torch.tensor(0.5, dtype=torch.float64)
    for _ in range(50):
        x = weight * torch.sigmoid(x) + bias
    error = (torch.sigmoid(x) - 0.7) ** 2
    error.backward()
    assert weight.grad is not None
    assert bias.grad is not None
    return error.item(), weight.grad.item(), bias.grad.item()


@pytest.mark.parametrize(("w", "b"), [(5.0, -2.3), (4.69, -2.42), (6.0, -3.0), (-3.0, 1.0), (0.0, 0.3), (1.0, 40.0)])
def test_error_and_gradient_are_autograd_s(w, b):
    error, dw, db = by_autograd(w, b)
    assert cliff_error(w, b) == pytest.approx(error, rel=1e-12)
    assert cliff_gradient(w, b) == pytest.approx((dw, db), rel=1e-10, abs=1e-300)


def test_the_gradient_is_what_central_differences_say():
    w, b, step = np.linspace(3.5, 6, 7)[:, None], np.linspace(-3, -1.6, 5), 1e-6
    dw, db = cliff_gradient(w, b)
    np.testing.assert_allclose(dw, (cliff_error(w + step, b) - cliff_error(w - step, b)) / (2 * step), atol=1e-7)
    np.testing.assert_allclose(db, (cliff_error(w, b + step) - cliff_error(w, b - step)) / (2 * step), atol=1e-7)


def test_the_surface_is_flat_but_for_a_wall():
    """The largest gradient, some 400, is thousands of times the usual one."""
    w, b = np.linspace(4, 6, 201)[:, None], np.linspace(-3, -2, 201)
    assert cliff_error(w, b).shape == (201, 201)
    norm = np.hypot(*cliff_gradient(w, b))
    assert norm.max() > 300
    assert np.median(norm) < norm.max() / 2000


def test_without_clipping_descent_is_thrown_far_away():
    path = descend((5, -2.3), 0.05, 400)
    assert path.points.shape == (401, 2)
    assert path.gradient_norms.max() == pytest.approx(371, abs=0.5)
    assert path.points[-1] == pytest.approx((14.4, 13.4), abs=0.05)
    assert path.errors[-1] == pytest.approx(0.0900, abs=5e-5)


def test_with_clipping_descent_comes_down():
    path = descend((5, -2.3), 0.05, 400, clip_norm=1)
    assert path.errors[-1] < 3e-4
    assert path.points[-1] == pytest.approx((4.46, -2.25), abs=0.02)
    assert np.hypot(*np.diff(path.points, axis=0).T).max() <= 0.05 * (1 + 1e-12)


def test_a_path_s_numbers_belong_to_its_points_and_are_read_only():
    path = descend((5, -2.3), 0.01, 7)
    np.testing.assert_array_equal(path.errors, cliff_error(*path.points.T))
    np.testing.assert_allclose(path.gradient_norms, np.hypot(*cliff_gradient(*path.points.T)), rtol=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        path.points[0] = 0


def test_a_path_ends_where_numbers_end():
    path = descend((4.69, -2.42), 1e308, 400)
    assert len(path.points) < 401
    assert len(path.points) == len(path.errors) == len(path.gradient_norms)
    assert np.isfinite(path.points).all()


@pytest.mark.parametrize(("edge", "inwards"), [(-2.65561, 1), (-2.34439, -1)])
def test_three_fixed_points_between_the_saddle_nodes_and_one_outside(edge, inwards):
    """For w = 5, as in figure 3 of the paper."""
    assert len(fixed_points(5, edge + inwards * 2e-5)) == 3
    assert len(fixed_points(5, edge - inwards * 2e-5)) == 1


def test_the_saddle_nodes_are_where_pascanu_s_figure_3_has_them():
    assert saddle_nodes(5) == pytest.approx((-2.65561, -2.34439), abs=5e-6)
    assert saddle_nodes(4) is None


@pytest.mark.parametrize(("w", "b"), [(5.0, -2.5), (5.0, 0.0), (-7.0, 2.0), (0.0, 1.0), (40.0, -20.0)])
def test_fixed_points_are_fixed(w, b):
    x = fixed_points(w, b)
    np.testing.assert_allclose(w / (1 + np.exp(-x)) + b, x, atol=1e-12)
    assert (np.diff(x) > 0).all()
