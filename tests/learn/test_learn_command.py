"""``gradproof learn`` as a person uses it, and what it says of files that cannot be judged yet."""

import pytest

from gradproof.cli import main
from gradproof.commands import learn_command
from gradproof.learn import judging as judging_room
from gradproof.learn.exercise_text import ExerciseError, exercises, read
from gradproof.learn.learners_file import answered, written
from gradproof.learn.progress import FILE, Progress

RELU = next(each for each in exercises("en") if each.name.endswith("relu_mask"))
FIRST = exercises("en")[0]


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """A folder with the exercises, in which commands run."""
    monkeypatch.chdir(tmp_path)
    assert main(["learn", "start", "here"]) == 0
    monkeypatch.chdir(tmp_path / "here")
    capsys.readouterr()
    return tmp_path / "here"


@pytest.fixture
def here(judging, monkeypatch):
    """Commands judge in this process."""
    made = judging_room.Judging
    monkeypatch.setattr(judging_room, "Judging", lambda: made(judging.examine, judging.ask))


def _run(capsys, *arguments):
    status = main(["learn", *arguments])
    found = capsys.readouterr()
    return status, found.out + found.err


def test_start_writes_them_all_and_keeps_what_is_there(folder, capsys, monkeypatch):
    assert {f"{each.name}.py" for each in exercises("en")} | {FILE} == {
        each.name for each in folder.iterdir()
    }
    own = folder / f"{FIRST.name}.py"
    own.write_text("mine", "utf-8")
    monkeypatch.chdir(folder.parent)
    status, said = _run(capsys, "start", "here")
    assert status == 0
    assert "what you wrote stays" in said
    assert own.read_text("utf-8") == "mine"
    (folder / FILE).unlink()
    status, said = _run(capsys, "start", "here")
    assert status == 2
    assert "other files" in said


def test_a_right_answer_is_noted_and_the_next_one_named(folder, here, capsys):
    status, said = _run(capsys, "check")
    assert (status, "in line" in said) == (3, True)
    (folder / f"{FIRST.name}.py").write_text(answered(FIRST, FIRST.wrong[0][1]), "utf-8")
    status, said = _run(capsys, "check", "1")
    assert status == 1
    assert "REFUTED" in said
    assert "learn hint" in said
    (folder / f"{FIRST.name}.py").write_text(answered(FIRST, FIRST.solution), "utf-8")
    status, said = _run(capsys, "check")
    assert status == 0
    assert f"Next: {exercises('en')[1].name}.py" in said
    assert Progress.of(folder, "en").done(FIRST)
    status, said = _run(capsys, "list")
    assert f"[x] {FIRST.name}" in said
    assert f"[>] {exercises('en')[1].name}" in said


def test_hints_say_more_each_time(folder, capsys):
    said = [_run(capsys, "hint")[1] for _ in range(4)]
    for number, text in enumerate(said[:3]):
        assert FIRST.hints[number] in " ".join(text.split())
    assert said[3] == said[2]
    assert "solution" in said[2]


def test_a_solution_is_folded_until_asked_twice(folder, capsys):
    _, first = _run(capsys, "solution", RELU.name)
    assert RELU.solution not in first
    _, second = _run(capsys, "solution", RELU.name)
    assert RELU.solution in second


def test_reset_keeps_what_was_there(folder, capsys):
    path = folder / f"{RELU.name}.py"
    path.write_text("mine", "utf-8")
    status, said = _run(capsys, "reset", "relu_mask")
    assert status == 0
    assert path.read_text("utf-8") == written(RELU)
    assert (folder / f"{RELU.name}.before.txt").read_text("utf-8") == "mine"
    assert ".before.txt" in said


def test_the_language_of_the_folder_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["learn", "start", "ko", "--lang", "ko"]) == 0
    monkeypatch.chdir(tmp_path / "ko")
    capsys.readouterr()
    assert "마쳤어요" in _run(capsys, "list")[1]
    assert exercises("ko")[0].title in (tmp_path / "ko" / f"{FIRST.name}.py").read_text("utf-8")


def test_what_cannot_be_done_is_one_line(folder, capsys, monkeypatch):
    status, said = _run(capsys, "check", "relu_msk")
    assert (status, said.count("\n")) == (2, 1)
    assert "14_relu_mask" in said
    monkeypatch.chdir(folder.parent)
    status, said = _run(capsys, "list")
    assert (status, said.count("\n")) == (2, 1)
    assert "learn start" in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("return ____", "return dy * (x > 0"), "cannot read line"),
        (lambda text: text.replace("return ____", "return dy\n  x = 1"), "cannot read line"),
        (lambda text: text, "Still to fill in"),
        (lambda text: text.replace("np.maximum(x, 0)", "x").replace("____", "dy"), "`relu`"),
        (lambda text: text.replace("def relu(x)", "def other(x)").replace("____", "dy"), "`relu`"),
        (lambda text: text.replace("(dy, x):", "(x, dy):").replace("____", "dy"), "arguments"),
        (lambda text: "", "no longer in the file"),
        (lambda text: "\0", "cannot read line"),
    ],
)
def test_what_cannot_be_judged_yet_is_told_in_a_sentence(judging, change, told):
    found = judging.judge(RELU, change(written(RELU)))
    assert found.state == "open"
    assert told in " ".join(found.lines)
    assert "Traceback" not in " ".join(found.lines)


