@0xd9c03c7f2f1b4e65;

interface ReadOnlyStore {
  # Values under keys; both are any bytes. Who has no more than this cannot change them: there is
  # nothing to call.

  entry @0 (key :Data) -> (entry :Entry);
  # What is at a key. Calls on the result may be sent before the result is there.

  size @1 () -> (entries :UInt64, bytes :UInt64);
  # The number of keys, and the sum of the lengths of their values.

  follow @2 (key :Data, follower :Follower) -> (following :Following);
  # From now on tells `follower` what the key is set to, in order, until the result is dropped. One
  # that is slower than those who set it misses some values, but never the last.
}

interface Store extends(ReadOnlyStore) {
  # The same store, for those who may write.

  put @0 (key :Data, value :Data) -> stream;
  # Sets a key. A streaming call: callers send on without waiting for answers, as fast as the store
  # takes them.
}

interface Entry {
  get @0 () -> (value :Data);
  # Fails when the key has never been set.
}

interface Follower {
  changed @0 (value :Data) -> stream;
}

interface Following {}
