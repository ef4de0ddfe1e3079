#include "v4v/xen_link.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include "huge_pages.hpp"
#include "page_frames.hpp"
#include "page_pool.hpp"
#include "resident.hpp"
#include "ring_file.hpp"
#include "xen_cpuid.hpp"
#include "xen_event_channel.hpp"
#include "xen_hypercalls.hpp"

namespace v4v {
namespace {

using detail::call_with_memory;
using detail::huge_page_size;
using detail::make_readable;
using detail::make_writable;

std::uint64_t guest_address(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

template <class T>
std::span<const std::byte> bytes_of(const T& object) noexcept {
  return std::as_bytes(std::span(&object, 1));
}

domain_type own_domain() {
  if (const auto domain = detail::xen_domain()) return *domain;
#if defined(__x86_64__)
  throw std::system_error(
      std::make_error_code(std::errc::not_supported),
      "CPUID does not tell the number of this Xen domain: rings can be in HVM and PVH guests, and "
      "not in PV guests, dom0 mostly among them, which do not know where their memory is");
#else
  throw std::system_error(std::make_error_code(std::errc::not_supported),
                          "V4V in Xen is supported on x86-64 only");
#endif
}

// Never more than the guest has memory.
std::size_t most_memory() noexcept {
  const auto pages = static_cast<std::size_t>(std::max(::sysconf(_SC_PHYS_PAGES), 1l));
  return (pages * V4V_PAGE_SIZE / huge_page_size + 1) * huge_page_size;
}

// The memory of all rings of this program, and what stays of it when it is killed.
class ring_store {
 public:
  explicit ring_store(const std::string& folder) : file_(folder) {}

  // To be called when Xen has given up what the program before had there.
  void begin_anew() { file_.empty(); }

  // Not ENOSPC, as a file system without pages has it: that says that there are too many rings.
  std::span<std::byte> take(std::size_t bytes) try {
    return pages_.take(bytes);
  } catch (const std::system_error& e) {
    const bool is_full = e.code() == std::errc::no_space_on_device;
    throw std::system_error(is_full ? std::make_error_code(std::errc::not_enough_memory) : e.code(),
                            "huge pages for a ring of " + std::to_string(bytes) +
                                " bytes (more of them: echo N > /proc/sys/vm/nr_hugepages, or at "
                                "boot hugepages=N)");
  }
  void give_back(std::span<std::byte> pages) noexcept { pages_.give_back(pages); }

 private:
  detail::ring_file file_;
  detail::page_pool pages_{file_.descriptor(), huge_page_size, most_memory()};
};

class huge_ring final : public ring_memory {
 public:
  huge_ring(std::shared_ptr<ring_store> store, std::size_t bytes)
      : store_(std::move(store)), pages_(store_->take(bytes)) {
    try {
      frames_ = detail::page_frames(pages_);
    } catch (...) {
      store_->give_back(pages_);
      throw;
    }
  }
  ~huge_ring() override { store_->give_back(pages_); }

  std::span<std::byte> bytes() noexcept override { return pages_; }
  std::span<const std::uint64_t> page_frames() const noexcept override { return frames_; }

 private:
  std::shared_ptr<ring_store> store_;
  std::span<std::byte> pages_;
  std::vector<std::uint64_t> frames_;
};

class xen final : public link {
 public:
  // The order matters. Whoever has the channel bound is the domain's program; what it finds in the
  // file was that of one before, to which Xen has said good-bye when info answers once more.
  xen() {
    const v4v_info info = hypercalls_.info();
    store_ = std::make_shared<ring_store>(detail::huge_page_folder());
    channel_.bind(info.evtchn);
    static_cast<void>(hypercalls_.info());
    store_->begin_anew();

    activity_ = std::make_unique<huge_ring>(store_, V4V_PAGE_SIZE);
    const auto frames = activity_->page_frames();
    const long given = call_with_memory(
        [&] {
          return call(V4V_OP_activity, guest_address(activity_->bytes().data()),
                      guest_address(frames.data()), 1);
        },
        [&] { return make_readable(std::as_bytes(frames)); });
    if (given < 0) activity_.reset();
  }

  // The rings are unregistered by now. With the page taken back Xen writes to none of this
  // program's memory, and the file may go, whatever becomes of the program meanwhile.
  ~xen() override {
    if (!is_own()) return;
    if (activity_) call(V4V_OP_activity);
    activity_.reset();
    store_.reset();
    channel_.unbind();
  }

  domain_type domain() const noexcept override { return domain_; }

  std::span<std::uint64_t> activity() noexcept override {
    if (!activity_) return {};
    return {reinterpret_cast<std::uint64_t*>(activity_->bytes().data()), V4V_ACTIVITY_SLOTS / 64};
  }

  std::unique_ptr<ring_memory> allocate(std::size_t bytes) override {
    return std::make_unique<huge_ring>(store_, bytes);
  }

  long register_ring(ring_memory& ring) noexcept override {
    const auto frames = ring.page_frames();
    return call_with_memory(
        [&] {
          return call(V4V_OP_register_ring, guest_address(ring.bytes().data()),
                      guest_address(frames.data()), frames.size());
        },
        [&] { return make_readable(std::as_bytes(frames)) && make_writable(ring.bytes()); });
  }

  long unregister_ring(ring_memory& ring) noexcept override {
    return call_with_memory(
        [&] { return call(V4V_OP_unregister_ring, guest_address(ring.bytes().data())); },
        [&] { return make_readable(ring.bytes()); });
  }

  long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
             std::uint32_t message_type) noexcept override {
    const auto is_readable = [](const v4v_iov& piece) {
      return make_readable({reinterpret_cast<const std::byte*>(piece.base), piece.len});
    };
    return call_with_memory(
        [&] {
          return call(V4V_OP_sendv, guest_address(&address), guest_address(iov.data()), iov.size(),
                      message_type);
        },
        [&] {
          return make_readable(bytes_of(address)) && make_readable(std::as_bytes(iov)) &&
                 std::all_of(iov.begin(), iov.end(), is_readable);
        });
  }

  // That it was called before does no harm: the first half is done again, and the answers to the
  // second are those of the last call.
  long notify(v4v_ring_data* data) noexcept override {
    return call_with_memory([&] { return call(V4V_OP_notify, guest_address(data)); },
                            [&] { return data != nullptr && is_writable(*data); });
  }

  long info(v4v_info& info) noexcept override {
    return is_own() ? hypercalls_.info(info) : -ENODEV;
  }

  // There is no pending flag that could be looked at: whoever asks is told that it is set, and
  // looks at the activity page or the rings. Nothing is lost by that, only a look wasted; see
  // guest_core for who asks when.
  int event_descriptor() const noexcept override { return channel_.descriptor(); }
  bool event_is_pending() const noexcept override { return channel_.is_pending(); }
  bool take_event() noexcept override {
    if (is_own()) channel_.take();
    return true;
  }

  // From an event to the next take_event() Linux has the channel masked anyway.
  void mask_events() noexcept override {}
  bool unmask_events() noexcept override { return true; }

 private:
  // Rings, events and presence are those of the process that made the link. A child of fork(2)
  // would send, and take back, in its parent's name.
  [[nodiscard]] bool is_own() const noexcept { return ::getpid() == process_; }

  long call(std::uint32_t op, std::uint64_t arg1 = 0, std::uint64_t arg2 = 0,
            std::uint64_t arg3 = 0, std::uint64_t arg4 = 0) const noexcept {
    return is_own() ? hypercalls_.call(op, arg1, arg2, arg3, arg4) : -ENODEV;
  }

  static bool is_writable(v4v_ring_data& data) noexcept {
    return make_writable(std::as_writable_bytes(std::span(&data, 1))) &&
           make_writable(
               std::as_writable_bytes(std::span(v4v_ring_data_entries(&data), data.nent)));
  }

  const int process_ = ::getpid();
  const detail::xen_hypercalls hypercalls_;
  detail::xen_event_channel channel_;
  const domain_type domain_ = own_domain();
  std::shared_ptr<ring_store> store_;
  std::unique_ptr<huge_ring> activity_;
};

}  // namespace

std::unique_ptr<link> xen_link() { return std::make_unique<xen>(); }

}  // namespace v4v
