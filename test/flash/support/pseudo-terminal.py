"""Connects the far end of a pseudo-terminal to stdin and stdout.

stdout starts with a line with the terminal's path. For each chunk that a
program writes to the terminal, its baud rate at that time (LE32), a length
(LE16) and the bytes follow. stdin is sent to the program; at its end, the
terminal hangs up.
"""
import os
import pty
import select
import struct
import termios
import tty

CHUNK_BYTES = 4096
bauds = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}

# The near end stays open, so that programs can close and reopen it without a hang-up.
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
