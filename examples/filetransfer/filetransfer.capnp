@0x9328859e1bb3fddb;

interface FileService {
  # Takes files into one folder. What of a file has come is kept when its transfer is cut off, and the
  # next transfer of that name goes on from there.

  open @0 (name :Text, size :UInt64) -> (upload :Upload, have :UInt64);
  # Begins a transfer of `size` bytes that are to become the file `name`, or goes on with one, of which
  # `have` bytes are there. Nobody else can open the name as long as the result is held.
}

interface Upload {
  checksum @0 (bytes :UInt64) -> (sha256 :Data);
  # Of the first `bytes` of those that are there: is that how the file begins that is to be sent?

  discard @1 () -> ();
  # Forgets what is there; the next write is at 0.

  write @2 (offset :UInt64, data :Data) -> stream;
  # The next bytes; `offset` is where the last ended, which makes sure of that.

  finish @3 (sha256 :Data) -> ();
  # Reads back what was written; if it is of that checksum, and all there, it becomes the file, at one
  # moment, in place of any of that name.
}
