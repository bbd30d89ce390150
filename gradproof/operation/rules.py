"""Names of the rules that derivation steps use, so that every page calls them the same."""

from __future__ import annotations

from gradproof.text import Text

DEFINITION = Text("definition", "정의")
CHAIN_RULE = Text("chain rule", "연쇄 법칙")
SUM_RULE = Text("sum rule", "합의 미분법")
PRODUCT_RULE = Text("product rule", "곱의 미분법")
QUOTIENT_RULE = Text("quotient rule", "몫의 미분법")
POWER_RULE = Text("power rule", "거듭제곱의 미분법")
LINEARITY = Text("linearity", "선형성")
TOTAL_DERIVATIVE = Text("add all paths", "모든 경로 더하기")
DELTA = Text("only one term is left", "항 하나만 남기")
SUBSTITUTE = Text("substitute", "대입")
FACTOR = Text("factor", "인수로 묶기")
EXPAND = Text("expand", "전개")
IDENTITY = Text("identity", "항등식")
BRANCH = Text("take the branch", "구간의 식")
