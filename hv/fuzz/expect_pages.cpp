// What info and activity must do, which are about nobody but the caller.

#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

class information final : public expectation {
 public:
  using expectation::expectation;

  void wrote(std::uint64_t at, std::span<const std::byte> bytes) override {
    const v4v_info expected{V4V_RING_MAGIC,
                            V4V_RING_DATA_MAGIC,
                            100u + caller.id,
                            caller.limits.max_rings,
                            caller.limits.max_sendv,
                            caller.limits.max_notify,
                            caller.limits.max_send_size,
                            0};
    require(at == c.arg1 && bytes.size() == sizeof(expected) &&
                std::memcmp(&expected, bytes.data(), sizeof(expected)) == 0,
            "info says something else");
    answer = 0;
  }

 private:
  long undecided() override { violation("info answers nothing"); }
};

class activity final : public expectation {
 public:
  activity(world& in, life& by, const hv::call& made) : expectation{in, by, made} {
    if (c.arg1 != 0 && (c.arg1 % V4V_PAGE_SIZE != 0 || c.arg3 != 1)) answer = error::invalid;
  }

  void read(std::span<const std::byte> bytes) override {
    require(!answer && c.arg1 != 0, "a frame number is read without need");
    pfn_ = as<std::uint64_t>(bytes);
  }
  void pinned(std::byte* page) override {
    require(!answer && page == caller.flesh.memory().data() + pfn_ * V4V_PAGE_SIZE,
            "another page is pinned than was named");
    page_ = page;
  }
  void locked(lock_level level, bool shared, const port_lock&) override {
    if (level != lock_level::rings || shared) return;
    require(!answer, "a refused activity page is taken");
    require((page_ != nullptr) == (c.arg1 != 0), "an activity page without a page");
    caller.activity = page_;
    answer = 0;
  }

 private:
  long undecided() override { violation("an activity page without an answer"); }

  std::uint64_t pfn_ = 0;
  std::byte* page_ = nullptr;
};

}  // namespace

std::unique_ptr<expectation> expect_info(world& in, life& by, const hv::call& made) {
  return std::make_unique<information>(in, by, made);
}
std::unique_ptr<expectation> expect_activity(world& in, life& by, const hv::call& made) {
  return std::make_unique<activity>(in, by, made);
}

}  // namespace v4v::hv::fuzz
