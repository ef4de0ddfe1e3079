@0xb1d54f70e6b2a3c9;

interface Hello {
  greet @0 (name :Text) -> (greeting :Text);
}
