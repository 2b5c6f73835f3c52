"""What the processor does for one step of one cell, counted instruction by instruction under callgrind.

The difference between two runs of different length leaves the work alone: start-up cancels. The machine code
tells each instruction's kind, so nothing is counted by hand, and mathematics inside libraries is in it.
"""

import collections
import pathlib
import re
import shutil
import subprocess
import tempfile

FEW, MANY = 200, 1200
KINDS = (
    ("fused", r"vfn?m(add|sub)\w*[ps]d"),
    ("divisions", r"v?div[ps]d"),
    ("roots", r"v?sqrt[ps]d"),
    ("products", r"v?mul[ps]d"),
    ("sums", r"v?(add|sub)[ps]d"),
    ("moves", r"v?mov\w+|v?broadcast\w+|v?(un)?pck\w+|v?perm\w+|v?shuf\w+|v?(insert|extract)\w+|push|pop|mov"),
)
FLOATING = ("fused", "divisions", "roots", "products", "sums")


def kind(mnemonic):
    return next((name for name, pattern in KINDS if re.fullmatch(pattern, mnemonic)), "others")


def lanes(mnemonic, operands):
    """Numbers that one instruction works on."""
    if not mnemonic.endswith("pd"):
        return 1
    return 8 if "%zmm" in operands else 4 if "%ymm" in operands else 2


def executed(program, arguments):
    """How often each instruction ran: {(object, address): times}."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no", "--compress-strings=no"]
        command += [f"--callgrind-out-file={out}", program, *arguments]
        subprocess.run(command, check=True, capture_output=True)
        lines = out.read_text().splitlines()
    counts, place, inclusive = collections.Counter(), None, False
    for line in lines:
        if line.startswith("ob="):
            place = line[3:]
        elif line.startswith("calls="):
            # The next line is the cost of the callee, which stands under its own name as well.
            inclusive = True
        elif line.startswith("0x"):
            address, *_, times = line.split()
            if not inclusive:
                counts[place, int(address, 16)] += int(times)
            inclusive = False
    return counts


def machine_code(path):
    """{address: (mnemonic, operands)}."""
    listing = subprocess.run(
        ["objdump", "--disassemble", "--no-show-raw-insn", path], check=True, capture_output=True, text=True
    ).stdout
    found = re.finditer(
        r"^\s*([0-9a-f]+):\s+(?:(?:bnd|rep|repz|lock|notrack|data16|cs)\s+)*(\S+)\s*(.*)$", listing, re.M
    )
    return {int(match[1], 16): (match[2], match[3]) for match in found}


def per_step(program, name, cells):
    """Operations on numbers, and instructions, of one step of one cell; nothing where the tools are missing."""
    if not (shutil.which("valgrind") and shutil.which("objdump")):
        return None
    counts = executed(program, [name, str(MANY)])
    counts.subtract(executed(program, [name, str(FEW)]))
    codes, found = {}, collections.Counter()
    for (place, address), times in counts.items():
        if times <= 0:
            continue
        if place not in codes:
            codes[place] = machine_code(place)
        mnemonic, operands = codes[place].get(address, ("unknown", ""))
        group = kind(mnemonic)
        found["instructions"] += times
        found[f"{group} (instructions)"] += times
        if group in FLOATING:
            found[group] += times * lanes(mnemonic, operands)
    return {key: value / ((MANY - FEW) * cells) for key, value in sorted(found.items())}
