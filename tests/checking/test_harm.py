"""What a file under check cannot do to the rest of the system, where Linux keeps it apart.

Each file attempts something and raises what came of it, so that it stands in the report.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.sandbox.linux_namespaces import ALL
from gradproof.checking.sandbox.seccomp import program
from tests.checking.commands import RIGHT, check

pytestmark = [
    pytest.mark.usefixtures("unexplained"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone"),
    pytest.mark.sampled(2, of="file"),
]

ATTEMPTS = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
done = []
def attempt(name, action):
    try:
        result = action()
        done.append(name + (" failed" if result == -1 else " worked"))
    except Exception as error:
        done.append(name + " failed")
{attempts}
def said_forward(x):
    x = 2 * x
    raise ValueError("; ".join(done))
def said_backward(dout, cache):
    return dout
"""


def attempted(folder, attempts):
    """What came of attempts, which all are made in one file beside a right pair."""
    lines = "\n".join(f"attempt({name!r}, lambda: {action})" for name, action in attempts.items())
    path = folder / "checked_file.py"
    path.write_text(RIGHT + ATTEMPTS.format(attempts=lines))
    report = check_file(path, Options(seconds=60.0))
    assert [g.holds for g in report.gradients] == [True], report
    (said,) = report.unmatched
    return report, said.reason


def need(report, *kinds):
    """Skip, and say why, where the kernel does not offer what a test is about."""
    missing = [kind for kind in kinds if kind not in (report.isolation or ())]
    if missing:
        pytest.skip(f"the kernel offers no isolation by {', '.join(missing)}")


