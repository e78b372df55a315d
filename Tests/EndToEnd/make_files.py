"""Makes a folder with all that a file system may hold: make_files.py DIR

The same bytes at every run. What the file system or our rights do not allow is left out and
named on standard output.
"""

import os
import random
import shutil
import socket
import subprocess
import sys

root = os.fsencode(sys.argv[1])
noise = random.Random(20260114)
os.umask(0o022)


def at(*names: bytes | str) -> bytes:
    return os.path.join(root, *(os.fsencode(name) for name in names))


def write(path: bytes, content: bytes):
    with open(path, "wb") as file:
        file.write(content)


def attempt(what: str, action):
    try:
        action()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"left out: {what}: {error}")


os.makedirs(root)
write(at("empty"), b"")
write(at("one-byte"), b"x")
write(at("text.md"), b"".join(b"line %d of some text\n" % number for number in range(20_000)))
write(at("noise.bin"), noise.randbytes(9_000_001))
write(at("weights.safetensors"), noise.randbytes(66 << 20))

# Small files, in folders whose names sort between a folder and its content.
for folder in ("small", "small-", "small.d", "small/a", "small/a-b", "small/a.b"):
    os.makedirs(at(folder), exist_ok=True)
for number in range(500):
    folder = ("small", "small-", "small.d", "small/a", "small/a-b", "small/a.b")[number % 6]
    write(at(folder, f"note-{number:04}.txt"), noise.randbytes(number % 700))
deep = at(*["deep"] * 40)
os.makedirs(deep)
write(os.path.join(deep, b"bottom"), b"here\n")

os.mkdir(at("names"))
for name in (
    b"new\nline", b"\nleading", b"tab\there", b"back\\slash", b"'quoted'", b'"double"', b"-rf",
    b" leading and trailing ", b"*", b"?[a-z]", b"$HOME", b"`id`", b"a;b&c|d", b"\xff\xfe not utf-8",
    b"caf\xe9", "caf\u00e9".encode(), "cafe\u0301".encode(), "\ud55c\uad6d\uc5b4".encode(),
    "\U0001f680".encode(), b"\x01\x7f", b"l" * 255, b"\xff" * 255, b"..dots", b"...",
    b"SHA256SUMS", b"file-walrus",
):
    write(at("names", name), b"named " + name)
os.mkdir(at("names", b"fold\ner \xff"))
write(at("names", b"fold\ner \xff", b"in\xffside"), b"inside")

os.mkdir(at("links"))
for name, target in (
    (b"relative", b"../text.md"), (b"dangling", b"nowhere"), (b"absolute", b"/etc/hostname"),
    (b"folder", b"../small"), (b"odd \xff", b"\xff\nodd target"), (b"up", b"../../../../../.."),
    (b"self", b"self"), (b"long", b"x" * 1000),
):
    os.symlink(target, at("links", name))

os.mkdir(at("hard"))
write(at("hard", "first"), noise.randbytes(300_000))
os.link(at("hard", "first"), at("hard", "second"))
os.link(at("hard", "first"), at("a third name"))
write(at("hard", "empty"), b"")
os.link(at("hard", "empty"), at("hard", "empty too"))

os.mkdir(at("sparse"))
with open(at("sparse", "islands"), "wb") as file:
    for position in (0, 10 << 20, (20 << 20) + 12_345):
        file.seek(position)
        file.write(noise.randbytes(5000))
    file.truncate(32 << 20)
with open(at("sparse", "all hole"), "wb") as file:
    file.truncate(5 << 20)
with open(at("sparse", "hole then end"), "wb") as file:
    file.seek((3 << 20) - 1)
    file.write(b"!")
write(at("sparse", "written zeros"), bytes(1 << 20))

os.mkdir(at("times"))
for name, nanoseconds in (
    ("now-ish", 1_768_355_400_123_456_789), ("before 1970", -1_500_000_001), ("zero", 0),
    ("after 2038", 2_500_000_000_999_999_999), ("one", 1),
):
    write(at("times", name), name.encode())
    os.utime(at("times", name), ns=(nanoseconds, nanoseconds))

os.mkdir(at("attributes"))
write(at("attributes", "file"), b"with attributes")
attempt("attributes", lambda: os.setxattr(at("attributes", "file"), "user.comment", b"a\0b\xff\n"))
attempt("empty attribute", lambda: os.setxattr(at("attributes", "file"), "user.empty", b""))
attempt("attribute of a folder", lambda: os.setxattr(at("attributes"), "user.folder", b"yes"))
attempt("large attribute", lambda: os.setxattr(at("attributes", "file"), "user.large", b"v" * 2000))
if shutil.which("setfacl"):
    write(at("attributes", "with acl"), b"acl")
    os.mkdir(at("attributes", "default acl"))
    attempt("ACL", lambda: subprocess.run(
        ["setfacl", "-m", "u:1234:rw,g:5678:r", at("attributes", "with acl")], check=True))
    attempt("default ACL", lambda: subprocess.run(
        ["setfacl", "-d", "-m", "u:1234:rwx", at("attributes", "default acl")], check=True))

os.mkfifo(at("pipe"))
here = os.getcwd()
os.chdir(root)
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind("socket")
os.chdir(here)

os.mkdir(at("modes"))
for mode in (0o400, 0o444, 0o600, 0o640, 0o755, 0o777, 0o1644, 0o2755, 0o4755, 0o6711):
    write(at("modes", f"{mode:04o}"), b"mode")
    os.chmod(at("modes", f"{mode:04o}"), mode)
for mode in (0o500, 0o555, 0o700, 0o1777, 0o2775):
    os.mkdir(at("modes", f"folder-{mode:04o}"))
    write(at("modes", f"folder-{mode:04o}", "inside"), b"inside")
    os.chmod(at("modes", f"folder-{mode:04o}"), mode)

if os.geteuid() == 0:
    write(at("modes", "0000"), b"for root only")
    os.chmod(at("modes", "0000"), 0)
    os.mkdir(at("owners"))
    for name, user, group in (("a", 1234, 5678), ("b", 0, 4_294_967_294), ("c", 65534, 65534)):
        write(at("owners", name), name.encode())
        os.chown(at("owners", name), user, group)
    os.symlink("a", at("owners", "link"))
    os.chown(at("owners", "link"), 1234, 5678, follow_symlinks=False)
    write(at("owners", "set-user-id"), b"program")
    os.chown(at("owners", "set-user-id"), 1234, 5678)
    os.chmod(at("owners", "set-user-id"), 0o6755)

# Folders last: their times change with every name in them.
for number, (folder, _, files) in enumerate(os.walk(root, topdown=False)):
    moment = 1_700_000_000_000_000_000 + number * 1_000_000_007
    os.utime(folder, ns=(moment, moment))
