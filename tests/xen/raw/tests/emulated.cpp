#include "emulated.hpp"

#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "core/errors.hpp"

namespace v4v::raw::testing {
namespace {

// Numbers as a small guest has them, in another order than the addresses.
constexpr std::uint64_t last_frame = 0x8000;

iovec piece(std::uint64_t at, std::size_t size) { return {reinterpret_cast<void*>(at), size}; }

}  // namespace

bool process_guest::copy_from_guest(const hv::domain&, void* to, std::uint64_t from,
                                    std::size_t size) noexcept {
  const iovec there = piece(from, size);
  const iovec here{to, size};
  return size == 0 ||
         ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

bool process_guest::copy_to_guest(const hv::domain&, std::uint64_t to, const void* from,
                                  std::size_t size) noexcept {
  const iovec there = piece(to, size);
  const iovec here{const_cast<void*>(from), size};
  return size == 0 ||
         ::process_vm_writev(::getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

bool process_guest::pin_page(const hv::domain& guest, std::uint64_t pfn, void*& page) noexcept {
  std::uint64_t at = 0;
  {
    const std::lock_guard lock(mutex_);
    if (pfn > last_frame || last_frame - pfn >= pages_.size()) return false;
    at = address(pages_[last_frame - pfn]);
  }
  return test_port::pin_page(guest, at / V4V_PAGE_SIZE, page);
}

std::uint64_t process_guest::frame_of(const std::byte* page) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(pages_.begin(), pages_.end(), page);
  const auto index = static_cast<std::uint64_t>(found - pages_.begin());
  if (found == pages_.end()) pages_.push_back(const_cast<std::byte*>(page));
  return last_frame - index;
}

emulated::emulated(bool privileged) : core_(host_, true), context_{.privileged = privileged} {
  EXPECT_EQ(core_.create_domain(number, &context_, domain_), 0);
}

emulated::~emulated() {
  EXPECT_EQ(host_.pinned(), 0) << "the hypervisor may still write to memory of this process";
  EXPECT_EQ(core_.destroy_domain(domain_), 0);
}

std::vector<std::uint64_t> emulated::frames(std::span<const std::byte> pages) {
  std::vector<std::uint64_t> all;
  for (std::size_t at = 0; at < pages.size(); at += V4V_PAGE_SIZE)
    all.push_back(host_.frame_of(pages.data() + at));
  return all;
}

void emulated::set_limits(std::uint32_t rings, std::uint32_t pieces, std::uint32_t questions,
                          std::uint32_t bytes) {
  hv::testing::test_domain context{.privileged = true};
  hv::domain* control = nullptr;
  ASSERT_EQ(core_.create_domain(0, &context, control), 0);
  const v4v_config config{rings, pieces, questions, bytes, number, 0};
  hv::call c{V4V_OP_config, address(&config)};
  EXPECT_EQ(core_.operate(*control, c), 0);
  EXPECT_EQ(core_.destroy_domain(control), 0);
}

void emulated::answer(std::uint64_t op, std::uint64_t n, long result) {
  lied_about_ = op;
  until_lie_ = n;
  lie_ = result;
}

long emulated::make(std::uint64_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                    std::uint64_t arg4) {
  ++calls_[op];
  if (until_lie_ != 0 && op == lied_about_ && --until_lie_ == 0) return lie_;
  hv::call c{static_cast<std::uint32_t>(op), arg1, arg2, arg3, arg4};
  long result = 0;
  do {
    result = core_.operate(*domain_, c);
  } while (result == hv::error::restart);
  return result;
}

}  // namespace v4v::raw::testing
