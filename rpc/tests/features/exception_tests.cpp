// What a server throws arrives as what it was.

#include <array>
#include <stdexcept>

#include "ledger.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

using type = kj::Exception::Type;

constexpr std::uint16_t standard_exception = 99;

class thrower final : public Thrower::Server {
 protected:
  kj::Promise<void> throw_(ThrowContext context) override {
    const auto params = context.getParams();
    if (params.getKind() == standard_exception) {
      throw std::runtime_error{params.getReason().cStr()};
    }
    return kj::Exception{static_cast<type>(params.getKind()), __FILE__, __LINE__,
                         kj::str(params.getReason())};
  }
};

class an_exception : public one_thread {
 protected:
  an_exception() { connect(kj::heap<thrower>()); }

  kj::Exception thrown(std::uint16_t kind, kj::StringPtr reason) {
    auto request = client->bootstrap<Thrower>().throwRequest();
    request.setKind(kind);
    request.setReason(reason);
    return failure_of(request.send());
  }

  void expect_still_connected() {
    EXPECT_NE(text_of(thrown(0, "still there")).find("still there"), std::string::npos);
  }
};

TEST_F(an_exception, of_each_kind_arrives_with_its_kind_and_text_and_ends_nothing_else) {
  for (const auto kind :
       {type::FAILED, type::OVERLOADED, type::DISCONNECTED, type::UNIMPLEMENTED}) {
    const auto e = thrown(static_cast<std::uint16_t>(kind), "because of this");
    EXPECT_EQ(e.getType(), kind);
    EXPECT_NE(text_of(e).find("because of this"), std::string::npos) << text_of(e);
    expect_still_connected();
  }
}

TEST_F(an_exception, of_the_standard_library_is_a_failure_with_its_text) {
  const auto e = thrown(standard_exception, "thrown as it is");
  EXPECT_EQ(e.getType(), type::FAILED);
  EXPECT_NE(text_of(e).find("thrown as it is"), std::string::npos) << text_of(e);
}

TEST_F(an_exception, of_many_kilobytes_arrives_whole) {
  const std::string reason(1 << 20, 'r');
  EXPECT_NE(text_of(thrown(0, reason.c_str())).find(reason), std::string::npos);
}

TEST_F(an_exception, unimplemented_is_what_an_unknown_interface_gives) {
  auto wrong = client->bootstrap<Thrower>().castAs<Ledger>();
  const auto e = failure_of(append(wrong, 1));
  EXPECT_EQ(e.getType(), type::UNIMPLEMENTED) << text_of(e);
  expect_still_connected();
}

TEST_F(an_exception, unimplemented_is_what_an_unknown_method_gives) {
  auto typeless = capnp::Capability::Client{client->bootstrap<Thrower>()}.typelessRequest(
      capnp::typeId<Thrower>(), 4711, nullptr);
  const auto e = failure_of(typeless.send());
  EXPECT_EQ(e.getType(), type::UNIMPLEMENTED) << text_of(e);
  expect_still_connected();
}

}  // namespace
}  // namespace v4v::rpc::testing
