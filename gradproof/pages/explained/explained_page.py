"""Print the page about one's own file as HTML that needs nothing else."""

from __future__ import annotations

from types import SimpleNamespace

from markupsafe import Markup

from gradproof.pages.explained.explained_file import ExplainedFile
from gradproof.pages.outcomes import SIGNS
from gradproof.pages.render import TEMPLATES, environment
from gradproof.text import Text

_STYLES = ("theme.css", "page.css", "explained.css")

WORDS = {
    "wrong": Text("What is wrong", "틀린 것"),
    "same": Text("The same slip as above.", "위와 같은 실수예요."),
    "line": Text("line", "줄"),
    "confirmed": Text("Confirmed:", "확인:"),
    "steps": Text("Which steps are right, and which is the first wrong one",
                  "어느 단계까지 맞고 어디서 처음 틀렸는지"),
    "numbers": Text("Numbers to try", "직접 확인해 볼 수"),
    "others": Text("What else would mend it", "다르게 고치는 방법"),
    "source": Text("Your code", "여러분의 코드"),
    "marks": Text("What is struck out is wrong; what belongs there stands in green.",
                  "줄을 그은 부분이 틀렸어요. 그 자리에 올 것은 초록색이에요."),
    "fix": Text("The change as a diff", "고칠 내용(diff)"),
    "verdicts": Text("Every gradient", "모든 기울기"),
    "left": Text("What was not judged, and why", "판정하지 못한 것과 그 이유"),
}  # fmt: skip


def render_explained(page: ExplainedFile) -> str:
    """The whole document."""
    words = SimpleNamespace(**{name: text.within(page.language) for name, text in WORDS.items()})
    style = "\n".join((TEMPLATES / name).read_text("utf-8") for name in _STYLES)
    made = environment(language=page.language)
    html: str = made.get_template("explained.html.j2").render(
        page=page, t=words, signs=SIGNS, style=Markup(style)
    )
    return html