@pytest.mark.parametrize("code", ["undefined_name", "dy[99, 99, 99]", "dy.nothing", "1 / 0"])
def test_code_that_raises_passes_nothing_and_shows_no_traceback(judging, code):
    found = judging.judge(RELU, written(RELU).replace("____", code))
    assert found.state in ("undecided", "wrong")
    assert found.lines
    assert "Traceback" not in "\n".join(found.lines)


def test_a_function_that_sees_what_is_held_against_it_is_no_way_round(judging):
    """The truth stands behind the learner's lines: one of its name in them is not asked."""
    linear = next(each for each in exercises("en") if each.name == "03_linear")
    text = answered(linear, "def linear(X, w, w0):\n    return X @ w\n")
    text += "\n\ndef true_linear(X, w, w0):\n    return X @ w\n"
    assert judging.judge(linear, text).state == "wrong"


def test_watch_goes_on_to_the_next(folder, here, capsys, monkeypatch):
    """Each turn of the wait stands for a save; the last one ends it."""
    second = exercises("en")[1]
    saves = iter([(FIRST, FIRST.wrong[0][1]), (FIRST, FIRST.solution), (second, "def x(: pass")])

    def wait():
        exercise, code = next(saves, (None, ""))
        if exercise is None:
            raise KeyboardInterrupt
        text = code if ": pass" in code else answered(exercise, code)
        (folder / f"{exercise.name}.py").write_text(text, "utf-8")

    monkeypatch.setattr(learn_command, "pause", wait)
    with pytest.raises(KeyboardInterrupt):
        main(["learn", "watch"])
    said = capsys.readouterr().out
    assert said.index("Still to") < said.index("Not yet") < said.index("Right:")
    assert f"Now: {second.name}.py" in said
    assert "cannot read line 1" in said


def test_an_exercise_that_is_not_whole_is_refused():
    with pytest.raises(ExerciseError, match="no block"):
        read("99_mine", "en", '+++\ntitle = "a"\nkind = "fill"\nhints = ["", "", ""]\n+++\n')
    with pytest.raises(ExerciseError, match="TOML"):
        read("99_mine", "en", "+++\ntitle = \n+++\n")


@pytest.mark.campaign
def test_in_processes_of_their_own(folder, capsys):
    """As it runs for a learner, a file that ends its process included."""
    path = folder / f"{RELU.name}.py"
    path.write_text(answered(RELU, RELU.solution), "utf-8")
    assert _run(capsys, "check", RELU.name)[0] == 0
    path.write_text(written(RELU).replace("____", "__import__('os')._exit(0)"), "utf-8")
    assert _run(capsys, "check", RELU.name)[0] == 3
    kill = next(each for each in exercises("en") if each.name.startswith("47"))
    path = folder / f"{kill.name}.py"
    path.write_text(answered(kill, kill.solution), "utf-8")
    assert _run(capsys, "check", kill.name)[0] == 0
    path.write_text(written(kill).replace("return ____", "while True: pass"), "utf-8")
    status, said = _run(capsys, "check", kill.name)
    assert status == 3
    assert "Traceback" not in said


_SCALE = next(each for each in exercises("en") if each.name == "38_bn_dgamma")


@pytest.mark.parametrize(
    ("returned", "told"),
    [("dgamma", "does not return dbeta"), ("dbeta, dgamma", "in this order")],
)
def test_every_gradient_is_asked_for_and_in_its_order(judging, returned, told):
    text = answered(_SCALE, _SCALE.solution).replace("return dgamma, dbeta", f"return {returned}")
    found = judging.judge(_SCALE, text)
    assert found.state == "wrong"
    assert told in " ".join(found.lines)


def test_shapes_are_those_of_the_exercise(judging):
    """w @ X fits other shapes than those that the exercise speaks of."""
    linear = next(each for each in exercises("en") if each.name == "03_linear")
    found = judging.judge(linear, written(linear).replace("____", "w0 + w @ X"))
    assert found.state == "wrong"
    assert "Line 14 stopped" in found.lines[0]


def test_the_language_may_stand_before_the_action(folder, capsys):
    assert "마쳤어요" in _run(capsys, "--lang", "ko", "list")[1]
    assert "마쳤어요" in _run(capsys, "list", "--lang", "ko")[1]
    assert "done" in _run(capsys, "list")[1]
