"""The arguments of a function, and what each is for by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

_ROLES: tuple[tuple[str, str], ...] = (
    ("settings", r".*param(eter)?s?|config|conf|opts|hyper\w*"),
    (
        "labels",
        r"y|t|targets?|labels?|(y_?)?(true|truth|target|real|gold|obs|label|actual|expected)s?|ys"
        r"|(\w+_)?(labels?|targets?)(_\w+)?|y_?train|gt|desired|ground_?truth|answers?|tgt|d_?true|true_\w+|\w+_true|\w+_truth",
    ),
    ("state", r"(prev_)?(h|c|hidden|state)(_?prev|0|_?next|_?t)?|[hc]_?prev|prev_[hc]"),
    ("recurrent", r"w_?(h|hh|rec|recurrent)|u|u_?[a-z]"),
    ("weight", r"w\d?|weights?\d?|theta|kernels?|filters?|w_?(xh|in|[a-gi-z])|weight_matrix|wb"),
    ("gamma", r"gamma|scale|g"),
    ("beta", r"beta|shift"),
    ("bias", r"b\d?|bias(es)?|b_?h"),
    ("stride", r"stride|pool_?(size|height|width)|size|pool_[hw]|f|pool"),
    ("pad", r"pad(ding)?|p_?ad"),
    ("classes", r"num_?classes|n_?classes|c|k"),
    ("fraction", r"alpha|slope|negative_slope|leak|p|dropout\w*|keep_prob|rate|prob|momentum|a"),
    ("small", r"eps|epsilon|reg|lam|lambd\w*|lambda_?|lr|learn(ing)?_?rate|l_rate|step_size|decay"
     r"|l2|weight_decay|dt|delta_?t|time_?step"),
    ("unit", r"tau|temperature|delta|margin|sigma|lambda"),
    ("switch", r"(is_?)?train(ing)?(_?(flg|flag|mode))?|is_training_?\w*"),
    ("optimizer", r"optim(izer|iser)?|opt(_fn)?|updater|solver"),
    ("context", r"ctx|context"),
    ("index", r"\w*_?idxs?|\w*ind(ex|ices)|\w*_?ids|tokens?"),
    ("numpy", r"xp|np|device|backend"),
    ("mode", r"mode|activation|act|kind|nonlinearity|act_fn"),
    ("probability", r"y_?pred(icted|ictions?)?|y_?hat|predict\w*|pred|probs?|al|yp|preds|a_?l"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def role_of(name: str) -> str:
    """What an argument is for, by its name: "data" unless the name says otherwise."""
    if name in ("A", "P", "S", "Z", "X", "K", "Q", "V"):  # matrices, unlike their lower case
        return "data"
    if name in ("G", "groups", "num_groups", "n_groups", "heads", "num_heads", "n_heads"):
        return "groups"
    return next((role for role, form in _ROLES if re.fullmatch(form, name.lower())), "data")


def predicted_of(names: Sequence[str]) -> str | None:
    """Which of several arguments named like targets is the prediction: y of (y, t).

    None where one of them is named like something else, or there is only one.

    >>> predicted_of(["y", "t"]), predicted_of(["t", "y"]), predicted_of(["p", "t", "y"])
    ('y', 'y', None)
    """
    roles = {name: role_of(name) for name in names}
    targets = [name for name, role in roles.items() if role == "labels"]
    if len(targets) < 2 or not {*roles.values()} <= {"labels", "small", "unit", "switch", "mode"}:
        return None
    return next((name for name in targets if name.lower() in ("y", "ys")), targets[0])


def parameters(node: ast.FunctionDef) -> list[str]:
    """The names of a function's positional parameters, without self."""
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
