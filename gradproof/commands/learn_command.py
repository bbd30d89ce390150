"""``gradproof learn``: exercises in a folder of one's own, judged by proof on every save."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradproof.columns import wrapped
from gradproof.commands.shared_words import LANG
from gradproof.help import Parser
from gradproof.text import LANGUAGES, Text

if TYPE_CHECKING:
    from gradproof.learn.exercise_text import Exercise
    from gradproof.learn.judging import Judging
    from gradproof.learn.progress import Progress

COMMAND = Text(
    "practise: exercises that are judged by proof", "연습해요: 증명으로 판정하는 연습 문제"
)
DESCRIPTION = Text(
    "Exercises in the order of a first course: fill in, find the slip, predict, make it stable, "
    "write the test. Any right way of writing passes.",
    "첫 강의의 순서를 따르는 연습이에요: 채우기, 실수 찾기, 예측하기, 안정하게 쓰기, 테스트 쓰기. "
    "옳으면 어떻게 써도 통과해요.",
)
STATUS = Text(
    "exit status of check: 0 right; 1 wrong; 3 not written yet, or not decided. Elsewhere 0, and 2 "
    "where something stands in the way",
    "check의 종료 상태: 0 맞았어요; 1 틀렸어요; 3 아직 쓰지 않았거나 판정하지 못했어요. "
    "다른 명령은 0, 할 수 없으면 2",
)
ACTIONS = {
    "start": Text("write the exercises into a folder", "연습을 폴더에 써요"),
    "watch": Text("judge your file every time you save it", "저장할 때마다 파일을 판정해요"),
    "check": Text("judge one exercise now", "연습 하나를 지금 판정해요"),
    "hint": Text(
        "a hint, three in all, each says more", "힌트를 하나 줘요. 모두 셋이고 점점 자세해요"
    ),
    "list": Text("all exercises, and which are done", "모든 연습과 마친 연습을 보여 줘요"),
    "reset": Text("write an exercise again as it was", "연습 파일을 처음대로 다시 써요"),
    "solution": Text("a solution, when asked twice", "풀이를 보여 줘요. 두 번 불러야 열려요"),
}
FOLDER = Text("the folder (default: gradproof-learn)", "폴더(기본값: gradproof-learn)")
NAME = Text(
    "an exercise, by name or number (default: the first that is not done)",
    "연습의 이름이나 번호(기본값: 아직 마치지 않은 첫 연습)",
)
LEVEL = Text(
    "how much to tell of a slip: 1 its line, 2 also its kind (default), 3 also the term, 4 all",
    "실수를 얼마나 알려 줄지: 1 줄, 2 종류까지(기본값), 3 항까지, 4 전부",
)
_WITH_NAME = ("check", "hint", "reset", "solution", "watch")
_STATES = {"pass": ("passed", 0), "wrong": ("wrong", 1), "open": ("open", 3),
           "undecided": ("not_decided", 3)}  # fmt: skip
_WIDTH = 96
_MOMENT = 0.2  # seconds between two looks at a file


def pause() -> None:
    """Wait until it is worth while to look at the file again."""
    time.sleep(_MOMENT)


class _CannotError(Exception):
    """What stands in the way, as a sentence."""


def add_learn(commands: Any, language: str) -> None:
    """Add ``learn`` to the parsers of ``gradproof``."""
    parser = commands.add_parser(
        "learn", help=COMMAND.within(language), description=DESCRIPTION, epilog=STATUS,
        language=language,
    )  # fmt: skip
    parser.add("--lang", choices=LANGUAGES, metavar="LANG", help=LANG)
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=Parser
    )
    for name, help in ACTIONS.items():
        one = actions.add_parser(
            name, help=help.within(language), description=help, language=language
        )
        if name == "start":
            one.add("folder", nargs="?", type=Path, metavar="DIR", help=FOLDER,
                    default=Path("gradproof-learn"))  # fmt: skip
        if name in _WITH_NAME:
            one.add("name", nargs="?", metavar="NAME", help=NAME)
        if name in ("watch", "check"):
            one.add("--hint", type=int, choices=(1, 2, 3, 4), default=2, metavar="N", help=LEVEL)
        one.add("--lang", choices=LANGUAGES, metavar="LANG", help=LANG, default=argparse.SUPPRESS)


def run_learn(parsed: argparse.Namespace, language: str) -> int:
    """Carry out what was asked for; returns the exit status."""
    from gradproof.learn.learn_words import words

    try:
        if parsed.action == "start":
            return _start(parsed.folder, parsed.lang or language)
        session = _Session(Path.cwd(), parsed.lang, language)
        return int(getattr(session, parsed.action)(parsed))
    except _CannotError as error:
        said = str(error)
    except OSError as error:
        said = words("cannot", language, path=error.filename or "", why=error.strerror or error)
    print(f"gradproof learn: {said}", file=sys.stderr)
    return 2


def fitted_text(text: str) -> str:
    """A text in lines that fit; what is indented stays as it is."""
    lines = text.splitlines()
    return "\n".join(
        line if line.startswith(" ") else "\n".join(wrapped(line, _WIDTH)) for line in lines
    )


def _start(folder: Path, language: str) -> int:
    from gradproof.learn.exercise_text import exercises
    from gradproof.learn.learn_words import words
    from gradproof.learn.learners_file import written
    from gradproof.learn.progress import FILE, Progress

    there = (folder / FILE).exists()
    if not there and folder.is_dir() and any(folder.iterdir()):
        raise _CannotError(words("not_empty", language, folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    if not there:
        (folder / FILE).write_text("", "utf-8")
    progress = Progress.of(folder, language)
    progress.language = language
    count = 0
    for each in exercises(language):
        path = folder / f"{each.name}.py"
        if not path.exists():
            path.write_text(written(each), "utf-8")
            count += 1
    progress.save()
    first = progress.following(exercises(language)) or exercises(language)[0]
    if there:
        print(words("kept", language, folder=folder, count=count))
    else:
        print(
            fitted_text(
                words("started", language, folder=folder, count=count, first=f"{first.name}.py")
            )
        )
    return 0


class _Session:
    """One folder of exercises."""

    def __init__(self, folder: Path, chosen: str | None, language: str) -> None:
        from gradproof.learn.exercise_text import exercises
        from gradproof.learn.learn_words import words
        from gradproof.learn.progress import FILE, Progress

        if not (folder / FILE).is_file():
            raise _CannotError(words("no_folder", chosen or language, folder=folder))
        self.folder = folder
        self.progress: Progress = Progress.of(folder, language)
        self.language = chosen or self.progress.language
        self.exercises = exercises(self.language)

    def say(self, name: str, /, **values: object) -> None:
        """Print a sentence."""
        from gradproof.learn.learn_words import words

        print(fitted_text(words(name, self.language, **values)), flush=True)

    def named(self, name: str | None) -> Exercise:
        """The exercise of a name, a number or a file; without one the first that is not done."""
        from gradproof.learn.learn_words import words

        if name is None:
            return self.progress.following(self.exercises) or self.exercises[-1]
        asked = Path(name).stem
        number = asked.zfill(2)
        for each in self.exercises:
            if asked == each.name or number == each.name.partition("_")[0]:
                return each
            if asked == each.name.partition("_")[2]:
                return each
        import difflib

        near = difflib.get_close_matches(asked, [each.name for each in self.exercises], 1, 0.5)
        said = words("near", self.language, name=near[0]) if near else ""
        raise _CannotError(words("unknown", self.language, name=asked, near=said))

    def file(self, exercise: Exercise) -> Path:
        """Where the learner's file is."""
        return self.folder / f"{exercise.name}.py"

    # --- what can be asked for -------------------------------------------------------------------

    def list(self, _: argparse.Namespace) -> int:
        """All exercises, and which are done."""
        following = self.progress.following(self.exercises)
        for each in self.exercises:
            mark = "x" if self.progress.done(each) else ">" if each is following else " "
            print(f"[{mark}] {each.name:<24} {each.title}")
        done = sum(map(self.progress.done, self.exercises))
        self.say("done_of", done=done, count=len(self.exercises))
        return 0

    def hint(self, parsed: argparse.Namespace) -> int:
        """The next hint; after the third, that one again."""
        exercise = self.named(parsed.name)
        entry = self.progress.about(exercise)
        entry.hints = min(entry.hints + 1, len(exercise.hints))
        self.progress.save()
        self.say("hint", level=entry.hints, hint=exercise.hints[entry.hints - 1])
        if entry.hints == len(exercise.hints):
            self.say("hints_end")
        return 0

    def solution(self, parsed: argparse.Namespace) -> int:
        """A solution, for whoever asks twice or has one."""
        exercise = self.named(parsed.name)
        entry = self.progress.about(exercise)
        entry.solution += 1
        self.progress.save()
        if entry.solution < 2 and not entry.done:
            self.say("folded", name=exercise.name)
            return 0
        self.say("solution", name=exercise.name)
        print(f"\n{exercise.solution}")
        return 0

    def reset(self, parsed: argparse.Namespace) -> int:
        """The file as it was at first; what was in it is kept beside it."""
        from gradproof.learn.learners_file import written

        exercise = self.named(parsed.name)
        path, kept = self.file(exercise), self.folder / f"{exercise.name}.before.txt"
        if path.exists():
            path.replace(kept)
        path.write_text(written(exercise), "utf-8")
        self.progress.about(exercise).done = False
        self.progress.save()
        self.say("reset" if kept.exists() else "reset_new", file=path.name, kept=kept.name)
        return 0

    def check(self, parsed: argparse.Namespace) -> int:
        """Judge one exercise."""
        from gradproof.learn.judging import Judging

        exercise = self.named(parsed.name)
        with Judging() as judging:
            status = self._judged(exercise, judging, parsed.hint)
        if status == 0:
            self._say_next()
        return status

    def watch(self, parsed: argparse.Namespace) -> int:
        """Judge the file of the current exercise whenever it is saved; go on to the next."""
        from gradproof.learn.judging import Judging

        exercise = self.named(parsed.name)
        with Judging() as judging:
            while True:
                at = self.exercises.index(exercise) + 1
                self.say("watching", file=f"{exercise.name}.py", at=at, title=exercise.title,
                         count=len(self.exercises))  # fmt: skip
                before = self._stamp(exercise)
                while self._judged(exercise, judging, parsed.hint, watching=True):
                    while (now := self._stamp(exercise)) == before:
                        pause()
                    before = now
                following = self.progress.following(self.exercises)
                if following is None:
                    self.say("all_done", count=len(self.exercises))
                    return 0
                self._say_how_far()
                exercise = following
                print()

    # --- judging --------------------------------------------------------------------------------

    def _stamp(self, exercise: Exercise) -> tuple[int, int] | None:
        try:
            found = self.file(exercise).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _judged(
        self, exercise: Exercise, judging: Judging, hint: int, watching: bool = False
    ) -> int:
        """Judge a file, say what came of it, note what is done; the exit status.

        watching: what is to be done has been said.
        """
        try:
            text = self.file(exercise).read_text("utf-8-sig", errors="replace")
        except FileNotFoundError:
            self.say("missing", file=f"{exercise.name}.py", name=exercise.name)
            return 3
        found = judging.judge(exercise, text, None if hint == 4 else hint)
        said, status = _STATES[found.state]
        if found.state != "open" or not watching:
            self.say(said, name=exercise.name, title=exercise.title)
        print(*(f"  {line}".rstrip() for line in found.lines), sep="\n", flush=True)
        if found.state == "wrong":
            self.say("more")
        if found.passed:
            self.progress.about(exercise).done = True
            self.progress.save()
        return status

    def _say_how_far(self) -> None:
        done = sum(map(self.progress.done, self.exercises))
        self.say("done_of", done=done, count=len(self.exercises))

    def _say_next(self) -> None:
        following = self.progress.following(self.exercises)
        if following is None:
            self.say("all_done", count=len(self.exercises))
            return
        self._say_how_far()
        self.say("next", file=f"{following.name}.py", title=following.title)
