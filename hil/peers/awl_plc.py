"""A soft PLC (awlsim) that runs an S7 statement list program, behind a Modbus TCP server (pyModbusTCP).

    python awl_plc.py PROGRAM.awl READ_START READ_COUNT WRITE_START WRITE_COUNT

Prints the port it took. Then it obeys its standard input, which is the terminal strip of the PLC and its
clock: every record is a number of cycles (u16) and the bytes 20 to 63 of the input image; the answer
is one byte of feeder outputs and one of beam outputs per cycle (QB 64 and QB 65). Ends with its input.
"""

import struct
import sys

from awlsim.common.sources import AwlSource
from awlsim.awlcompiler import AwlParser
from awlsim.core.main import AwlSim
from pyModbusTCP.server import ModbusServer

INPUTS_AT, INPUTS_END = 20, 64


def plc(path):
    with open(path, "rb") as file:
        source = AwlSource(name=path, filepath=path, sourceBytes=file.read())
    parser = AwlParser()
    parser.parseSource(source)
    sim = AwlSim()
    sim.load(parser.getParseTree())
    sim.build()
    sim.startup()
    return sim


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        sys.exit(0)
    return data


def main():
    read_start, read_count, write_start, write_count = map(int, sys.argv[2:6])
    sim = plc(sys.argv[1])
    server = ModbusServer("127.0.0.1", 0, no_block=True)
    server.start()
    bank = server.data_bank
    port = server._service.server_address[1]
    strip, answer = sys.stdin.buffer, sys.stdout.buffer
    answer.write(b"%d\n" % port)
    answer.flush()
    words_in, words_out = struct.Struct(">%dH" % write_count), struct.Struct(">%dH" % read_count)
    cpu = sim.cpu
    while True:
        (cycles,) = struct.unpack(">H", exactly(strip, 2))
        cpu.storeInputRange(INPUTS_AT, bytearray(exactly(strip, INPUTS_END - INPUTS_AT)))
        outputs = bytearray()
        for _ in range(cycles):
            command = bank.get_holding_registers(write_start, write_count)
            cpu.storeInputRange(0, bytearray(words_in.pack(*command)))
            sim.runCycle()
            outputs += cpu.fetchOutputRange(64, 2)
        image = cpu.fetchOutputRange(0, 2 * read_count)
        bank.set_holding_registers(read_start, list(words_out.unpack(bytes(image))))
        answer.write(outputs)
        answer.flush()


if __name__ == "__main__":
    main()
