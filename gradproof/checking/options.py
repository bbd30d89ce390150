"""The options of a check: one table for the command line and for the configuration file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradproof.text import LANGUAGES, Text

FORMATS = ("text", "json", "github", "csv")


class UsageError(Exception):
    """What a person asked for that cannot be done: where, what is wrong, and what to do."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True)
class Option:
    """One option.

    name:     as in the configuration file; ``--name`` on the command line.
    fits:     whether a value, as TOML has it, can be taken.
    expected: what can be taken, in words.
    default:  what holds where nothing is said.
    number:   whether what stands on the command line is to be read as a number.
    """

    name: str
    metavar: str
    fits: Callable[[Any], bool]
    expected: Text
    help: Text
    default: Any = None
    number: bool = False

    def read(self, value: Any, where: str) -> Any:
        """The value, if it can be taken; where: "--seed", or the file and the key.

        Raises UsageError.
        """
        if not self.fits(value):
            shown = repr(value) if isinstance(value, str) else str(value)
            raise UsageError(
                Text(
                    f"{where}: expected {self.expected.en}, got {shown}",
                    f"{where}: 필요한 값은 {self.expected.ko}, 받은 값은 {shown}",
                )
            )
        return tuple(value) if isinstance(value, list) else value


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and value is not True and 0 < value < math.inf


def _names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(v, str) and v for v in value)


