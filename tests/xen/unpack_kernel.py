"""unpack_kernel.py BZIMAGE ELF: the ELF file inside a Linux bzImage, which Xen boots faster.

Where it is, and how it is compressed, are facts of the x86 boot protocol (2.08 and later).
"""
import struct
import subprocess
import sys

DECOMPRESSORS = {
    b"\x1f\x8b": ["gzip", "-dc"],
    b"\xfd7zXZ\0": ["xz", "-dc", "--single-stream"],
    b"\x28\xb5\x2f\xfd": ["zstd", "-dc"],
    b"\x02\x21\x4c\x18": ["lz4", "-dc"],
}


def main(source: str, target: str) -> None:
    image = open(source, "rb").read()
    if image[0x202:0x206] != b"HdrS":
        sys.exit(f"{source} is no bzImage")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (setup_sectors + 1) * 512 + offset
    payload = image[begin : begin + length]
    for magic, command in DECOMPRESSORS.items():
        if payload.startswith(magic):
            break
    else:
        sys.exit(f"{source}: compressed in a way that is not known ({payload[:6].hex()})")
    # The last four bytes are the size of what comes out; only gzip has that in its own format.
    if command[0] != "gzip":
        payload = payload[:-4]
    elf = subprocess.run(command, input=payload, stdout=subprocess.PIPE, check=False).stdout
    if not elf.startswith(b"\x7fELF"):
        sys.exit(f"{source}: what is inside is no ELF file")
    with open(target, "wb") as out:
        out.write(elf)


if __name__ == "__main__":
    main(*sys.argv[1:])
