"""Fuzzes a Modbus TCP server with boofuzz for a bounded time.

    python fuzz.py PORT SECONDS FOLDER

A header with every field mutated, and the data of each function code. Every 50 cases an honest read must be
answered. Prints one line of JSON: how many cases were sent, and how many honest reads went unanswered.
"""

import json
import os
import socket
import struct
import sys
import time

PORT, SECONDS, FOLDER = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
os.chdir(FOLDER)  # boofuzz writes its database beside itself

from boofuzz import (  # noqa: E402
    Block, Byte, Bytes, Request, Session, Size, Target, TCPSocketConnection, Word,
)

HONEST = struct.pack(">HHHBBHH", 77, 0, 6, 1, 3, 1, 1)


def honest():
    """True when register 1 can be read."""
    try:
        with socket.create_connection(("127.0.0.1", PORT), timeout=2) as peer:
            peer.sendall(HONEST)
            reply = b""
            while len(reply) < 11:
                part = peer.recv(11 - len(reply))
                if not part:
                    return False
                reply += part
            return reply == struct.pack(">HHHBBBH", 77, 0, 5, 1, 3, 2, 501)
    except OSError:
        return False


def request(function, *fields):
    big = dict(endian=">")
    return Request(f"function-{function}", children=(
        Word("transaction", 1, **big),
        Word("protocol", 0, **big),
        Size("length", "pdu", length=2, inclusive=False, fuzzable=True, **big),
        Block("pdu", children=(Byte("unit", 1), Byte("function", function), *fields)),
    ))


def words(*names):
    return [Word(name, default, endian=">") for name, default in names]


class Enough(BaseException):
    """Ends a session; boofuzz takes an Exception for a fault of the target and goes on."""


class Watch:
    def __init__(self):
        self.cases, self.lost, self.end = 0, 0, time.monotonic() + SECONDS

    def after_case(self, target, fuzz_data_logger, session, *args, **kwargs):
        self.cases += 1
        if self.cases % 50 == 0:
            self.lost += not honest()
        if time.monotonic() > self.end:
            raise Enough


def main():
    watch = Watch()
    requests = [
        request(3, *words(("start", 0), ("count", 10))),
        request(6, *words(("start", 100), ("value", 1))),
        request(16, *words(("start", 100), ("count", 2)), Byte("bytes", 4), Bytes("data", b"\0\1\0\2")),
        request(22, *words(("start", 100), ("and", 0xFFFF), ("or", 0))),
        request(23, *words(("start", 0), ("count", 1), ("to", 100), ("put", 1)),
                Byte("bytes", 2), Bytes("data", b"\0\1")),
        request(43, Bytes("data", b"\x0e\1\0")),
    ]
    # In turns, so that a short run has seen every function.
    share = SECONDS / len(requests)
    for index, shape in enumerate(requests):
        watch.end = time.monotonic() + share
        target = Target(connection=TCPSocketConnection("127.0.0.1", PORT, recv_timeout=0.02))
        session = Session(
            target=target,
            fuzz_loggers=[], post_test_case_callbacks=[watch.after_case], receive_data_after_fuzz=True,
            ignore_connection_reset=True, ignore_connection_aborted=True, web_port=None,
            keep_web_open=False, db_filename=f"fuzz-{index}.db", sleep_time=0.0,
        )
        session.connect(shape)
        try:
            session.fuzz(max_depth=2)
        except Enough:
            pass
        finally:
            target.close()  # else each session keeps one of the server's places
    print(json.dumps({"cases": watch.cases, "lost": watch.lost + (not honest())}))


main()
