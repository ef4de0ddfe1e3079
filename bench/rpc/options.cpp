#include "options.hpp"

namespace v4v::bench {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all{figure::null_call, figure::pipelined};
  all.insert(all.end(), std::begin(figure::reads), std::end(figure::reads));
  all.insert(all.end(), std::begin(figure::writes), std::end(figure::writes));
  all.insert(all.end(), {figure::push, figure::cache_line, figure::memcpy_64m});
  return all;
}

}  // namespace

std::optional<int> parse(int argc, char** argv, options& o) {
  CLI::App app(
      "What Cap'n Proto calls between two domains cost, one thread each, in three modes:\n"
      "  polling    looks for events for 200 us before it sleeps\n"
      "  adaptive   looks while that pays off (the default of guests)\n"
      "  sleeping   sleeps at once\n"
      "beside Cap'n Proto's own event loop and gRPC, each over a UNIX socket between two threads;\n"
      "and the floor: Cap'n Proto over a pipe in memory, both ends in one thread. All take turns,\n"
      "so that a slow moment of the machine is one for all. A ratio is taken within each turn.\n"
      "Blobs lie in the sender's memory, aligned to words, and Cap'n Proto's messages refer to\n"
      "them: no copy is made into the message, under any transport. gRPC has them in a message\n"
      "that is made once. The receiver does not look at the bytes unless --touch is given.\n"
      "The scheduler of a machine that has other work, too, may put both threads on one "
      "processor,\n"
      "which is another measurement; --pin keeps it from that.\n"
      "In two virtual machines, of which the first is domain 3:\n"
      "  v4v-rpc-bench --serve\n"
      "  v4v-rpc-bench --connect 3   null calls, 64 of them at a time, and reads of 1 MiB, with "
      "the\n"
      "                              default of guests at both ends; --only for others");
  o.role.emplace(app, "v4v-rpc-bench --serve");
  // First: what is given beside it goes before it.
  app.add_flag_callback(
      "--quick",
      [&o] {
        o.rounds = 50;
        o.repetitions = 2;
        o.mebibytes = 8;
      },
      "So little that the figures say nothing: to see that it works");
  app.add_option("--rounds", o.rounds,
                 "Null calls in one measurement, and 16 times as many of those that are pipelined")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--mebibytes", o.mebibytes, "How much is sent in one measurement of blobs")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--ring-size", o.ring_size, "Memory of each ring of v4v, in bytes")
      ->capture_default_str()
      ->check(CLI::Range(4096, 16 << 20));
  app.add_flag("--touch", o.touch, "Receivers of blobs read one byte of each cache line");
  o.add_to(app, names());
  app.get_option("--pin")->excludes(o.role->serve())->excludes(o.role->connect());
  for (const auto* name :
       {"--only", "--quick", "--rounds", "--mebibytes", "--repetitions", "--json"})
    app.get_option(name)->excludes(o.role->serve());
  return parse(app, argc, argv);
}

}  // namespace v4v::bench
