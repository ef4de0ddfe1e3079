// Plays files, and what is in folders: the corpus as a test, with any compiler.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/play.hpp"

namespace {

void replay(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
  std::fprintf(stderr, "%s\n", file.c_str());
  v4v::hv::fuzz::play(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  int played = 0;
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(arguments[i])) {
      replay(arguments[i]);
      ++played;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator{arguments[i]}) {
      replay(entry.path());
      ++played;
    }
  }
  std::fprintf(stderr, "%d programs played\n", played);
  return played == 0 ? 1 : 0;
}
