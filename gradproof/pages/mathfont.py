"""A font for equations, for browsers on machines that have none.

MathML needs a font with a table of sizes and shifts ("MATH"), and many machines lack one: brackets
then stay small. The STIX outlines that come with matplotlib hold every shape needed but no such
table, so it is added here, and the outlines that a page uses are embedded in it.

The outlines are under the SIL Open Font License 1.1, and so is this font; it bears another name,
as that license asks.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

NAME = "Gradproof Math"
LICENSE = "SIL Open Font License 1.1. Derived from the STIX Fonts distributed with matplotlib."

_SIZES = ("STIXSizOneSymReg", "STIXSizTwoSymReg", "STIXSizThreeSymReg", "STIXSizFourSymReg")
_ALWAYS = "()[]{}|√∑+−=·,0123456789"
# Extensible pieces from bottom to top; True marks the piece that is repeated.
_PIECES: dict[str, tuple[tuple[int, bool], ...]] = {
    "(": ((0x239D, False), (0x239C, True), (0x239B, False)),
    ")": ((0x23A0, False), (0x239F, True), (0x239E, False)),
    "[": ((0x23A3, False), (0x23A2, True), (0x23A1, False)),
    "]": ((0x23A6, False), (0x23A5, True), (0x23A4, False)),
    "{": ((0x23A9, False), (0x23AA, True), (0x23A8, False), (0x23AA, True), (0x23A7, False)),
    "}": ((0x23AD, False), (0x23AA, True), (0x23AC, False), (0x23AA, True), (0x23AB, False)),
}
_OVERLAP = 60
# In thousandths of the type size, after TeX's parameters and the shapes of these outlines.
_CONSTANTS = {
    "ScriptPercentScaleDown": 72,
    "ScriptScriptPercentScaleDown": 58,
    "DelimitedSubFormulaMinHeight": 1300,
    "DisplayOperatorMinHeight": 1350,
    "MathLeading": 150,
    "AxisHeight": 253,
    "AccentBaseHeight": 470,
    "FlattenedAccentBaseHeight": 662,
    "SubscriptShiftDown": 200,
    "SubscriptTopMax": 370,
    "SubscriptBaselineDropMin": 160,
    "SuperscriptShiftUp": 370,
    "SuperscriptShiftUpCramped": 300,
    "SuperscriptBottomMin": 120,
    "SuperscriptBaselineDropMax": 230,
    "SubSuperscriptGapMin": 150,
    "SuperscriptBottomMaxWithSubscript": 380,
    "SpaceAfterScript": 45,
    "UpperLimitGapMin": 110,
    "UpperLimitBaselineRiseMin": 200,
    "LowerLimitGapMin": 130,
    "LowerLimitBaselineDropMin": 600,
    "StackTopShiftUp": 470,
    "StackTopDisplayStyleShiftUp": 780,
    "StackBottomShiftDown": 385,
    "StackBottomDisplayStyleShiftDown": 690,
    "StackGapMin": 165,
    "StackDisplayStyleGapMin": 400,
    "FractionNumeratorShiftUp": 480,
    "FractionNumeratorDisplayStyleShiftUp": 640,
    "FractionDenominatorShiftDown": 480,
    "FractionDenominatorDisplayStyleShiftDown": 670,
    "FractionNumeratorGapMin": 60,
    "FractionNumDisplayStyleGapMin": 130,
    "FractionRuleThickness": 55,
    "FractionDenominatorGapMin": 60,
    "FractionDenomDisplayStyleGapMin": 130,
    "OverbarVerticalGap": 165,
    "OverbarRuleThickness": 55,
    "OverbarExtraAscender": 55,
    "UnderbarVerticalGap": 165,
    "UnderbarRuleThickness": 55,
    "UnderbarExtraDescender": 55,
    "RadicalVerticalGap": 80,
    "RadicalDisplayStyleVerticalGap": 150,
    "RadicalRuleThickness": 55,
    "RadicalExtraAscender": 55,
    "RadicalKernBeforeDegree": 275,
    "RadicalKernAfterDegree": -550,
    "RadicalDegreeBottomRaisePercent": 65,
}


def font_face(markup: str) -> str:
    """A ``@font-face`` rule with the shapes that the equations in ``markup`` need, embedded."""
    data = base64.b64encode(_font(_characters(markup))).decode("ascii")
    return (
        f"/* {LICENSE} */\n"
        f'@font-face {{ font-family: "{NAME}"; '
        f'src: url(data:font/woff;base64,{data}) format("woff"); }}'
    )


def _characters(markup: str) -> str:
    """The characters of every equation, single letters also in the italic that browsers use."""
    found = set(_ALWAYS)
    for equation in re.findall(r"<math.*?</math>", markup, flags=re.S):
        found.update(unescape(re.sub(r"<[^>]*>", "", equation)))
    return "".join(sorted(found | {_italic(each) for each in found}))


def _italic(character: str) -> str:
    """The mathematical italic of a Latin or Greek letter; any other character itself."""
    code = ord(character)
    if character == "h":
        return "\u210e"
    if "A" <= character <= "Z":
        return chr(0x1D434 + code - ord("A"))
    if "a" <= character <= "z":
        return chr(0x1D44E + code - ord("a"))
    if "Α" <= character <= "Ω":
        return chr(0x1D6E2 + code - ord("Α"))
    if "α" <= character <= "ω":
        return chr(0x1D6FC + code - ord("α"))
    return {"∂": "\U0001d715", "ϵ": "\U0001d716"}.get(character, character)


@lru_cache(maxsize=4)
def _font(characters: str) -> bytes:
    font = _subset(characters)
    sizes = [_open(name) for name in _SIZES]
    variants, assemblies = _taller(font, sizes)
    _add_math_table(font, variants, assemblies)
    _rename(font)
    font.flavor = "woff"
    stream = io.BytesIO()
    font.save(stream, reorderTables=None)
    return stream.getvalue()


def _open(name: str) -> Any:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from matplotlib import get_data_path

    path = Path(get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
    return TTFont(io.BytesIO(path.read_bytes()), recalcTimestamp=False, lazy=True)


def _subset(characters: Iterable[str]) -> Any:
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]

    options = Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[])
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "DSIG", "PfEd", "TeX ", "BDF "]
    font = _open("STIXGeneral")
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    return font


def _taller(font: Any, sizes: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add the taller shapes of brackets, roots and sums; return them as MATH tables want them."""
    variants, assemblies = {}, {}
    for character in "()[]{}√∑":
        base = font.getBestCmap()[ord(character)]
        heights = [(base, _height(font, base))]
        # Browsers reserve the width of the widest shape: past the second, brackets are pieced.
        usable = sizes[:2] if character in _PIECES else sizes
        for number, size in enumerate(usable, start=1):
            source = size.getBestCmap().get(ord(character))
            if source is not None and _height(size, source) > heights[-1][1]:
                name = _copy(font, size, source, f"{base}.size{number}")
                heights.append((name, _height(font, name)))
        variants[base] = heights
        if character in _PIECES:
            assemblies[base] = (_assembly(font, sizes[0], _PIECES[character]), 0)
    bar = font.getBestCmap()[ord("|")]
    tall = _height(font, bar)
    variants[bar] = [(bar, tall)]
    assemblies[bar] = ([(bar, 0, 0, _OVERLAP, tall), (bar, 1, _OVERLAP, _OVERLAP, tall)], 0)
    return variants, assemblies


