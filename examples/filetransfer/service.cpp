#include "service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <utility>
#include <v4v/rpc/error.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/use_promise.hpp>
#include <vector>

#include "sha256.hpp"

#include <kj/exception.h>
#include <kj/refcount.h>

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace filetransfer {
namespace {

// How much is read back before others get their turn.
constexpr std::size_t slice = 512 * 1024;

// The peer gets what an exception says, and no more than that.
template <class F>
auto answer(F work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    kj::throwFatalException(v4v::rpc::to_exception(std::current_exception()));
  }
}

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

std::span<const std::byte> span_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

// The checksum of a file's beginning, slice by slice: a large file takes seconds, and this thread
// serves other peers, too.
class check {
 public:
  check(const part_file& file, std::uint64_t bytes) : file_(file), left_(bytes), buffer_(slice) {}

  kj::Promise<sha256::digest> run() {
    if (left_ == 0) return sum_.value();
    return asio::post(v4v::rpc::event_loop::current().context(), v4v::rpc::use_promise)
        .then([this] {
          return answer([this] {
            add_slice();
            return run();
          });
        });
  }

 private:
  void add_slice() {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()));
    const std::span<std::byte> part(buffer_.data(), n);
    file_.read(part, done_);
    sum_.update(part);
    done_ += n;
    left_ -= n;
  }

  const part_file& file_;
  std::uint64_t done_ = 0;
  std::uint64_t left_;
  std::vector<std::byte> buffer_;
  sha256 sum_;
};

struct uploads : kj::Refcounted {
  std::size_t open = 0;
};

class upload final : public Upload::Server {
 public:
  upload(part_file file, std::uint64_t size, kj::Own<uploads> of_peer)
      : file_(std::move(file)), size_(size), of_peer_(kj::mv(of_peer)) {
    ++of_peer_->open;
  }
  ~upload() noexcept(false) { --of_peer_->open; }

  kj::Promise<void> checksum(ChecksumContext context) override {
    return answer([&] {
      require_idle();
      const auto bytes = context.getParams().getBytes();
      if (bytes > file_.size())
        refuse(fmt::format("the checksum of {} bytes cannot be told: {} are there", bytes,
                           file_.size()));
      return check_beginning(bytes).then([context](sha256::digest sum) mutable {
        context.getResults().setSha256({sum.data(), sum.size()});
      });
    });
  }

  kj::Promise<void> discard(DiscardContext) override {
    return answer([&]() -> kj::Promise<void> {
      require_idle();
      file_.discard();
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> write(WriteContext context) override {
    return answer([&]() -> kj::Promise<void> {
      require_idle();
      const auto offset = context.getParams().getOffset();
      const auto data = span_of(context.getParams().getData());
      if (offset != file_.size())
        refuse(fmt::format("bytes for offset {} came, but the next to be written is {}", offset,
                           file_.size()));
      if (data.size() > size_ - std::min(offset, size_))
        refuse(fmt::format("more bytes came than the {} that were announced", size_));
      file_.append(data);
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> finish(FinishContext context) override {
    return answer([&] {
      require_idle();
      if (file_.size() != size_)
        refuse(fmt::format("the transfer is not at its end: {} of {} bytes are there", file_.size(),
                           size_));
      const auto wanted = context.getParams().getSha256();
      std::vector<unsigned char> announced(wanted.begin(), wanted.end());
      return check_beginning(size_).then(
          [this, announced = std::move(announced)](sha256::digest sum) {
            answer([&] {
              if (!std::ranges::equal(announced, sum))
                refuse(
                    "what is on the disk is not what was sent: its checksum is another. Run the "
                    "same again to send it anew");
              finished_ = true;
              file_.commit();
            });
          });
    });
  }

 private:
  void require_idle() const {
    if (finished_) refuse("the transfer is done");
    if (checking_) refuse("the checksum of the transfer is being worked out");
  }

  // Nothing is written to the file meanwhile.
  kj::Promise<sha256::digest> check_beginning(std::uint64_t bytes) {
    checking_ = true;
    auto work = kj::heap<check>(file_, bytes);
    auto sum = work->run();
    return sum.attach(kj::mv(work), kj::defer([this] { checking_ = false; }));
  }

  part_file file_;
  std::uint64_t size_;
  kj::Own<uploads> of_peer_;
  bool checking_ = false;
  bool finished_ = false;
};

class service final : public FileService::Server {
 public:
  explicit service(folder into) : folder_(std::move(into)) {}

  kj::Promise<void> open(OpenContext context) override {
    return answer([&]() -> kj::Promise<void> {
      const auto params = context.getParams();
      const auto name = params.getName();
      if (uploads_->open >= max_uploads)
        refuse(fmt::format("a domain may have {} transfers open, and has them", max_uploads));
      auto file = folder_.open(file_name({name.begin(), name.size()}));
      auto results = context.getResults();
      results.setHave(file.size());
      results.setUpload(kj::heap<upload>(std::move(file), params.getSize(), kj::addRef(*uploads_)));
      return kj::READY_NOW;
    });
  }

 private:
  folder folder_;
  kj::Own<uploads> uploads_ = kj::refcounted<uploads>();
};

}  // namespace

FileService::Client file_services::for_domain(v4v::domain_type domain) {
  const auto known = by_domain_.find(domain);
  if (known != by_domain_.end()) return known->second;
  return by_domain_.emplace(domain, kj::heap<service>(folder_)).first->second;
}

}  // namespace filetransfer

#pragma GCC diagnostic pop
