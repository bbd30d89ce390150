"""check_torch holds against Functions, modules and functions of tensors as people write them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install .[torch]")

from gradproof import check_torch  # noqa: E402
from gradproof.verdicts import Status, Verdict  # noqa: E402
from tests.adapters.torch_cases import RIGHT, WRONG, Case, normal  # noqa: E402

DTYPES = [torch.float64, torch.float32, torch.bfloat16]


def arguments(case: Case, dtype: Any) -> list[Any]:
    def converted(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            return value.detach().to(dtype).requires_grad_(value.requires_grad)
        return value

    return list(map(converted, case.arguments()))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_a_right_function_is_checked(case: Case, dtype: Any) -> None:
    verdict = check_torch(case.function(), *arguments(case, dtype))
    assert verdict.status is Status.CHECKED, str(verdict)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_a_wrong_function_is_refuted_by_name_and_input(case: Case, dtype: Any) -> None:
    function = case.function()
    verdict = check_torch(function, *arguments(case, dtype))
    assert verdict.status is Status.REFUTED, str(verdict)
    assert verdict.claim == f"gradient of {function.__name__}"
    assert any(f"gradient by `{name}`" in verdict.reason for name in case.by), verdict.reason
    assert case.says in str(verdict)


class Net(torch.nn.Module):
    """A dense layer, batch norm in training mode, dropout and a frozen scale."""

    def __init__(self, slip: str = "") -> None:
        super().__init__()
        self.first = torch.nn.Linear(4, 6)
        self.norm = torch.nn.BatchNorm1d(6)
        self.drop = torch.nn.Dropout(0.3)
        self.scale = torch.nn.Parameter(torch.ones(6), requires_grad=False)
        self.slip = slip
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        z = self.first(x)
        if self.slip:  # a gradient that is cut off by mistake
            z = torch.nn.functional.linear(x, self.first.weight, self.first.bias.detach())
        if self.slip == "twice":
            z = z + self.first.bias - self.first.bias.detach() + self.first.bias * 0
        return self.drop(torch.tanh(self.norm(z).pow(2))) * self.scale


def net(slip: str = "") -> Net:
    before = torch.get_rng_state()
    torch.manual_seed(0)
    made = Net(slip)
    torch.set_rng_state(before)
    return made


def state(module: Any) -> dict[str, Any]:
    return {name: each.clone() for name, each in module.state_dict().items()}


class TestModules:
    def test_inputs_and_parameters_are_checked_and_frozen_ones_are_not(self) -> None:
        verdict = check_torch(net(), normal(5, 4, dtype=torch.float32).requires_grad_())
        assert verdict.holds, str(verdict)

    def test_a_parameter_is_named_as_in_named_parameters(self) -> None:
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), CutBias(4), torch.nn.Tanh())
        verdict = check_torch(model.double(), normal(5, 3))
        assert verdict.status is Status.REFUTED
        assert "gradient by `1.bias`" in verdict.reason

    def test_the_module_is_afterwards_as_before(self) -> None:
        model = net()
        model(normal(5, 4, dtype=torch.float32)).sum().backward()
        before, grads = state(model), [p.grad for p in model.parameters()]
        kept = [None if g is None else g.clone() for g in grads]
        model.calls = 7
        check_torch(model, normal(5, 4, dtype=torch.float32))
        assert all(torch.equal(a, b) for a, b in zip(before.values(), state(model).values()))
        assert all(a is b.grad for a, b in zip(grads, model.parameters()))
        assert all(a is None or torch.equal(a, b) for a, b in zip(kept, grads))
        assert model.training
        assert model.calls == 7

    def test_one_that_cannot_be_copied_is_afterwards_as_before_too(self) -> None:
        model = net()
        model.kept = model.first.weight * 2  # refused by deepcopy
        before, dictionary = state(model), dict(model.__dict__)
        assert check_torch(model, normal(5, 4, dtype=torch.float32)).holds
        assert all(torch.equal(a, b) for a, b in zip(before.values(), state(model).values()))
        assert model.__dict__.keys() == dictionary.keys()
        assert model.calls == 0

    def test_a_function_that_uses_a_module_leaves_it_alone(self) -> None:
        model = torch.nn.BatchNorm1d(4)
        before = state(model)
        assert check_torch(lambda x: model(x).pow(2), normal(6, 4, dtype=torch.float32)).holds
        assert all(torch.equal(a, b) for a, b in zip(before.values(), state(model).values()))

    def test_integer_inputs_and_nested_states(self) -> None:
        words = torch.nn.Embedding(5, 3, dtype=torch.float64)
        assert check_torch(words, torch.tensor([[0, 2, 2], [4, 0, 1]])).holds
        cell = torch.nn.LSTMCell(3, 2, dtype=torch.float64)
        verdict = check_torch(cell, normal(4, 3), (normal(4, 2), normal(4, 2, seed=3)))
        assert verdict.holds, str(verdict)


class CutBias(torch.nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(torch.full((n,), 0.5))

    def forward(self, x: Any) -> Any:
        return x + self.bias.detach() + 0 * self.bias


class HalfBias(torch.nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(torch.ones(n))

    def forward(self, x: Any) -> Any:
        return torch.tanh(x + self.bias / 2 + self.bias.detach() / 2)


class TestState:
    def test_random_states_modes_and_dtype_are_as_before(self) -> None:
        case = next(c for c in RIGHT if c.name == "dropout")
        torch.manual_seed(3)
        np.random.seed(3)  # noqa: NPY002
        random.seed(3)
        want = torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
        for mode in (torch.no_grad, torch.inference_mode, torch.enable_grad):
            torch.manual_seed(3)
            np.random.seed(3)  # noqa: NPY002
            random.seed(3)
            with mode():
                before = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
                assert check_torch(case.function(), *arguments(case, torch.float32)).holds
                after = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
            assert before == after
            assert torch.equal(torch.rand(3), want[0])
            assert np.array_equal(np.random.rand(3), want[1])  # noqa: NPY002
            assert random.random() == want[2]
        assert torch.get_default_dtype() is torch.float32

    def test_they_are_as_before_where_the_function_fails(self) -> None:
        class Fails(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                torch.rand(3)
                raise OSError("no such kernel")

        before = torch.get_rng_state()
        with pytest.raises(OSError, match="no such kernel"):
            check_torch(Fails, normal(3))
        assert torch.equal(before, torch.get_rng_state())

    def test_the_tensors_given_are_left_alone(self) -> None:
        case = next(c for c in RIGHT if c.name == "scaled_in_place")
        x = normal(4, 5).requires_grad_()
        kept = x.detach().clone()
        check_torch(case.function(), x, 3.0)
        assert torch.equal(x, kept)
        assert x.grad is None
        assert x._version == 0

    def test_importing_gradproof_imports_no_other_library(self) -> None:
        import subprocess
        import sys

        code = (
            "import sys, gradproof, gradproof.adapters, gradproof.numeric; dir(gradproof); "
            "sys.exit(bool({'torch', 'jax', 'numba'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def function(forward: Any, backward: Any) -> Any:
    return type("Made", (torch.autograd.Function,),
                {"forward": staticmethod(forward), "backward": staticmethod(backward)})  # fmt: skip


def double_forward(ctx: Any, x: Any, w: Any) -> Any:
    ctx.save_for_backward(x, w)
    return x * w


def refuted(verdict: Verdict) -> str:
    assert verdict.status is Status.REFUTED, str(verdict)
    return verdict.reason


class TestWhatBackwardReturns:
    def test_a_wrong_shape_is_told_with_how_to_mend_it(self) -> None:
        def backward(ctx: Any, dy: Any) -> Any:
            x, w = ctx.saved_tensors
            return dy * w, (dy * x).sum(1)

        text = refuted(check_torch(function(double_forward, backward), normal(4, 3), normal(3)))
        assert "gradient by `w`" in text
        assert "(4,)" in text
        assert "(3,)" in text

    def test_too_few_gradients_are_refuted(self) -> None:
        def backward(ctx: Any, dy: Any) -> Any:
            return dy * ctx.saved_tensors[1]

        text = refuted(check_torch(function(double_forward, backward), normal(4, 3), normal(3)))
        assert "returns 1 gradient, but forward takes 2 arguments" in text

    def test_none_is_data_unless_it_was_asked_for(self) -> None:
        def backward(ctx: Any, dy: Any) -> Any:
            return dy * ctx.saved_tensors[1], None

        made = function(double_forward, backward)
        verdict = check_torch(made, normal(4, 3), normal(3))
        assert verdict.holds
        assert "backward returns None for w: taken as data" in verdict.scope
        assert "None for w" in refuted(check_torch(made, normal(4, 3), normal(3), wrt=["x", "w"]))

    def test_a_gradient_that_autograd_sums_is_right(self) -> None:
        def backward(ctx: Any, dy: Any) -> Any:
            x, w = ctx.saved_tensors
            return dy * w, dy * x

        verdict = check_torch(function(double_forward, backward), normal(4, 3), normal(3))
        assert verdict.holds
        assert any("autograd sums it" in note for note in verdict.details["notes"])

    def test_dy_changed_in_place_is_told(self) -> None:
        def backward(ctx: Any, dy: Any) -> Any:
            x, w = ctx.saved_tensors
            return dy.clone().mul_(w), dy.mul_(x).sum(0)

        verdict = check_torch(function(double_forward, backward), normal(4, 3), normal(3))
        assert "changes dy in place" in str(verdict).splitlines()[0]


class TestOtherWays:
    def test_a_dy_that_is_not_contiguous(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            return 2 * x

        def raw(ctx: Any, dy: Any) -> Any:  # as a kernel does that is given a bare pointer
            memory = torch.as_strided(dy, (dy.numel(),), (1,), 0)
            return 2 * memory.reshape(dy.shape)

        def viewed(ctx: Any, dy: Any) -> Any:
            return (2 * dy.view(-1)).view(dy.shape)

        assert "not contiguous" in refuted(check_torch(function(forward, raw), normal(4, 3)))
        verdict = check_torch(function(forward, viewed), normal(4, 3))
        assert "backward fails where dy is not contiguous" in str(verdict).splitlines()[0]

    def test_inputs_that_are_not_contiguous(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            return 2 * torch.as_strided(x, (x.numel(),), (1,), 0).reshape(x.shape)

        made = function(forward, lambda ctx, dy: 2 * dy)
        assert "inputs are not contiguous" in refuted(check_torch(made, normal(4, 3)))

    def test_one_output_alone(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return 2 * x, 3 * x

        made = function(forward, lambda ctx, a, b: 2 * a + 3 * b)
        verdict = check_torch(made, normal(4, 3))
        assert "backward fails where only output 0 is used" in verdict.scope

    def test_an_input_changed_in_place_without_mark_dirty(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            x.data.mul_(2)
            return x.clone()

        verdict = check_torch(function(forward, lambda ctx, dy: 2 * dy), normal(4, 3))
        assert "ctx.mark_dirty(x)" in str(verdict)

    def test_backward_that_spoils_what_was_saved(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mask = (x > 0).to(x.dtype) + 1
            return x * ctx.mask

        def backward(ctx: Any, dy: Any) -> Any:
            return ctx.mask.mul_(dy)

        verdict = check_torch(function(forward, backward), normal(4, 3))
        assert "when called twice" in str(verdict).splitlines()[0]


class TestSurrogate:
    def test_a_straight_through_estimator_is_held_against_what_it_stands_for(self) -> None:
        case = next(c for c in WRONG if c.name == "straight_through" and not c.slip)
        x = case.arguments()[0]
        verdict = check_torch(case.function(), x, surrogate=lambda x: x)
        assert verdict.holds, str(verdict)
        assert "the derivative of the surrogate" in str(verdict).splitlines()[0]
        doubled = next(c for c in WRONG if c.slip == "doubled")
        assert "2 times" in str(check_torch(doubled.function(), x, surrogate=lambda x: x))

    def test_it_must_return_the_same_shapes(self) -> None:
        case = next(c for c in WRONG if c.name == "straight_through")
        with pytest.raises(ValueError, match="surrogate: expected outputs of shapes"):
            check_torch(case.function(), normal(3), surrogate=lambda x: x.sum())


class TestPrecision:
    def test_what_was_checked_in_which_precision_is_told(self) -> None:
        case = next(c for c in RIGHT if c.name == "layer_norm")
        for dtype, text in [
            (torch.float32, "formulas checked in float64, values in float32"),
            (torch.bfloat16, "the rounding of bfloat16 itself is not checked"),
        ]:
            assert text in check_torch(case.function(), *arguments(case, dtype)).scope
        assert "float" not in check_torch(case.function(), *arguments(case, torch.float64)).scope

    def test_a_function_of_single_precision_only(self) -> None:
        def forward(ctx: Any, x: Any) -> Any:
            if x.dtype is not torch.float32:
                raise TypeError("expected float32")
            y = x.tanh()
            ctx.save_for_backward(y)
            return y

        def right(ctx: Any, dy: Any) -> Any:
            return dy * (1 - ctx.saved_tensors[0] ** 2)

        def wrong(ctx: Any, dy: Any) -> Any:
            return dy * (1 - ctx.saved_tensors[0])

        x = normal(4, 5, dtype=torch.float32)
        verdict = check_torch(function(forward, right), x)
        assert verdict.holds, str(verdict)
        assert "checked in float32" in verdict.scope
        refuted(check_torch(function(forward, wrong), x))

    def test_what_rounds_so_coarsely_that_nothing_would_be_seen_is_open(self) -> None:
        class Coarse(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any, w: Any) -> Any:
                ctx.save_for_backward(x.bfloat16(), w.bfloat16())
                return (x.bfloat16() @ w.bfloat16()).float()

            @staticmethod
            def backward(ctx: Any, dy: Any) -> Any:
                x, w = ctx.saved_tensors
                return (dy.bfloat16() @ w.t()).float(), 2 * (x.t() @ dy.bfloat16()).float()

        x, w = normal(3, 4, dtype=torch.float32), normal(4, 2, dtype=torch.float32)
        assert not check_torch(Coarse, x, w).holds

    def test_a_larger_module_is_checked_in_both_precisions(self) -> None:
        class Own(torch.autograd.Function):  # wrong where its tensors are single precision
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx: Any, dy: Any) -> Any:
                (x,) = ctx.saved_tensors
                return dy * x * (1 if x.dtype is torch.float32 else 2)

        assert check_torch(Own, normal(30, 20)).holds
        text = refuted(check_torch(Own, normal(30, 20, dtype=torch.float32)))
        assert "gradient by `x`" in text
        net = torch.nn.Sequential(torch.nn.Linear(8, 12), torch.nn.GELU(), torch.nn.Linear(12, 3))
        verdict = check_torch(net, normal(5, 8, dtype=torch.float32))
        assert verdict.holds, str(verdict)
        assert "values in float32" in verdict.scope

    def test_a_large_module_is_checked_along_directions_and_its_slip_is_named(self) -> None:
        layers = [torch.nn.Linear(24, 32), torch.nn.GELU(), torch.nn.Linear(32, 24)]
        x = normal(6, 24, dtype=torch.float32)
        verdict = check_torch(torch.nn.Sequential(*layers), x)
        assert verdict.holds, str(verdict)
        assert "along random directions; mode='full' compares each of" in verdict.scope
        assert verdict.details["evaluations"] < 200
        verdict = check_torch(torch.nn.Sequential(*layers, HalfBias(24)), x)
        assert "gradient by `3.bias`" in refuted(verdict)
        assert "d(3.bias) is 1/2 times the true gradient" in str(verdict)

    def test_torchscript_is_refused_in_words(self) -> None:
        scripted = torch.jit.script(torch.nn.Linear(3, 2))
        with pytest.raises(TypeError, match="pass the module that was scripted"):
            check_torch(scripted, normal(4, 3, dtype=torch.float32))


class TestArguments:
    def test_what_is_no_function_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"expected a subclass of torch\.autograd\.Function"):
            check_torch(3, normal(3))
        with pytest.raises(TypeError, match=r"an nn\.Module object"):
            check_torch(torch.nn.Linear, normal(3))

    def test_without_a_tensor_of_floats_there_is_nothing_to_check(self) -> None:
        with pytest.raises(ValueError, match="expected a tensor of floats"):
            check_torch(torch.sin, torch.tensor([1, 2]))
        with pytest.warns(UserWarning, match="ComplexHalf"):
            half = normal(3).to(torch.complex32)
        with pytest.raises(ValueError, match="NumPy has no complex32"):
            check_torch(torch.sin, half)

    def test_apply_and_functions_of_tensors(self) -> None:
        case = next(c for c in RIGHT if c.name == "matmul")
        assert check_torch(case.function().apply, *case.arguments()).holds
        assert check_torch(torch.logsumexp, normal(3, 4), 1).holds
        verdict = check_torch(lambda x: x * x.detach(), normal(3))
        assert verdict.status is Status.REFUTED

    def test_the_snippet_shows_the_wrong_element(self) -> None:
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx: Any, dy: Any) -> Any:
                return dy * ctx.saved_tensors[0]

        example = check_torch(Square, normal(2, 2)).counterexample
        assert example is not None
        seen: list[Any] = []
        exec(example.snippet, {"Square": Square, "print": seen.append})
        assert float(seen[0]) == pytest.approx(float(example.got))


Z, W = normal(2, 3).to(torch.complex128) * (1 - 2j), normal(3, 2).to(torch.complex128) * (2 + 1j)


def rule(forward: Any, backward: Any) -> Any:
    """A Function of tensors, each of which is kept."""

    class Rule(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *given: Any) -> Any:
            ctx.save_for_backward(*given)
            return forward(*given)

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            return backward(dy, *ctx.saved_tensors)

    return Rule


class TestComplex:
    """Of the conventions for complex gradients, one is torch's."""

    def test_right_in_the_convention_of_torch(self) -> None:
        square = rule(lambda z: z.abs() ** 2, lambda dy, z: 2 * dy * z)
        product = rule(lambda z, w: z @ w, lambda dy, z, w: (dy @ w.conj().T, z.conj().T @ dy))
        reals = Z.real.clone()
        for function, inputs in (
            (square, (Z,)), (square, (Z.to(torch.complex64),)), (product, (Z, W)),
            (torch.real, (Z,)), (torch.angle, (Z,)), (torch.fft.rfft, (reals,)),
            (lambda x: torch.exp(1j * x), (reals,)),
        ):  # fmt: skip
            verdict = check_torch(function, *inputs)
            assert verdict.holds, str(verdict)
            assert "as in torch" in verdict.scope

    def test_another_convention_is_wrong(self) -> None:
        def says(forward: Any, backward: Any, *inputs: Any) -> str:
            verdict = check_torch(rule(forward, backward), *inputs, names=["z", "w"][: len(inputs)])
            assert verdict.status is Status.REFUTED
            return verdict.reason

        square = says(lambda z: z.abs() ** 2, lambda dy, z: 2 * dy * z.conj(), Z)
        assert square == "gradient by `z`: the conjugate of what torch wants"
        half = says(lambda z: z.abs() ** 2, lambda dy, z: dy * z, Z)
        assert half == "gradient by `z`: half of what torch wants"
        product = says(lambda z, w: z @ w, lambda dy, z, w: (dy @ w.T, z.T @ dy), Z, W)
        assert product == "gradient by `z` and `w`: the conjugate of what torch wants"
        one = says(lambda z, w: z @ w, lambda dy, z, w: (dy @ w.conj().T, z.T @ dy), Z, W)
        assert "gradient by `w`" in one
        assert "dw is dL/dRe(w) - i dL/dIm(w), the conjugate of torch's" in one
