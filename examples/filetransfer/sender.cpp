#include "sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <span>
#include <vector>

namespace filetransfer {
namespace {

capnp::Data::Reader bytes_of(const sha256::digest& digest) {
  return {digest.data(), digest.size()};
}

class sending {
 public:
  sending(const source_file& source, Upload::Client upload, progress& report, kj::WaitScope& scope)
      : source_(source), upload_(kj::mv(upload)), report_(report), scope_(scope) {}

  // Whether what the service has is how this file begins. Both domains work out their checksum at
  // the same time.
  bool begins_with(std::uint64_t bytes) {
    if (bytes > source_.size()) return false;
    auto request = upload_.checksumRequest();
    request.setBytes(bytes);
    auto theirs = request.send();
    report_.begin("checking", 0, bytes);
    std::vector<std::byte> buffer(chunk);
    for (std::uint64_t offset = 0; offset < bytes;) {
      const std::span<std::byte> piece(buffer.data(), piece_size(offset, bytes));
      source_.read(piece, offset);
      sum_.update(piece);
      offset += piece.size();
      report_.at(offset);
      scope_.poll();  // the call leaves with the first turn of the loop
    }
    return std::ranges::equal(theirs.wait(scope_).getSha256(), sum_.value());
  }

  void start_again() {
    upload_.discardRequest().send().wait(scope_);
    sum_ = sha256();
  }

  void send_from(std::uint64_t offset, std::optional<std::uint64_t> interrupt_at) {
    report_.begin("sending", offset, source_.size());
    while (offset < source_.size()) {
      if (interrupt_at && offset >= *interrupt_at) std::raise(SIGKILL);
      offset += send_piece(offset);
      report_.at(offset);
    }
  }

  sha256::digest finish() {
    source_.require_unchanged();
    report_.begin("verifying", source_.size(), source_.size());
    const auto sum = sum_.value();
    auto request = upload_.finishRequest();
    request.setSha256(bytes_of(sum));
    request.send().wait(scope_);
    return sum;
  }

 private:
  static std::size_t piece_size(std::uint64_t offset, std::uint64_t end) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(chunk, end - offset));
  }

  // The file is read into the message, from where the hypervisor copies it to the other domain.
  std::size_t send_piece(std::uint64_t offset) {
    const auto n = piece_size(offset, source_.size());
    auto request = upload_.writeRequest(capnp::MessageSize{16 + chunk / sizeof(capnp::word), 0});
    request.setOffset(offset);
    auto data = request.initData(static_cast<capnp::uint>(n));
    const std::span<std::byte> piece(reinterpret_cast<std::byte*>(data.begin()), n);
    source_.read(piece, offset);
    sum_.update(piece);
    // Resolved at once while the window is open; later when the service is slower than we are.
    request.send().wait(scope_);
    return n;
  }

  const source_file& source_;
  Upload::Client upload_;
  progress& report_;
  kj::WaitScope& scope_;
  sha256 sum_;
};

}  // namespace

sent send(const source_file& source, const std::string& name, FileService::Client service,
          progress& report, std::optional<std::uint64_t> interrupt_at, kj::WaitScope& scope) {
  auto request = service.openRequest();
  request.setName(name);
  request.setSize(source.size());
  auto opened = request.send().wait(scope);

  sent result{source.size(), opened.getHave(), false, {}};
  sending s(source, opened.getUpload(), report, scope);
  if (!s.begins_with(result.resumed_at)) {
    report.say(
        "what is there from an earlier transfer is not how this file begins: starting again");
    s.start_again();
    result.resumed_at = 0;
    result.discarded = true;
  } else if (result.resumed_at > 0) {
    report.say(fmt::format("going on after {}", readable_bytes(result.resumed_at)));
  }
  s.send_from(result.resumed_at, interrupt_at);
  result.checksum = s.finish();
  return result;
}

}  // namespace filetransfer
