"""Names by which people say what is a backward of what, and what a gradient is a gradient of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

FLAGS = ("deriv", "derivative", "derive", "der", "prime", "grad", "gradient")
FORWARD_METHODS = ("__call__", "fn", "forward", "activate", "activation", "f", "function", "func",
                   "loss", "call", "apply", "evaluate", "compute_loss", "compute_cost", "cost",
                   "calculate", "compute", "calc", "sigma", "phi", "propagate", "__call__", "value",
                   "predict_loss", "error", "objective")  # fmt: skip
DERIVATIVE_METHODS = ("gradient", "derivative", "grad", "prime", "deriv", "f_prime", "df", "dfn",
                      "activate_prime", "backward", "derivate", "compute_gradient", "d", "fn_prime",
                      "diff", "gradients", "compute_grad", "fn_deriv", "fprime", "loss_prime",
                      "calc_gradient", "der", "grad_fn", "function_prime", "loss_grad",
                      "loss_gradient", "backwards", "dydx")  # fmt: skip

LAYER_BACKWARDS = ("backward", "backward_pass", "backward_propagation", "backward_propagate",
                   "backwardPropagation", "backward_prop", "back_prop", "backprop", "backProp",
                   "backpropagate", "backPropagate", "backpropagation", "back_propagate",
                   "back_propagation", "bprop", "bwd", "backwards", "backward_step",
                   "feedback",
                   "_backward", "Backward", "compute_backward", "updateGradInput", "역전파",
                   "역방향")  # fmt: skip
LAYER_FORWARDS = ("forward", "forward_pass", "forward_propagation", "forward_propagate",
                  "forwardPropagation", "forward_prop", "forwardprop", "feedforward",
                  "feed_forward", "feedForward", "propagate", "fprop", "fwd", "forwards",
                  "forward_step", "_forward", "Forward", "prop", "call", "compute", "activate",
                  "apply", "compute_loss", "loss", "cost", "compute_cost", "cost_function",
                  "calculate", "updateOutput", "순전파", "순방향",
                  "__call__")  # fmt: skip

_SUFFIXES = ("_prime", "_derivative", "_deriv", "_der", "_gradient", "_grad", "_derivate", "_d",
             "_backward", "_backprop", "_back", "_bwd", "_diff", "_derivation", "_grads",
             "_gradients", "_dx", "_dz", "_bp", "_primed", "_slope",
             "_subgradient", "_subgrad",
             "_jacobian", "_jac", "_jacob", "_jacobian_matrix", "_derivs", "Prime", "Derivative",
             "Deriv", "Grad", "Gradient", "Backward",
             "_미분", "_도함수", "_기울기", "_역전파", "_그래디언트", "미분", "도함수",
             "기울기")  # fmt: skip
_PREFIXES = ("jacob_", "jacobian_", "jac_", "J_",
             "deriv_of_", "derivativeOf", "der_", "diff_", "prime_", "backprop_", "nabla_", "dL_",
             "derivative_of_", "gradient_of_", "derivative_", "gradient_", "deriv_", "grad_",
             "backward_", "d_", "d")  # fmt: skip
# compute_gradient is the gradient of compute_cost.
_COUNTERPARTS = (("gradient", "cost"), ("gradient", "loss"), ("grad", "loss"), ("grad", "cost"),
                 ("gradients", "loss"), ("derivative", "loss"), ("gradient", "objective"),
                 ("gradient", "forward"))  # fmt: skip
BARE_JACOBIANS = ("jac", "jacobian", "jacob")
# A function that is just called gradient belongs to the one that is just called cost.
_BARE = ("gradient", "grad", "derivative", "gradient_function", "df", "f_prime", *BARE_JACOBIANS,
         "fprime", "gradf", "기울기", "그래디언트", "미분", "도함수")  # fmt: skip
_BARE_FORWARDS = ("cost", "loss", "cost_function", "compute_cost", "loss_function", "objective",
                  "cost_fn", "loss_fn", "compute_loss", "calc_cost", "calc_loss", "J",
                  "objective_function", "error", "function", "func", "f", "fun", "residuals",
                  "residual", "rhs", "system", "equations", "손실", "손실함수", "손실_함수", "비용",
                  "비용함수", "비용_함수", "오차", "목적함수", "함수")  # fmt: skip
_LIKELIHOODS = ("loglike", "loglik", "log_likelihood", "loglikelihood", "log_lik", "llf", "logL",
                "log_prob", "logpdf", "logp", "ll")  # fmt: skip
_UPSTREAM = re.compile(
    r"(d[A-Z_]\w*|d[a-z]+_?(next|prev|out|t)(_\w+)?|d(out|y|a|z|h|l|x|t|s|o|next\w*|outputs?|top|upstream|loss|values?|vals?|logits|scores?|acts?|"
    r"activations?|error|err|ldy|ldz|lda)|.*grad(ient)?s?(_\w+)?|grad[A-Z]\w*|"
    r"upstream\w*|delta\w*|err(or)?s?|\w+_error|error_\w+|g(y|x|z|out)?|g_\w+|eta|sensitivity|top_diff)"
)
_GRADIENT_OF = tuple(map(re.compile, (
    r"(?:dL_?d_?|dJ_?d_?|dC_?d_?|dE_?d_?|dj_?d_?|dloss_?d?_?|d_loss_d_?|nabla_|delta_)(\w+)",
    r"d[a-zA-Z]{1,4}_d_?(\w+)",
    r"(?:grads?_|gradient_|d_|d)(\w+)",
    r"(\w+?)_?(?:grads?|gradients?|Grad|Gradient)",
)))  # fmt: skip
_CACHE = re.compile(
    r"\w*cache\w*|캐시|저장|ctx|context|saved|memo(ry)?|tmp|mem|store\w*|state|meta"
)
LOSS = re.compile(
    r"loss|cost|entropy|mse|mae|hinge|svm|nll|objective|criterion|squared_error"
    r"|손실|비용|오차|목적함수",
    re.I,
)


def looks_upstream(name: str) -> bool:
    """Whether a parameter's name is one for the upstream gradient: dout, dA, grad_output."""
    return bool(_UPSTREAM.fullmatch(name))


