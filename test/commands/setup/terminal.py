"""Runs a command in a pseudo-terminal: stdin is typed, what it shows goes to stdout, and its exit status is this one's."""
import os
import pty
import select
import sys

pid, far = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
sources = [0, far]
while True:
    ready, _, _ = select.select(sources, [], [])
    if far in ready:
        try:
            shown = os.read(far, 4096)
        except OSError:  # Linux: the command has ended
            shown = b""
        if not shown:
            break
        os.write(1, shown)
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(far, typed)
        else:
            sources.remove(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
