"""Prints what services send to the datagram socket at the path given, as systemd receives it: sd_notify(3)."""
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True:
    message, descriptors, _, _ = socket.recv_fds(receiver, 4096, 8)
    for line in message.decode().split("\n"):
        print(line, flush=True)
    # systemd-notify waits until the descriptor of its barrier is closed
    for descriptor in descriptors:
        os.close(descriptor)
