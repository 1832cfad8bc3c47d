"""Become another program that ends when its parent ends, and that is not root where the program refuses root.

Run as `python -I -S shim.py PARENT SIGNAL OWNED... -- PROGRAM ...`: PARENT is the parent's process id, SIGNAL the
number sent when it ends (Linux; elsewhere nothing is sent), OWNED the folders that the program must own (none: stay
who we are).
A script of its own instead of a preexec_fn, which is not safe in a process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from pathlib import Path

NOBODY = 65_534
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT = 1, 8, 47
CLONE_NEWUSER = 0x1000_0000
CAP_VERSION_3 = 0x2008_0522
CAP_DAC_OVERRIDE = 1


def libc() -> ctypes.CDLL:
    """Return the C library that this interpreter already uses."""
    return ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, number: int) -> None:
    """Ask the kernel for signal `number` when the parent ends (prctl(2)), and end if that has happened already."""
    if sys.platform == "linux":
        libc().prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def enter_namespace() -> bool:
    """Become nobody in a user namespace in which our files are nobody's; false where the kernel refuses it."""
    user, group = os.geteuid(), os.getegid()
    if libc().unshare(CLONE_NEWUSER) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1", encoding="ascii")
    return True


def give(folders: list[str], owner: int) -> None:
    """Make `owner` own the folders and all in them, unless it does."""
    for folder in map(Path, folders):
        if folder.stat().st_uid != owner:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner, owner, follow_symlinks=False)


def become_nobody() -> None:
    """Change to the user nobody; on Linux the right to pass closed folders stays (capabilities(7))."""
    if sys.platform == "linux":
        libc().prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if sys.platform == "linux":
        keep_reach()


def keep_reach() -> None:
    """Let the program pass closed folders although it is not root: an ambient capability survives exec."""
    header, mask = (ctypes.c_uint32 * 2)(CAP_VERSION_3, 0), 1 << CAP_DAC_OVERRIDE
    if libc().capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)) == 0:
        libc().prctl(PR_CAP_AMBIENT, 2, CAP_DAC_OVERRIDE, 0, 0)


def drop_root(owned: list[str]) -> None:
    """Stop being root by a user namespace, or by nobody where containers forbid namespaces."""
    namespace = "INSIGHTBOARD_NO_NAMESPACE" not in os.environ and sys.platform == "linux"
    probe = os.fork() if namespace else 0
    if namespace and probe == 0:
        os._exit(0 if enter_namespace() else 1)
    if namespace and os.waitpid(probe, 0)[1] == 0:
        give(owned, 0)
        enter_namespace()
    else:
        give(owned, NOBODY)
        become_nobody()


def has_name() -> bool:
    """Say whether the system knows our user by name: Postgres asks, and a container's arbitrary user has none."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def main(arguments: list[str]) -> None:
    """Do what the module says, then exec the program."""
    cut = arguments.index("--")
    parent, number, *owned = arguments[:cut]
    os.umask(0o077)
    if owned and os.geteuid() == 0:
        drop_root(owned)
    elif owned and sys.platform == "linux" and not has_name():
        enter_namespace()
    die_with(int(parent), int(number))
    os.execv(arguments[cut + 1], arguments[cut + 1 :])  # noqa: S606 - becoming the program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
