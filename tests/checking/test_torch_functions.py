"""Functions of torch's in a file are called as torch calls them, where torch is installed."""

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("unexplained", "in_this_process")

TEXT = """
import torch
class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x.mm(weight.t()) + bias
    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output.mm(weight), grad_output.t().mm(x), grad_output.{by}(0)
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.factor, None
"""


@pytest.mark.parametrize(("by", "status"), [("sum", 0), ("mean", 1)])
def test_a_function_is_judged_by_its_apply(by, status, tmp_path):
    path = tmp_path / "functions.py"
    path.write_text(TEXT.format(by=by))
    report = check_file(path, Options(seconds=60.0))
    assert report.status == status
    verdicts = {each.of: each.verdict for each in report.gradients if "Affine" in each.backward}
    assert verdicts == {"x": "CHECKED", "weight": "CHECKED",
                        "bias": "REFUTED" if status else "CHECKED"}  # fmt: skip
