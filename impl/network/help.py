"""The command's help in the reader's language: English, or Korean where the system is set to it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

# Headings, and help by the name of the option, in Korean; English stands where they are made.
HEADINGS = {
    "usage: ": "사용법: ", "options": "옵션", "data": "데이터", "network": "신경망",
    "training": "학습", "files": "파일",
}  # fmt: skip
KOREAN = {
    "help": "이 도움말을 출력하고 끝내요",
    "data": "무엇을 배울지(기본값: %(default)s):\n{names}",
    "points": "만들 점의 수(기본값: 400)",
    "noise": "점이 흩어진 정도. cloud에서는 여백",
    "seed": "데이터, 가중치, 배치를 정해요(기본값: 0)",
    "hidden": "은닉층의 유닛 수, 또는 none(기본값: 16,16)",
    "activation": "활성화 함수 하나, 또는 은닉층마다 하나씩:\n{names}",
    "batch_norm": "은닉층마다 배치 정규화를 써요",
    "pieces": "maxout 유닛의 일차식 조각(기본값: 2)",
    "loss": "손실: softmax_cross_entropy(기본값),\nmean_squared_error",
    "init": "가중치의 처음 값: he(기본값), glorot",
    "epochs": "데이터를 볼 횟수(기본값: 20, --load면 0)",
    "batch_size": "배치의 크기(기본값: %(default)s)",
    "optimizer": "최적화 방법: sgd, momentum, adam(기본값)",
    "lr": "학습률(기본값: 최적화 방법마다 다름)",
    "patience": "나아지지 않은 에포크가 이만큼이면 멈춰요",
    "load": "저장한 가중치에서 이어 가요",
    "save": "가중치를 저장해요",
    "plot": "배운 것을 svg, png, pdf로 그려요",
    "quiet": "진행 막대를 그리지 않아요",
}
DESCRIPTION = "순전파와 역전파를 NumPy로 손으로 쓴 다층 퍼셉트론을 학습해요."
ENDING = (
    "예: python -m impl.network --data digits --hidden 64,64 --activation elu\n"
    "    --batch-norm --epochs 20 --save w.npz --plot boundary.svg\n\n"
    "종료 상태: 0; 1 학습하거나 쓰지 못했어요; 2 사용법이 틀렸어요; 130 Ctrl-C로\n"
    "중단했어요. 이때 그때까지 가장 좋았던 가중치로 평가하고 저장해요."
)


def wants_korean(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the system is set to Korean, by LC_ALL, LC_MESSAGES or LANG, the first that is."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environment[name] for name in names if environment.get(name)), "")
    return chosen.lower().startswith("ko")


class Parser(argparse.ArgumentParser):
    """A parser whose help, headings too, can be turned into Korean as a whole."""

    korean = False

    def turn_korean(self) -> None:
        """Put everything in Korean. Raises KeyError for an option that has no Korean help."""
        self.korean = True
        self.description, self.epilog = DESCRIPTION, ENDING
        for group in self._action_groups:
            group.title = HEADINGS.get(group.title or "", group.title)
        for action in self._actions:
            lists = (action.help or "").partition("\n")[2]  # of names, which have no translation
            action.help = KOREAN[action.dest].replace("{names}", lists)

    def format_help(self) -> str:
        """The help; its first heading, too, is in the reader's language."""
        return self._headed(super().format_help())

    def format_usage(self) -> str:
        """The usage, under a heading in the reader's language."""
        return self._headed(super().format_usage())

    def _headed(self, text: str) -> str:
        return text.replace("usage: ", HEADINGS["usage: "], 1) if self.korean else text


class Formatter(argparse.RawTextHelpFormatter):
    """Keeps lines as they are written: a terminal needs two columns for a Hangul syllable."""


__all__ = ["Formatter", "Parser", "wants_korean"]