def is_cache(name: str) -> bool:
    """Whether a parameter's name is one for what forward has kept for backward."""
    return bool(_CACHE.fullmatch(name))


def looks_backward(name: str) -> bool:
    """Whether a function's name says that it computes a gradient by an upstream gradient."""
    return bool(re.search(r"back(ward|prop)?(_|$)|bwd|Backward|역전파|역방향", name))


def forwards_of(name: str) -> Iterator[str]:
    """The names that the forward of a function called ``name`` may have, best first."""
    for word, other in (("backward", "forward"), ("Backward", "Forward"), ("bwd", "fwd"),
                        ("backprop", "forward"), ("back", "forward"), ("역전파", "순전파"),
                        ("역방향", "순방향")):  # fmt: skip
        if word in name:
            swapped = name.replace(word, other)
            yield swapped
            yield re.sub(r"_(alt|fast|naive|v\d|\d|wrong|right|simple)$", "", swapped)
            break
    if name in _BARE:
        yield from _BARE_FORWARDS
    if name == "score":
        yield from _LIKELIHOODS
    if re.search(r"forces?$", name):  # minus the gradient of the energy
        yield from (name.replace(word, other) for word in re.findall(r"forces?$", name)
                    for other in ("potential_energy", "energy", "potential"))  # fmt: skip
    for word, other in _COUNTERPARTS:
        if word in name.lower().split("_"):
            yield "_".join(other if part.lower() == word else part for part in name.split("_"))
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            base = name.removesuffix(suffix)
            yield from (base, f"{base}_forward", f"{base}_fwd")
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            base = name.removeprefix(prefix)
            yield from (base, f"{base}_forward", f"{base}_model", f"{base}_function", f"{base}_fn")


def second_of(name: str) -> Iterator[str]:
    """The names that a first derivative may have, of which a second one is the derivative.

    >>> list(second_of("deriv2")), "_gradient" in second_of("_hessian")
    (['deriv'], True)
    """
    yield from (base for base in [re.sub(r"_?(2|two|second)$", "", name)] if base != name)
    for word in re.findall(r"hessian|hess|헤시안", name):
        for other in ("gradient", "grad", "score", "jacobian", "jac", "derivative", "기울기"):
            yield name.replace(word, other)


def argument_of(name: str, forward: str, parameters: Sequence[str]) -> str | None:
    """The parameter by which a derivative of ``forward`` is, by its name: df_du, decay_dk.

    >>> argument_of("df_du", "f", ["u", "x"]), argument_of("f_prime", "f", ["u", "x"])
    ('u', None)
    """
    forms = ("d{f}_d{p}", "d{f}d{p}", "d_{f}_d_{p}", "d{f}_by_d{p}", "{f}_d{p}", "{f}_d_{p}",
             "grad_{f}_{p}", "{f}_grad_{p}", "d{f}_{p}", "partial_{f}_{p}", "{f}_gradient_{p}",
             "{f}_deriv_{p}", "{f}_derivative_{p}", "{f}_jac_{p}", "{f}_jacobian_{p}",
             "jac_{f}_{p}", "jacobian_{f}_{p}", "{f}_grad_wrt_{p}", "{f}_미분_{p}",
             "{f}_기울기_{p}")  # fmt: skip
    plain = name.lstrip("_")
    return next((p for p in parameters for form in forms if form.format(f=forward, p=p) == plain),
                None)  # fmt: skip


def gradient_cores(name: str) -> list[str]:
    """What the name of a gradient speaks of: dW -> W, weights_gradient -> weights."""
    return [
        part for form in _GRADIENT_OF if (match := form.fullmatch(name.lstrip("_")))
        for part in match.groups() if part
    ]  # fmt: skip


def gradient_target(name: str, targets: Sequence[str]) -> str | None:
    """What a gradient called ``name`` is a gradient of, among ``targets``: dW -> W.

    The exact name counts more than one that differs in case; None where neither is unique.
    """
    cores = gradient_cores(name)
    for core in [*cores, name]:
        if core in targets:
            return core
    for core in cores:
        alike = [t for t in targets if t.lower().lstrip("_") == core.lower().lstrip("_")]
        if len(alike) == 1:
            return alike[0]
    return None


def gradient_names(name: str) -> list[str]:
    """The names under which the gradient of ``name`` may be kept."""
    bare = name.lstrip("_")
    return [form.format(n) for n in dict.fromkeys((name, bare, bare.lower(), bare.capitalize()))
            for form in ("d{}", "d_{}", "grad_{}", "{}_grad", "dLd{}", "dL_d{}", "dJd{}", "grad{}",
                         "{}_gradient", "gradient_{}", "g{}", "delta_{}", "_d{}",
                         "_grad_{}")]  # fmt: skip


def first_known(names: Iterator[str], known: Collection[str], but: str) -> str | None:
    """The first of the names that is known and is not ``but``; leaky_relu is leaky_ReLU, too."""
    likely = list(names)
    exact = next((name for name in likely if name in known and name != but), None)
    if exact is not None:
        return exact
    alike = {name.lower(): name for name in known if name != but}
    return next((alike[name.lower()] for name in likely if name.lower() in alike), None)
