@0xd51f8a3c0b6e2f97;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("v4v::bench");

interface Bench {
  nothing @0 () -> ();
  read @1 (bytes :UInt32) -> (blob :Data);
  write @2 (blob :Data) -> (bytes :UInt32);
  push @3 (chunk :Data) -> stream;
  pushed @4 () -> (bytes :UInt64);
}
