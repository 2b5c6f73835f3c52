"""A Modbus TCP server on pymodbus.

    python pymodbus_server.py BITS WORDS

Prints the port it took on loopback and serves until its standard input ends. Four tables: BITS coils and
inputs, WORDS holding and input registers, all zero at first.
"""

import asyncio
import sys

from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusTcpServer


def tables(bits, words):
    # pymodbus counts registers from 1 inside.
    def of(count, value):
        return ModbusSequentialDataBlock(1, [value] * count)

    return ModbusDeviceContext(di=of(bits, False), co=of(bits, False), hr=of(words, 0), ir=of(words, 0))


async def main():
    bits, words = map(int, sys.argv[1:3])
    context = ModbusServerContext(devices={1: tables(bits, words)}, single=False)
    server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    await server.listen()
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.shutdown()


asyncio.run(main())
