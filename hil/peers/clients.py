"""Independent clients against one server: each reads a block, writes a block, and reads it back.

    python clients.py pymodbus|pyModbusTCP PORT READ_START READ_COUNT WRITE_START WORD...

Prints one line of JSON: the registers read, the registers read back after the write, the exception codes of
a read behind the map and of a function that is not offered, and how many of 500 further reads failed.
"""

import json
import sys


class WithPymodbus:
    def __init__(self, port):
        from pymodbus.client import ModbusTcpClient

        self.client = ModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
        assert self.client.connect()

    def read(self, start, count):
        answer = self.client.read_holding_registers(start, count=count, device_id=1)
        return answer.exception_code if answer.isError() else answer.registers

    def write(self, start, words):
        assert not self.client.write_registers(start, words, device_id=1).isError()

    def coil(self):
        answer = self.client.read_coils(0, count=1, device_id=1)
        return answer.exception_code if answer.isError() else answer.bits


class WithPyModbusTcp:
    def __init__(self, port):
        from pyModbusTCP.client import ModbusClient

        self.client = ModbusClient("127.0.0.1", port=port, unit_id=1, timeout=2, auto_open=True)

    def read(self, start, count):
        return self.client.read_holding_registers(start, count) or self.client.last_except

    def write(self, start, words):
        assert self.client.write_multiple_registers(start, words)

    def coil(self):
        return self.client.read_coils(0, 1) or self.client.last_except


def main():
    which, port, start, count, write_start = sys.argv[1], *map(int, sys.argv[2:6])
    words = list(map(int, sys.argv[6:]))
    client = {"pymodbus": WithPymodbus, "pyModbusTCP": WithPyModbusTcp}[which](port)
    block = client.read(start, count)
    client.write(write_start, words)
    back = client.read(write_start, len(words))
    failed = sum(client.read(start, count) != block for _ in range(500))
    found = {"block": block, "back": back, "behind": client.read(1000, 1), "coil": client.coil(), "failed": failed}
    print(json.dumps(found))


main()
