"""The words of the command line, in each language."""

from __future__ import annotations

from gradproof.text import Text

WORDS = {
    "description": Text(
        "Proves hand-written NumPy gradients right, or says what is wrong.",
        "손으로 쓴 NumPy 기울기가 옳은지 증명하고, 틀렸다면 무엇이 틀렸는지 알려 줘요.",
    ),
    "learn_more": Text(
        "gradproof check --help lists the options of the check.",
        "검사의 옵션은 gradproof check --help가 보여 줘요.",
    ),
    "check": Text(
        "find and judge the gradients of Python files", "Python 파일의 기울기를 찾아 판정해요"
    ),
    "check_long": Text(
        "Find the forward/backward pairs in files, folders or modules and judge each gradient. "
        "The files are not changed, and run in processes of their own.",
        "파일, 폴더, 모듈에서 순전파와 역전파의 쌍을 찾아 기울기마다 판정해요. 파일은 고치지 "
        "않고, 별도의 프로세스에서 실행해요.",
    ),
    "paths": Text("a file, a notebook, a folder or a module", "파일, 노트북, 폴더 또는 모듈"),
    "epilog": Text(
        "exit status: 0 every gradient is PROVED or CHECKED; 1 one is REFUTED; 2 usage, or a file "
        "cannot be examined; 3 something is UNDECIDED or unmatched and nothing is refuted",
        "종료 상태: 0 모든 기울기가 PROVED 또는 CHECKED; 1 REFUTED가 있음; 2 잘못된 사용법이거나 "
        "검사할 수 없는 파일이 있음; 3 REFUTED는 없지만 UNDECIDED이거나 짝을 찾지 못한 것이 있음",
    ),
    "json": Text("the same as --format json", "--format json과 같아요"),
    "config": Text(
        "read options from this file rather than from the nearest gradproof.toml or pyproject.toml",
        "가장 가까운 gradproof.toml이나 pyproject.toml 대신 이 파일에서 옵션을 읽어요",
    ),
    "passed_over": Text(
        "{path} belongs to what is checked, so it is not read; --config has it read",
        "{path}: 검사하는 대상에 속한 설정이라 읽지 않아요. 읽게 하려면 --config로 지정하세요",
    ),
    "not_isolated": Text(
        "not isolated here by: {missing}; in force: {held} (docs/isolation.md)",
        "이 시스템에서 쓸 수 없는 격리: {missing}, 쓰고 있는 격리: {held}(docs/isolation.ko.md)",
    ),
    "options_from": Text("options from {path}", "{path}의 옵션을 따랐어요"),
    "wrong": Text("{backward} is wrong for {of}", "{backward}: {of}에 대한 기울기가 틀렸어요"),
    "differs": Text(
        "{at} is {got}, but the derivative is {wanted}", "{at}: {got} (옳은 도함수는 {wanted})"
    ),
    "same_slip": Text("line {line}: the same slip as above", "{line}행: 위와 같은 실수 때문이에요"),
    "zeros": Text("{name} = zeros of shape {shape}", "{name} = 모양이 {shape}인 0"),
    "by_output": Text(" by its output", " (출력으로 계산)"),
    "seconds": Text("{seconds:.1f} s", "{seconds:.1f}초"),
    "error_of": Text("error {error:.0e}, bound {bound:.0e}", "오차 {error:.0e}, 한계 {bound:.0e}"),
    "gradients": Text("{count} gradients", "기울기 {count}개"),
    "gradient": Text("{count} gradient", "기울기 {count}개"),
    "unmatched": Text("{count} unmatched", "짝을 찾지 못한 것 {count}개"),
    "without": Text("files without pairs: {count}", "쌍이 없는 파일 {count}개"),
    "not_examined": Text("{count} not examined", "검사하지 못한 것 {count}개"),
    "file": Text("file", "파일"),
    "bar": Text("checking", "검사 중"),
    "method": Text("method", "방법"),
    "scope_column": Text("scope", "범위"),
    "figure": Text("figure", "수치"),
    "reason": Text("reason", "이유"),
    "resume_configured": Text(
        "resume stands in the configuration; give --resume FILE on the command line, so that it is "
        "you who says which file to believe",
        "설정 파일에 resume이 있어요. 어느 파일을 믿을지는 명령에서 --resume FILE로 알려 주세요",
    ),
    "resume_inside": Text(
        "--resume {path}: this file would be believed, and lies in a folder that is checked; "
        "name one elsewhere",
        "--resume {path}: 이 파일의 내용은 믿게 되는데, 검사하는 폴더 안에 있어요. "
        "다른 곳의 파일을 쓰세요",
    ),
    "cannot_write": Text(
        "{option} {path}: cannot write there: {why}", "{option} {path}: 쓸 수 없어요: {why}"
    ),
    "no_change": Text("no change of the file is known", "고칠 곳을 파일에서 찾지 못했어요"),
    "elsewhere": Text(
        "its change is not in this file, but in {file}",
        "고칠 곳이 이 파일이 아니라 {file}에 있어요",
    ),
    "same_place": Text(
        "its change is in the same place as another one; check again after that",
        "고칠 곳이 다른 수정과 겹쳐요. 먼저 그것을 고치고 다시 검사하세요",
    ),
    "copied": Text(
        "{copy}: {file} with {count} changes; {file} itself is as it was",
        "{copy}: {file}에서 {count}곳을 고친 복사본이에요. {file}은(는) 그대로 두었어요",
    ),
    "copied_one": Text(
        "{copy}: {file} with {count} change; {file} itself is as it was",
        "{copy}: {file}에서 {count}곳을 고친 복사본이에요. {file}은(는) 그대로 두었어요",
    ),
    "not_over": Text(
        "{copy} is there already, and is not written over: move it away and run this again",
        "{copy}이(가) 이미 있어서 덮어쓰지 않았어요. 옮긴 다음 다시 실행하세요",
    ),
    "cannot_copy": Text("{copy}: cannot write there: {why}", "{copy}: 쓸 수 없어요: {why}"),
    "only_text": Text(
        "{option}: only with --format text, not {format}",
        "{option}: --format text에서만 쓸 수 있어요. 지금은 {format}이에요",
    ),
    "steps": Text("step by step:", "단계별로 보면:"),
    "no_steps": Text(
        "step by step: none has a name that says of what it is the gradient (dvar of var)",
        "단계별로 보면: 무엇의 기울기인지 이름으로 알 수 있는 단계가 없어요(var의 dvar처럼)",
    ),
    "hint_line": Text("hint: look at line {line}", "힌트: {line}행을 보세요"),
    "hint_no_line": Text(
        "hint: in which line it is was not found", "힌트: 어느 줄인지는 찾지 못했어요"
    ),
    "hint_kind": Text("hint: {kind}", "힌트: {kind}"),
    "hint_term": Text("hint: it is about `{term}`", "힌트: `{term}`을(를) 살펴보세요"),
    "hint_no_term": Text("hint: no single term explains it", "힌트: 항 하나로 설명되지는 않아요"),
    "next_mend": Text(
        "Next: mend {place}, then check again", "다음: {place}부터 고치고 다시 검사하세요"
    ),
    "next_damage": Text(
        "Next: work on a copy in {place}, as --strict asks; then check again",
        "다음: --strict에 따라 {place}에서 복사본을 쓰도록 고치고 다시 검사하세요",
    ),
    "known": Text(
        "{files}: as judged before, nothing has changed since (--fresh judges anew)",
        "{files}: 그 뒤로 바뀐 것이 없어 앞서 판정한 결과예요(다시 판정하려면 --fresh)",
    ),
    "next_error": Text(
        "Next: see what keeps a file from running (ERROR)",
        "다음: 파일이 실행되지 않는 이유(ERROR)를 보세요",
    ),
    "next_pair": Text(
        "Next: say what belongs together: gradproof.pair(forward, backward) in the file, or a "
        "table [[pair]] in gradproof.toml",
        "다음: 짝을 알려 주세요. 파일에 gradproof.pair(forward, backward)를 쓰거나 "
        "gradproof.toml에 [[pair]] 표를 쓰면 돼요",
    ),
    "next_left": Text(
        "Next: read why something was not judged; it has not passed",
        "다음: 판정하지 못한 이유를 읽어 보세요. 통과한 것이 아니에요",
    ),
    "next_none": Text("Nothing to mend", "고칠 것이 없어요"),
    "did_you_mean": Text("did you mean {near}?", "{near} 아닌가요?"),
}


def word(name: str, language: str = "en", /, **values: object) -> str:
    """One of the words, filled in."""
    whole = WORDS[name]  # particles fit what is filled in
    return Text(whole.en.format(**values), whole.ko.format(**values)).within(language)
