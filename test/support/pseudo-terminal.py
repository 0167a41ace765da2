"""A pseudo-terminal whose far end is on stdin and stdout.

First the terminal's path, a line. Then, for each chunk that a program wrote
to the terminal, its baud rate at that time (LE32), a length (LE16) and the
bytes. What comes in on stdin goes to the program; its end hangs up.
"""
import os
import pty
import select
import struct
import termios
import tty

CHUNK_BYTES = 4096
bauds = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}

# The near end stays open here, so that programs may come and go without a hang-up.
far, near = pty.openpty()
tty.setraw(near)
os.write(1, f"{os.ttyname(near)}\n".encode())
while True:
    ready, _, _ = select.select([0, far], [], [])
    if far in ready:
        chunk = os.read(far, CHUNK_BYTES)
        baud = bauds.get(termios.tcgetattr(far)[5], 0)
        os.write(1, struct.pack("<IH", baud, len(chunk)) + chunk)
    if 0 in ready:
        chunk = os.read(0, CHUNK_BYTES)
        if not chunk:
            break
        os.write(far, chunk)
