"""What ``gradproof learn`` says, in both languages."""

from __future__ import annotations

from gradproof.text import Text

WORDS: dict[str, Text] = {
    # in the learner's file
    "book": Text("In the book: {chapter}.", "책에서: {chapter}."),
    "kinds": Text("Kinds to choose from:", "고를 수 있는 종류:"),
    # an answer that cannot be judged yet
    "syntax": Text(
        "Python cannot read line {line} yet: `{code}` ({why}).",
        "아직 Python이 {line}행을 읽지 못해요: `{code}` ({why}).",
    ),
    "hole": Text(
        "Still to fill in: {hole} in line {lines}.",
        "{lines}행: 아직 채울 곳({hole})이 남아 있어요.",
    ),
    "gone": Text(
        "`{name}` is no longer in the file, and this exercise needs it. "
        "`gradproof learn reset` brings the file back as it was.",
        "이 연습에 필요한 `{name}`이(가) 파일에 없어요. "
        "`gradproof learn reset`을 하면 처음 파일로 돌아가요.",
    ),
    "changed": Text(
        "Line {line}: `{name}` is given, and it is no longer what it was. Put it back, or start "
        "over with `gradproof learn reset`.",
        "{line}행: 주어진 `{name}`이(가) 처음과 달라졌어요. 되돌리거나 "
        "`gradproof learn reset`으로 다시 시작하세요.",
    ),
    "arguments": Text(
        "Line {line}: this has to be a function `{called}`, with these arguments.",
        "{line}행: 인수까지 그대로 `{called}`인 함수여야 해요.",
    ),
    "number": Text(
        "Line {line}: `{name} = {got}` is no number yet. Write it as a fraction, such as 3/4 or "
        "-0.25; for several, a list.",
        "{line}행: `{name} = {got}`은(는) 아직 수가 아니에요. 3/4이나 -0.25처럼 쓰고, 여러 개면 "
        "리스트로 쓰세요.",
    ),
    "choice": Text(
        "`{name}` is {got}. Choose one of these, in quotes: {choices}.",
        "`{name}`이(가) {got}예요. 이 가운데 하나를 따옴표 안에 쓰세요: {choices}.",
    ),
    # verdicts
    "value": Text("{at} is {got}; it should be {wanted}", "{at}: {got} (옳은 값은 {wanted})"),
    "undecided": Text("UNDECIDED  {name}: {why}", "UNDECIDED  {name}: {why}"),
    "by_output": Text(
        "REFUTED  {name}: right if it is called with the output y of `{forward}`, but here it is "
        "called with the input.",
        "REFUTED  {name}: `{forward}`의 출력 y를 받는다면 맞지만, 여기서는 입력을 받아요.",
    ),
    "by_input": Text(
        "REFUTED  {name}: right if it is called with the input of `{forward}`, but here it is "
        "called with the output y.",
        "REFUTED  {name}: `{forward}`의 입력을 받는다면 맞지만, 여기서는 출력 y를 받아요.",
    ),
    "not_returned": Text(
        "`{name}` does not return {lacking}. What it returns else is right.",
        "`{name}`이(가) {lacking}을(를) 돌려주지 않아요. 나머지는 맞아요.",
    ),
    "order": Text(
        "`{name}` is to return {order}, in this order. The gradients themselves are right.",
        "`{name}`은(는) {order}의 순서로 돌려줘야 해요. 기울기 자체는 맞아요.",
    ),
    "unexplained": Text(
        "No single change of your lines was found that explains it.",
        "한 군데를 고쳐서 설명되는 실수는 찾지 못했어요.",
    ),
    "not_seen": Text(
        "it held at every input that was tried, but those show too little of it",
        "계산해 본 입력에서는 모두 맞았지만, 그것만으로는 알 수 없어요",
    ),
    "exact": Text("Exact: {values}", "정확해요: {values}"),
    "number_right": Text("  {name} = {got}: right", "  {name} = {got}: 맞아요"),
    "number_wrong": Text("  {name} = {got}: not right", "  {name} = {got}: 아니에요"),
    "number_shape": Text(
        "`{name}` has another shape: {shape}.", "`{name}`의 모양이 달라요. 옳은 모양: {shape}."
    ),
    "one": Text("one number", "수 하나"),
    "first_wrong": Text(
        "Start with `{name}`: what comes before it in the list is right.",
        "`{name}`부터 다시 보세요. 목록에서 그 앞의 것은 맞아요.",
    ),
    "found": Text("Line {label} it is.", "{label}번 줄이 맞아요."),
    "other_kind": Text(
        "Line {label} it can be, but then the slip is of another kind than `{kind}` ({means}).",
        "{label}번 줄일 수 있어요. 하지만 그렇다면 `{kind}`({means})와는 다른 종류의 실수예요.",
    ),
    "other_line": Text(
        "Line {label} can stay as it is: another line, mended alone, makes the gradient right.",
        "{label}번 줄은 그대로 둬도 돼요. 다른 줄 하나만 고치면 기울기가 맞아요.",
    ),
    "kind_right": Text(
        "There is a slip of the kind `{kind}`, though.", "그래도 `{kind}` 종류의 실수는 있어요."
    ),
    "no_slip": Text(
        "The slip was not found by gradproof itself, so the answer cannot be judged.",
        "gradproof도 실수를 찾지 못해서 답을 판정할 수 없어요.",
    ),
    "raised": Text("Line {line} stopped: {why}", "{line}행에서 멈췄어요: {why}"),
    "stopped": Text(
        "It was not run to its end: {why}", "끝까지 실행하지 못했어요: {why}"
    ),
    # the command
    "started": Text(
        "{count} exercises are in {folder}. Begin with\n\n    cd {folder}\n"
        "    gradproof learn watch\n\n"
        "and open {first} in your editor. Each file says what to do; every time you save, "
        "`watch` says what came of it. Ctrl-C ends it, and it goes on where you were.",
        "연습 {count}개를 {folder}에 썼어요. 이렇게 시작하세요.\n\n    cd {folder}\n"
        "    gradproof learn watch\n\n"
        "그리고 {first}을(를) 편집기로 여세요. 할 일은 파일마다 적혀 있고, 저장할 때마다 `watch`가 "
        "결과를 알려 줘요. Ctrl-C로 끝내면 다음에 하던 곳부터 이어져요.",
    ),
    "kept": Text(
        "{folder} has exercises already: what you wrote stays. New: {count}.",
        "{folder}에 이미 연습이 있어요. 쓰던 것은 그대로예요. 새로 쓴 것: {count}개.",
    ),
    "not_empty": Text(
        "{folder} has other files in it, and no exercises. Name an empty or a new folder.",
        "{folder}에 다른 파일이 있고 연습은 없어요. 비어 있거나 새로운 폴더를 지정하세요.",
    ),
    "no_folder": Text(
        "there are no exercises in {folder}. `gradproof learn start DIR` writes them, "
        "`cd DIR` goes there.",
        "{folder}에 연습이 없어요. `gradproof learn start DIR`로 쓰고 `cd DIR`로 들어가세요.",
    ),
    "unknown": Text(
        "no exercise is called {name}{near}. `gradproof learn list` shows them all.",
        "{name}(이)라는 연습이 없어요{near}. `gradproof learn list`로 모두 볼 수 있어요.",
    ),
    "near": Text("; did you mean {name}?", "({name}?)"),
    "missing": Text(
        "{file} is not there. `gradproof learn reset {name}` writes it again.",
        "{file}이(가) 없어요. `gradproof learn reset {name}`으로 다시 쓸 수 있어요.",
    ),
    "watching": Text(
        "Now: {file} ({at} of {count}), {title}. Edit and save it; Ctrl-C ends.",
        "지금: {file} ({count}개 중 {at}번째), {title}. 고치고 저장하세요. Ctrl-C로 끝내요.",
    ),
    "passed": Text("Right: {name}, {title}", "맞았어요: {name}, {title}"),
    "wrong": Text("Not yet: {name}, {title}", "아직이에요: {name}, {title}"),
    "open": Text("To do: {name}, {title}", "할 일: {name}, {title}"),
    "not_decided": Text("Not decided: {name}, {title}", "판정하지 못했어요: {name}, {title}"),
    "more": Text(
        "Stuck? `gradproof learn hint` helps a little, and more when asked again.",
        "막혔나요? `gradproof learn hint`가 조금씩 도와줘요. 다시 부르면 더 알려 줘요.",
    ),
    "next": Text("Next: {file}, {title}", "다음: {file}, {title}"),
    "all_done": Text(
        "That was the last one: all {count} exercises are done. Well done!",
        "마지막 연습이었어요. {count}개를 모두 마쳤어요. 수고했어요!",
    ),
    "hint": Text("Hint {level} of 3: {hint}", "힌트 {level}/3: {hint}"),
    "hints_end": Text(
        "That was the last hint. `gradproof learn solution` shows a solution.",
        "마지막 힌트예요. `gradproof learn solution`으로 풀이를 볼 수 있어요.",
    ),
    "folded": Text(
        "A solution of {name} is there. Try once more without it; ask again to see it.",
        "{name}의 풀이가 있어요. 한 번 더 해 보고, 그래도 보고 싶으면 다시 부르세요.",
    ),
    "solution": Text(
        "A solution of {name}. Others are as right: what counts is what they compute.",
        "{name}의 풀이예요. 다르게 써도 같은 것을 계산하면 맞아요.",
    ),
    "reset": Text(
        "{file} is as it was at first; what you had is in {kept}.",
        "{file}을(를) 처음대로 돌려놓았어요. 쓰던 것은 {kept}에 있어요.",
    ),
    "reset_new": Text("{file} is written again.", "{file}을(를) 다시 썼어요."),
    "done_of": Text("{done} of {count} done.", "{count}개 중 {done}개를 마쳤어요."),
    "cannot": Text("{path}: {why}", "{path}: {why}"),
}  # fmt: skip


def words(name: str, language: str, /, **values: object) -> str:
    """A sentence with its values in it."""
    form = WORDS[name]
    return Text(form.en.format(**values), form.ko.format(**values)).within(language)


__all__ = ["WORDS", "words"]