def _one_of(words: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda value: value in words


def _one_of_text(words: tuple[str, ...]) -> Text:
    return Text(f"one of {', '.join(words)}", f"{', '.join(words)} 중 하나")


_YES_OR_NO = Text("true or false", "true 또는 false")
_NAMES = Text("a list of names", "이름의 목록")


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


OPTIONS: tuple[Option, ...] = (
    Option("only", "NAME", _names, _NAMES, Text(
        "only the function or class of this name (repeatable)",
        "이 이름의 함수나 클래스만 검사해요(여러 번 쓸 수 있어요)"), ()),
    Option("exclude", "PATTERN", _names, Text("a list of patterns", "패턴의 목록"), Text(
        "in folders, leave out paths like this, e.g. 'old/*' (repeatable)",
        "폴더에서 이런 경로를 빼요. 예: 'old/*'(여러 번 쓸 수 있어요)"), ()),
    Option("seed", "N", _whole(0), Text("a whole number from 0 up", "0 이상의 정수"), Text(
        "seed of all draws (default: 0)", "모든 난수의 시드(기본값: 0)"), 0, True),
    Option("timeout", "S", _seconds, Text("a positive number of seconds", "양수(초)"), Text(
        "seconds for each file (default: 60)", "파일 하나에 쓸 시간(초, 기본값: 60)"), 60.0, True),
    Option("memory", "MB", _whole(1), Text(
        "a positive whole number of megabytes", "양의 정수(MB)"), Text(
        "megabytes of memory for each file's process (default: 4096)",
        "파일 하나의 프로세스가 쓸 메모리(MB, 기본값: 4096)"), 4096, True),
    Option("output", "MB", _whole(1), Text(
        "a positive whole number of megabytes", "양의 정수(MB)"), Text(
        "megabytes a file may write or send (default: 16)",
        "파일 하나가 쓰거나 보낼 수 있는 양(MB, 기본값: 16)"), 16, True),
    Option("prove", "", _boolean, _YES_OR_NO, Text(
        "try a proof before numbers (default: yes)",
        "수치보다 증명을 먼저 시도해요(기본값: 예)"), True),
    Option("arithmetic", "", _boolean, _YES_OR_NO, Text(
        "also say where floats lose a right gradient at extreme inputs",
        "옳은 기울기라도 극단적인 입력에서 부동소수점이 값을 잃는 곳을 알려 줘요"), False),
    Option("diff", "", _boolean, _YES_OR_NO, Text(
        "print the fixes alone, as a unified diff that git apply takes",
        "고칠 곳만 git apply로 적용할 수 있는 diff로 출력해요"), False),
    Option("fix", "", _boolean, _YES_OR_NO, Text(
        "also write a copy with the fixes beside each file (layers.fixed.py), never over it",
        "고친 복사본을 파일 옆에 써요(layers.fixed.py). 원래 파일은 고치지 않아요"), False),
    Option("hint", "N", lambda value: value in (1, 2, 3) and value is not True, Text(
        "1, 2 or 3", "1, 2, 3 중 하나"), Text(
        "tell less of each slip: 1 its line, 2 also its kind, 3 also the term (default: all)",
        "실수를 조금만 알려 줘요: 1 줄, 2 종류까지, 3 항까지(기본값: 전부)"), None, True),
    Option("steps", "", _boolean, _YES_OR_NO, Text(
        "also hold each named step of a wrong backward against the true one",
        "틀린 backward에서 이름이 있는 단계마다 맞는지도 알려 줘요"), False),
    Option("explain-reading", "", _boolean, _YES_OR_NO, Text(
        "also say as what each pair was read: inputs, settings, output, convention",
        "쌍마다 어떻게 읽었는지도 알려 줘요: 입력, 설정, 출력, 관례"), False),
    Option("strict", "", _boolean, _YES_OR_NO, Text(
        "damage in place is an error: exit status 1 where a function changes what it is given",
        "제자리 변경도 오류로 봐요. 받은 배열을 바꾸는 함수가 있으면 종료 상태가 1이에요"), False),
    Option("fresh", "", _boolean, _YES_OR_NO, Text(
        "judge anew what has not changed since it was judged (docs/check.md)",
        "앞서 판정한 뒤로 바뀌지 않은 것도 다시 판정해요(docs/check.ko.md)"), False),
    Option("require-isolation", "", _boolean, _YES_OR_NO, Text(
        "run no file where the system cannot isolate it in every way (docs/isolation.md)",
        "시스템이 파일을 모든 방법으로 격리하지 못하면 실행하지 않아요(docs/isolation.ko.md)"),
        False),
    Option("jobs", "N", _whole(1), Text("a whole number from 1 up", "1 이상의 정수"), Text(
        "files to examine side by side (default: one a core)",
        "동시에 검사할 파일의 수(기본값: 코어마다 하나)"), None, True),
    Option("verbose", "", _boolean, _YES_OR_NO, Text(
        "also print every detail of every gradient: its line, time, certainty, whole scope",
        "기울기마다 자세한 내용도 모두 출력해요: 줄, 시간, 확실성, 범위 전체"), False),
    Option("quiet", "", _boolean, _YES_OR_NO, Text(
        "print only what does not hold; no bar, no summary",
        "성립하지 않는 것만 출력해요. 진행 막대와 요약은 없어요"), False),
    Option("format", "FORMAT", _one_of(FORMATS), _one_of_text(FORMATS), Text(
        "text (default), json (schema 1), github (annotations) or csv",
        "text(기본값), json(스키마 1), github(주석), csv 중 하나"), "text"),
    Option("junit", "FILE", lambda value: isinstance(value, str) and bool(value),
           Text("the name of a file", "파일 이름"), Text(
        "also write the report as JUnit XML", "보고서를 JUnit XML로도 써요")),
    Option("resume", "FILE", lambda value: isinstance(value, str) and bool(value),
           Text("the name of a file", "파일 이름"), Text(
        "keep what comes of each file there, and take from it what is there already",
        "파일마다 나온 결과를 그 파일에 적어 두고, 이미 적혀 있는 것은 다시 검사하지 않아요")),
    Option("lang", "LANG", _one_of(LANGUAGES), _one_of_text(LANGUAGES), Text(
        "language of messages: en or ko (default: the system's)",
        "메시지의 언어: en 또는 ko(기본값: 시스템 설정)")),
)  # fmt: skip

BY_NAME = {option.name: option for option in OPTIONS}


def defaults() -> dict[str, Any]:
    """Every option as it is where nothing is said."""
    return {option.name: option.default for option in OPTIONS}