def _assembly(font: Any, source: Any, pieces: Iterable[tuple[int, bool]]) -> list[Any]:
    parts = []
    for code, repeated in pieces:
        name = _copy(font, source, source.getBestCmap()[code], f"piece{code:04X}")
        parts.append((name, int(repeated), _OVERLAP, _OVERLAP, _height(font, name)))
    return parts


def _copy(font: Any, source: Any, glyph: str, name: str) -> str:
    """Copy an outline, without hints, into ``font`` under a new name."""
    if name not in font.getGlyphOrder():
        outline = source["glyf"][glyph]
        outline.removeHinting()
        font["glyf"][name] = outline
        font["hmtx"][name] = source["hmtx"][glyph]
    return name


def _height(font: Any, glyph: str) -> int:
    outline = font["glyf"][glyph]
    return int(outline.yMax - outline.yMin)


def _add_math_table(font: Any, variants: dict[str, Any], assemblies: dict[str, Any]) -> None:
    from fontTools.otlLib.builder import buildMathTable  # type: ignore[import-untyped]

    buildMathTable(
        font,
        constants=_CONSTANTS,
        extendedShapes=set(variants),
        minConnectorOverlap=_OVERLAP // 2,
        vertGlyphVariants=variants,
        vertGlyphAssembly=assemblies,
    )


def _rename(font: Any) -> None:
    names = font["name"]
    names.names = []
    for number, text in (
        (1, NAME),
        (2, "Regular"),
        (4, NAME),
        (6, NAME.replace(" ", "")),
        (13, LICENSE),
    ):
        names.setName(text, number, 3, 1, 0x409)


__all__ = ["NAME", "font_face"]
