"""Write the two files of a new operation, with the questions to answer.

What is written is an operation that holds, y = x²; each comment that begins with "Question" says
what to put in its place.
"""

from __future__ import annotations

import keyword
from pathlib import Path

from gradproof.text import Text

TOLD = Text(
    "wrote {derivation} and {implementation}; answer their questions, then run {command}",
    "{derivation}, {implementation} 파일을 썼어요. 안에 있는 질문에 답한 뒤 {command} 명령을 "
    "실행하세요",
)
NO_NAME = Text(
    "{name}: expected a name such as rms_norm, in small letters, that Python can import",
    "{name}: rms_norm처럼 소문자이고 파이썬이 가져올 수 있는 이름이어야 해요",
)
THERE = Text(
    "{path} is there already; choose another name, or remove it first",
    "{path}가 이미 있어요. 다른 이름을 고르거나 먼저 지우세요",
)


class ScaffoldError(Exception):
    """Why nothing was written, in both languages."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def write_operation(name: str, folder: Path, plain: bool = False) -> tuple[Path, Path]:
    """Write ``derivations/NAME.py`` and ``impl/NAME.py`` under ``folder``; return both paths.

    Parameters
    ----------
    name : str
        Of both files: small letters, such as ``rms_norm``.
    folder : Path
        Where ``derivations/`` and ``impl/`` are, or are made.
    plain : bool
        Write code that imports NumPy alone, as a package of one's own has it, and make both
        folders packages. Otherwise the code has the contract of this repository's ``impl/``.

    Returns
    -------
    tuple of Path
        The derivation, and the code.

    Raises
    ------
    ScaffoldError
        For a name that Python cannot import, or a file that is there already: nothing is ever
        written over.
    """
    if not name.isidentifier() or name != name.lower() or name[0] == "_" or keyword.iskeyword(name):
        raise ScaffoldError(_told(NO_NAME, name=name))
    paths = folder / "derivations" / f"{name}.py", folder / "impl" / f"{name}.py"
    for path in paths:
        if path.exists():
            raise ScaffoldError(_told(THERE, path=str(path)))
    for path, text in zip(paths, (DERIVATION, PLAIN_CODE if plain else IMPLEMENTATION)):
        path.parent.mkdir(parents=True, exist_ok=True)
        if plain and not (made := path.parent / "__init__.py").exists():
            made.write_text(PACKAGES[path.parent.name], "utf-8")
        path.write_text(text.replace("NAME", name), "utf-8")
    return paths


def _told(form: Text, **values: str) -> Text:
    return Text(form.en.format(**values), form.ko.format(**values))


DERIVATION = '''\
"""NAME: y = x². Question: what does it compute, in one line?"""

import sympy as sp

from gradproof.operation.derivation import Chain, Derivation, Input, Mode, Node, SpecialValue, Step
from gradproof.operation.layouts import ELEMENTWISE
from gradproof.operation.rules import DEFINITION, POWER_RULE
from gradproof.text import Text

# Question: what are the arrays? Where each element is by itself: plain symbols, and ELEMENTWISE.
# Else sp.IndexedBase("x", real=True) with indices from 1, sums as sp.Sum(x[k], (k, 1, D)), and a
# Layout that names the axes:
#     Layout("rows", {"x": ("N", "D"), "gamma": ("D",)}, output=("N", "D"), mapped=("N",))
# The definition then speaks of one row (mapped), which shares gamma with the others. A length may
# be computed: "H - U + 1". See derivations/rms_norm.py and derivations/conv2d.py.
x, y, dy = sp.symbols("x y dy", real=True)
slope = sp.Symbol("f'", real=True)  # the local derivative dy/dx

# Question: what is y?
DEFINED = x**2

# Question: how does one get from the derivative to its closed form? Each line equals the one before
# it; the first is SymPy's own derivative of the definition. Rules: gradproof/operation/rules.py.
STEPS = (
    Step(
        sp.Derivative(DEFINED, x),
        DEFINITION,
        Text("What we are after.", "구하려는 것이에요."),
    ),
    Step(
        2 * x,
        POWER_RULE,
        Text("x² has slope 2x.", "x²의 기울기는 2x예요."),
    ),
)

DERIVATION = Derivation(
    title=Text("NAME", "NAME"),
    summary=Text("Question: what is it for?", "질문: 어디에 쓰나요?"),
    chapter=2,  # Question: where in the book does it stand? 2: activations, 3: layers, 4: losses
    position=99,
    modes=(
        Mode(
            name="default",
            local=True,  # False where an output depends on more than one element
            inputs=(Input("x", x),),
            # Question: which numbers does it take by keyword?
            # parameters=(Parameter("beta", beta, 1.0, tried=(0.5, 2.0)),),
            graph=(Node(y, DEFINED),),
            layouts=(ELEMENTWISE,),
            dy=dy,
            loss=dy * y,  # not local: the sum of dy * y over all elements
            chains=(Chain(of=x, steps=STEPS, gradient=slope),),  # one for each input
            # Question: what must come out at 0, at infinity, at the first number that overflows?
            special_values=(
                SpecialValue({"x": 0.0}, 0.0, {"x": 0.0}),
                SpecialValue({"x": 3.0}, 9.0, {"x": 6.0}),
                SpecialValue({"x": float("inf")}, float("inf"), {"x": float("inf")}),
            ),
        ),
    ),
    # All of these may stay away: story, references; forms, facts, limits, kinks of the mode.
)
'''

IMPLEMENTATION = '''\
"""NAME, elementwise: y = x^2. Question: what does it compute, in one line?"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from impl._contract import gradient, operation

Array = NDArray[Any]


class Cache(NamedTuple):
    """What backward needs. Question: what does it?"""

    x: Array


# Question: which shape has each argument? "*shape": any; "N D": two axes of those names.
@operation(x="*shape")
def forward(x: Array) -> tuple[Array, Cache]:
    """Compute y = x^2."""
    return x * x, Cache(x)


@gradient(forward)
def backward(dy: Array, cache: Cache) -> Array:
    """Compute dx = dy * 2x. Several inputs: return a NamedTuple with a field for each."""
    return dy * 2 * cache.x


# Question: do floats lose digits in these lines, or overflow? If so, call them textbook_forward and
# textbook_backward (without the decorators), and write forward and backward so that they do not:
# see impl/sigmoid.py. Both are then proved to be the same function.
'''

PLAIN_CODE = '''\
"""NAME, elementwise: y = x^2. Question: what does it compute, in one line?"""

from typing import NamedTuple

import numpy as np

# Infinity is an answer where a result is beyond the range of floats, and 0 where it is below it.
quietly = np.errstate(over="ignore", under="ignore")


class Cache(NamedTuple):
    """What backward needs. Question: which arrays are that?"""

    x: np.ndarray


@quietly
def forward(x):
    """Compute y = x^2; return y and the cache. Question: which shape has each argument?"""
    return x * x, Cache(x)


@quietly
def backward(dy, cache):
    """Compute dx = 2 x dy. Several inputs: return a NamedTuple with a field for each."""
    return 2 * (dy * cache.x)  # 2 * dy may overflow where the product is small enough again


# Question: do floats lose digits in these lines, or overflow? If so, call them textbook_forward and
# textbook_backward, and write forward and backward so that they do not. Both are then proved to be
# the same function.
'''

PACKAGES = {
    "derivations": '"""What the mathematics says: one file per operation."""\n',
    "impl": '"""What the code computes: one file per operation, NumPy alone."""\n',
}
