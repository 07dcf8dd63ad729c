"""Have a program run by the process of ``warm.py``, and end as it does.

It imports what Python has read by then, and one module more.
"""

import _socket
import os
import sys

address, *command = sys.argv[1:]
asked = _socket.socket(_socket.AF_UNIX)
asked.connect(address)
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
said = repr((command, os.getcwd(), dict(os.environ))).encode()  # noqa: PTH109 - pathlib is slow to read
sent = asked.sendmsg([said], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
asked.sendall(said[sent:])
asked.shutdown(_socket.SHUT_WR)
os._exit(asked.recv(1)[0])
