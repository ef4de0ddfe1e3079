// What the store lets its writers, its readers, and all others do. Each is a domain of its own.

#include "access.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "answered_put.hpp"
#include "bytes.hpp"

#include <kj/exception.h>

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace kvstore {
namespace {

class last_value final : public Follower::Server {
 public:
  last_value(std::string& last, kj::Own<kj::PromiseFulfiller<void>> told)
      : last_(last), told_(kj::mv(told)) {}

  kj::Promise<void> changed(ChangedContext context) override {
    last_ = view(context.getParams().getValue());
    told_->fulfill();
    return kj::READY_NOW;
  }

 private:
  std::string& last_;
  kj::Own<kj::PromiseFulfiller<void>> told_;
};

class store_access : public ::testing::Test {
 protected:
  ~store_access() noexcept override = default;  // what KJ's may throw would end the test, too

  struct user {
    user(store_access& test, v4v::domain_type domain)
        : guest(test.io, v4v::embedded_link(test.hypervisor, domain)),
          client(test.loop, guest, {1, 5000}),
          // An object is what it is, whatever it is taken for.
          store(client.bootstrap<Store>()) {}

    v4v::guest guest;
    v4v::rpc::client client;
    Store::Client store;
  };

  static auto put_request(user& by, std::string_view key, std::string_view value) {
    return answered_put(by.store, key, value);
  }

  void put(user& by, std::string_view key, std::string_view value) {
    put_request(by, key, value).send().wait(loop.wait_scope());
  }

  static auto get_request(user& by, std::string_view key) {
    auto request = by.store.entryRequest();
    request.setKey(bytes(key));
    return request.send().getEntry().getRequest();
  }

  std::string get(user& by, std::string_view key) {
    auto answer = get_request(by, key).send().wait(loop.wait_scope());
    return std::string(view(answer.getValue()));
  }

  template <class Request>
  std::string refusal_of(Request&& request) {
    try {
      request.send().wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return e.getDescription().cStr();
    }
    return "was not refused";
  }

  void expect_refused(const std::string& refusal) {
    EXPECT_NE(refusal.find("domain 4 may not use this store"), std::string::npos) << refusal;
  }

  asio::io_context io;
  v4v::rpc::event_loop loop{io};
  v4v::hv::embedded hypervisor;
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  store kept = make_store();
  access allowed{{2}, {3}};
  v4v::rpc::server server{loop, here, 5000, [this](const v4v::rpc::peer& peer) {
                            return hand_out(kept, allowed, peer.domain);
                          }};
  user writer{*this, 2}, reader{*this, 3}, stranger{*this, 4};
};

TEST_F(store_access, a_reader_reads_what_the_writer_has_put) {
  put(writer, "key", "value");
  EXPECT_EQ(get(reader, "key"), "value");
  EXPECT_EQ(reader.store.sizeRequest().send().wait(loop.wait_scope()).getEntries(), 1);
}

TEST_F(store_access, a_reader_is_told_what_the_writer_puts) {
  std::string last;
  auto told = kj::newPromiseAndFulfiller<void>();
  auto request = reader.store.followRequest();
  request.setKey(bytes("key"));
  request.setFollower(kj::heap<last_value>(last, kj::mv(told.fulfiller)));
  const auto following = request.send().wait(loop.wait_scope());
  put(writer, "key", "value");
  told.promise.wait(loop.wait_scope());
  EXPECT_EQ(last, "value");
}

TEST_F(store_access, a_reader_that_puts_is_told_who_it_is_and_what_it_may_do) {
  const auto refusal = refusal_of(put_request(reader, "key", "value"));
  EXPECT_NE(refusal.find("domain 3 may read this store and follow its keys, but not put"),
            std::string::npos)
      << refusal;
}

TEST_F(store_access, what_a_reader_puts_does_not_get_into_the_store) {
  put(writer, "key", "value");
  refusal_of(put_request(reader, "key", "another"));
  EXPECT_EQ(get(writer, "key"), "value");
}

TEST_F(store_access, a_reader_reads_on_after_it_was_refused) {
  put(writer, "key", "value");
  refusal_of(put_request(reader, "key", "another"));
  EXPECT_EQ(get(reader, "key"), "value");
}

TEST_F(store_access, a_stranger_can_call_nothing) {
  put(writer, "key", "value");
  expect_refused(refusal_of(put_request(stranger, "key", "another")));
  expect_refused(refusal_of(get_request(stranger, "key")));
  expect_refused(refusal_of(stranger.store.sizeRequest()));
  expect_refused(refusal_of(stranger.store.followRequest()));
}

TEST_F(store_access, any_domain_is_a_reader_where_all_read) {
  allowed.all_read = true;
  user anyone(*this, 9);
  put(writer, "key", "value");
  EXPECT_EQ(get(anyone, "key"), "value");
  const auto refusal = refusal_of(put_request(anyone, "key", "another"));
  EXPECT_NE(refusal.find("domain 9 may read this store and follow its keys, but not put"),
            std::string::npos)
      << refusal;
}

TEST_F(store_access, the_writer_goes_on_while_others_are_refused) {
  for (const char* value : {"one", "two", "three"}) {
    auto tries = put_request(reader, "key", "by a reader").send();
    auto tries_too = put_request(stranger, "key", "by a stranger").send();
    put(writer, "key", value);
    EXPECT_EQ(get(writer, "key"), value);
    EXPECT_ANY_THROW(tries.wait(loop.wait_scope()));
    EXPECT_ANY_THROW(tries_too.wait(loop.wait_scope()));
  }
  EXPECT_EQ(get(reader, "key"), "three");
}

}  // namespace
}  // namespace kvstore

#pragma GCC diagnostic pop
