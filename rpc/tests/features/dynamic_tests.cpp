// Values and interfaces whose types are known only at run time, and generic ones.

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include "factory.hpp"
#include "ledger.hpp"
#include "mirror.hpp"
#include "one_thread.hpp"

namespace v4v::rpc::testing {
namespace {

class any_pointer : public one_thread {
 protected:
  any_pointer() { connect(kj::heap<mirror>()); }

  template <class Set>
  capnp::Response<Mirror::AnythingResults> mirrored(Set set) {
    auto request = client->bootstrap<Mirror>().anythingRequest();
    set(request.getValue());
    return request.send().wait(loop.wait_scope());
  }
};

TEST_F(any_pointer, may_be_null) {
  EXPECT_TRUE(mirrored([](auto) {}).getValue().isNull());
}

TEST_F(any_pointer, may_be_a_text) {
  const auto response = mirrored([](auto value) { value.template setAs<capnp::Text>("any"); });
  EXPECT_STREQ(response.getValue().getAs<capnp::Text>().cStr(), "any");
}

TEST_F(any_pointer, may_be_a_struct) {
  const auto response =
      mirrored([](auto value) { value.template initAs<Shapes>().setText("inside"); });
  EXPECT_STREQ(response.getValue().getAs<Shapes>().getText().cStr(), "inside");
}

TEST_F(any_pointer, may_be_a_list) {
  using list = capnp::List<std::uint32_t>;
  const auto response = mirrored([](auto value) { value.template initAs<list>(3).set(2, 7); });
  EXPECT_EQ(response.getValue().getAs<list>()[2], 7u);
}

TEST_F(any_pointer, may_be_a_capability) {
  numbers written;
  auto response =
      mirrored([&](auto value) { value.template setAs<Ledger>(kj::heap<ledger>(written)); });
  result_of(append(response.getValue().getAs<Ledger>(), 0));
  EXPECT_EQ(written, counting_to(1));
}

using a_dynamic_capability = one_thread;

TEST_F(a_dynamic_capability, calls_a_service_whose_interface_it_looks_up_by_name) {
  numbers written;
  connect(kj::heap<ledger>(written));
  auto dynamic = client->bootstrap<capnp::Capability>().castAs<capnp::DynamicCapability>(
      capnp::Schema::from<Ledger>());
  auto request = dynamic.newRequest("append");
  request.set("number", 0);
  request.send().wait(loop.wait_scope());
  EXPECT_EQ(written, counting_to(1));
}

/// A service that learns at run time what it is.
class dynamic_mirror final : public capnp::DynamicCapability::Server {
 public:
  dynamic_mirror() : capnp::DynamicCapability::Server{capnp::Schema::from<Mirror>()} {}

  kj::Promise<void> call(
      capnp::InterfaceSchema::Method method,
      capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct> context) override {
    const auto params = context.getParams();
    auto results = context.getResults();
    for (const auto field : method.getResultType().getFields()) {
      results.set(field.getProto().getName(), params.get(field.getProto().getName()));
    }
    return kj::READY_NOW;
  }
};

TEST_F(a_dynamic_capability, serves_callers_that_know_its_interface) {
  connect(kj::heap<dynamic_mirror>());
  auto request = client->bootstrap<Mirror>().shapesRequest();
  request.initShapes().setText("dynamic");
  EXPECT_STREQ(request.send().wait(loop.wait_scope()).getShapes().getText().cStr(), "dynamic");
}

using a_generic_interface = one_thread;

TEST_F(a_generic_interface, holds_what_it_is_made_for) {
  factory_counts counts;
  connect(kj::heap<factory>(counts));
  auto factory = client->bootstrap<Factory>();

  Box<capnp::Text>::Client texts = factory.textBoxRequest().send().getBox();
  auto put = texts.putRequest();
  put.setContent("boxed");
  put.send().wait(loop.wait_scope());
  EXPECT_STREQ(texts.getRequest().send().wait(loop.wait_scope()).getContent().cStr(), "boxed");

  numbers written;
  Box<Ledger>::Client ledgers = factory.ledgerBoxRequest().send().getBox();
  auto put_ledger = ledgers.putRequest();
  put_ledger.setContent(kj::heap<ledger>(written));
  put_ledger.send().wait(loop.wait_scope());
  result_of(append(ledgers.getRequest().send().getContent(), 0));
  EXPECT_EQ(written, counting_to(1));
}

}  // namespace
}  // namespace v4v::rpc::testing