def test_modes_owners_times_and_attributes_stay(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("x")
    victim.chmod(0o644)
    before = victim.stat()
    path, raw = str(victim), os.fsencode(victim)
    held = f"os.open({path!r}, os.O_RDONLY)"
    report, said = attempted(tmp_path, {
        "libc.chmod": f"libc.chmod({raw!r}, 0o600)",
        "fchmod": f"os.fchmod({held}, 0o601)",
        "chown": f"os.chown({path!r}, 12345, 12345)",
        "fchown": f"os.fchown({held}, 12345, 12345)",
        "setxattr": f"os.setxattr({path!r}, 'user.x', b'1')",
        "utime of a descriptor": f"os.utime({held}, (0, 0))",
        "libc.utimes": f"libc.utimes({raw!r}, None)",
        "fchmodat2": f"libc.syscall(452, -100, {raw!r}, 0o600, 0)",
        "through /proc": f"libc.chmod(b'/proc/self/root' + {raw!r}, 0o600)",
        "file attributes": f"__import__('fcntl').ioctl({held}, 0x40086602, b'\\x10' + bytes(7))",
    })  # fmt: skip
    need(report, "seccomp")
    assert "worked" not in said, said
    after = victim.stat()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (
        before.st_mode, before.st_uid, before.st_mtime_ns,
    )  # fmt: skip


def test_nothing_goes_out(tmp_path):
    tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    unix = socket.socket(socket.AF_UNIX)
    place = str(tmp_path / "s")
    unix.bind(place)
    unix.listen()
    where, there = tcp.getsockname(), udp.getsockname()
    try:
        report, said = attempted(tmp_path, {
            "tcp": f"socket.create_connection({where!r}, 2)",
            "mptcp": f"socket.socket(2, 1, 262).connect({where!r})",
            "udp": f"socket.socket(2, 2).sendto(b'x', {there!r})",
            "unix": f"socket.socket(1).connect({place!r})",
            "netlink": "socket.socket(16, 3, 0)",
            "vsock": "socket.socket(40, 1)",
            "raw": "socket.socket(2, 3, 1)",
            "io_uring": "libc.syscall(425, 8, ctypes.create_string_buffer(120))",
        })  # fmt: skip
    finally:
        for each in (tcp, udp, unix):
            each.close()
    need(report, "seccomp")
    assert "worked" not in said, said


def test_other_processes_are_left_alone(tmp_path):
    report, said = attempted(tmp_path, {
        "prlimit": "__import__('resource').prlimit(os.getppid(), 7, (0, 0))",
        "prlimit of 1": "__import__('resource').prlimit(1, 7, (0, 0))",
        "priority": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "priority of all": "os.setpriority(os.PRIO_USER, os.getuid(), 19)",
        "cores": "os.sched_setaffinity(os.getppid(), {0})",
        "idle": "os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))",
        "signals": "os.kill(os.getppid(), 15)" if os.getppid() != 1 else "-1",
        "ptrace": "libc.ptrace(16, os.getppid(), 0, 0)",
        "memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
        "environment": "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
        "attach": "libc.process_vm_readv(os.getppid(), None, 0, None, 0, 0)",
    })  # fmt: skip
    need(report, "seccomp", "pid", "landlock")
    assert "worked" not in said, said


def test_no_memory_outlives_it(tmp_path):
    report, said = attempted(tmp_path, {
        "shared memory": "libc.shmget(0x5EED1, 2**20, 0o1600)",
        "semaphores": "libc.semget(0x5EED1, 1, 0o1600)",
        "queue": "libc.msgget(0x5EED1, 0o1600)",
        "posix queue": "libc.mq_open(b'/seed', 0o102, 0o600, None)",
        "posix memory": "libc.shm_open(b'/seed', 0o102, 0o600)",
        "anonymous file": "os.memfd_create('seed')",
    })  # fmt: skip
    need(report, "seccomp", "landlock")
    assert "worked" not in said, said
    assert "5eed1" not in Path("/proc/sysvipc/shm").read_text()


def test_the_disk_has_an_end(tmp_path):
    """Files that are no larger than they may be, but many; and nothing of them stays."""
    text = (
        RIGHT
        + """
def fill():
    for k in range(200):
        with open(f"f{k}", "wb") as file:
            for _ in range(16):
                file.write(bytes(2**20))
try:
    fill()
except OSError as error:
    reason = f"full: {error.errno}"
def said_forward(x):
    x = 2 * x
    raise ValueError(reason)
def said_backward(dout, cache):
    return dout
"""
    )
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    report = check_file(path, Options(seconds=120.0))
    need(report, "mount")
    assert "full: 28" in report.unmatched[0].reason
    assert all(g.holds for g in report.gradients)


SURVIVORS = {
    "new session": "subprocess.Popen(SLEEP, env={}, start_new_session=True, **NOTHING)",
    "orphan": "os.fork() or (os.setsid(), os.fork() or os.execve(SLEEP[0], SLEEP, {}), "
              "os._exit(0))",
    "thread": "threading.Thread(target=subprocess.run, args=(SLEEP,), kwargs=dict(env={}, "
              "start_new_session=True), daemon=True).start()",
    "deaf": "subprocess.Popen(['/bin/sh', '-c', 'trap \"\" 1 2 15; sleep 47.25; sleep 47.25'], "
            "env={}, start_new_session=True, **NOTHING)",
}  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("way", SURVIVORS)
def test_no_process_survives(tmp_path, way):
    length = {"new session": 47.21, "orphan": 47.22, "thread": 47.23, "deaf": 47.25}[way]
    text = RIGHT + (
        "import os, shutil, subprocess, threading\n"
        f"SLEEP = [shutil.which('sleep'), '{length}']\n"
        "NOTHING = dict(stdin=-3, stdout=-3, stderr=-3)\n"
    ) + SURVIVORS[way] + "\n"  # fmt: skip
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    report = check_file(path, Options(seconds=60.0))
    assert [g.holds for g in report.gradients] == [True]
    until = time.monotonic() + 3
    while (left := sleeping(length)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left


def sleeping(length):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(length).encode() in entry.read_bytes() and entry.parent.name != str(os.getpid()):
                found.append(entry.parent.name)
        except OSError:
            continue
    return found


def elsewhere(tmp_path, monkeypatch, lines):
    """Another system: the lines are run by every Python that is started from now on."""
    (tmp_path / "sitecustomize.py").write_text(lines)
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{root}")


def test_root_in_a_container_makes_a_user_of_its_own(tmp_path, monkeypatch):
    lines = "import gradproof.checking.sandbox.linux_namespaces as n\nn._is_root = lambda: False\n"
    elsewhere(tmp_path, monkeypatch, lines)
    report, said = attempted(tmp_path, {
        "chown": f"os.chown({str(tmp_path)!r}, 12345, 12345)",
        "mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "processes outside": "os.kill(2**15, 0)",
    })  # fmt: skip
    need(report, "pid")
    assert "worked" not in said, said


def test_nothing_survives_without_namespaces_either(tmp_path, monkeypatch):
    """Where the kernel allows none, the process that waits adopts what is left, and ends it."""
    lines = "import gradproof.checking.sandbox.linux_namespaces as n\nn.unshare = lambda: ()\n"
    elsewhere(tmp_path, monkeypatch, lines)
    folder = tmp_path / "work"
    folder.mkdir()
    path = folder / "checked_file.py"
    path.write_text(RIGHT + (
        "import os, shutil, subprocess\n"
        "for k in range(3):\n"
        "    subprocess.Popen([shutil.which('sleep'), '47.31'], env={}, start_new_session=True,\n"
        "                     stdin=-3, stdout=-3, stderr=-3)\n"
    ))  # fmt: skip
    report = check_file(path, Options(seconds=60.0))
    assert [g.holds for g in report.gradients] == [True]
    assert "pid" not in report.isolation
    until = time.monotonic() + 3
    while sleeping(47.31) and time.monotonic() < until:
        time.sleep(0.05)
    assert not sleeping(47.31)


def test_the_environment_that_goes_in_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "hunter2")
    path = tmp_path / "checked_file.py"
    path.write_text(
        RIGHT
        + "import os\ndef said_forward(x):\n    x = 2 * x\n    raise ValueError(dict(os.environ))\n"
        "def said_backward(dout, cache):\n    return dout\n"
        "def proc_forward(x):\n    x = 2 * x\n"
        "    raise ValueError([open(f'/proc/{p}/environ').read()\n"
        "                      for p in os.listdir('/proc') if p.isdigit()])\n"
        "def proc_backward(dout, cache):\n    return dout\n"
    )
    done = check(tmp_path, path, "--json", "--no-prove", MY_TOKEN="hunter2")
    assert "hunter2" not in done.stdout + done.stderr
    assert "MY_TOKEN" not in done.stdout
    assert "square_backward" in done.stdout


def test_keys_in_the_home_are_not_there(tmp_path):
    home = Path(os.path.expanduser(f"~{_user()}"))
    secrets = [home / name for name in (".ssh", ".aws", ".docker", ".netrc", ".gnupg", ".kube")]
    there = [path for path in secrets if path.exists()]
    if not there:
        pytest.skip("this user has no keys that could be hidden")
    attempts = {
        path.name: f"len(os.listdir({str(path)!r})) or -1" if path.is_dir()
        else f"len(open({str(path)!r}).read()) or -1"
        for path in there
    }  # fmt: skip
    report, said = attempted(tmp_path, attempts)
    need(report, "mount")
    assert "worked" not in said, said


def _user():
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def test_what_honest_files_do_still_works(tmp_path):
    _, said = attempted(tmp_path, {
        "child": "__import__('subprocess').run(['true'], check=True)",
        "thread": "__import__('threading').Thread(target=int).start()",
        "own limits": "__import__('resource').setrlimit(7, (64, 64))",
        "own cores": "os.sched_setaffinity(0, os.sched_getaffinity(0))",
        "own priority": "os.nice(1)",
        "pair of sockets": "socket.socketpair()",
        "file": "np.save('a.npy', np.ones(3))",
        "reading": f"open({os.fspath(__file__)!r}).read()",
        "temporary file": "__import__('tempfile').NamedTemporaryFile().write(b'x')",
    })  # fmt: skip
    assert "failed" not in said, said


def test_isolation_that_is_asked_for_and_not_there(tmp_path, monkeypatch):
    path = tmp_path / "checked_file.py"
    path.write_text(RIGHT)
    elsewhere(tmp_path, monkeypatch, "import gradproof.checking.sandbox.seccomp as s\n"
              "def install(): raise OSError\ns.install = install\n")  # fmt: skip
    report = check_file(path, Options(require=True))
    assert report.gradients == []
    assert "seccomp" in report.errors[0].reason
    assert report.status == 2
    assert "seccomp" not in check_file(path, Options()).isolation


def test_isolation_that_is_asked_for_and_there(tmp_path):
    path = tmp_path / "checked_file.py"
    path.write_text(RIGHT)
    report = check_file(path, Options())
    need(report, *ALL)
    assert check_file(path, Options(require=True)).gradients[0].holds


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_one_that_a_kernel_takes(machine):
    code = program(machine)
    assert len(code) % 8 == 0
    assert 100 < len(code) // 8 < 4096  # BPF_MAXINSNS


def test_ordinary_users_are_kept_apart_as_well(tmp_path):
    if os.getuid() != 0:
        pytest.skip("the other tests do that here")
    work = Path("/tmp") / f"gradproof-test-{os.getpid()}"
    work.mkdir(mode=0o755)
    try:
        (work / "f.py").write_text(RIGHT)
        code = (
            "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "os.environ['HOME'] = os.environ['TMPDIR'] = sys.argv[1]\n"
            "from gradproof.checking.processes.isolate import *; from pathlib import Path\n"
            "r = check_file(Path(sys.argv[1], 'f.py'), Options())\n"
            "print([g.verdict for g in r.gradients], r.isolation, r.errors)"
        )
        os.chown(work, 65534, 65534)
        done = subprocess.run(
            [sys.executable, "-c", code, str(work)], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )  # fmt: skip
        if "ermission" in done.stderr or "No module named" in done.stderr:
            pytest.skip("another user cannot read this Python or these files")
        assert "['PROVED']" in done.stdout, done.stdout + done.stderr
        assert "landlock" in done.stdout
    finally:
        subprocess.run(["rm", "-rf", str(work)], check=False)
