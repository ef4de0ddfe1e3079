// The two ends of measurements between programs, in one.

#include "far_service.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <system_error>
#include <thread>

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>

namespace v4v::bench {
namespace {

class a_far_service : public ::testing::Test {
 protected:
  a_far_service() {
    serving = std::thread([this] { there.run(); });
  }
  ~a_far_service() override {
    there.stop();
    serving.join();
  }

  hv::embedded hypervisor;
  asio::io_context here{1}, there{1};
  guest client{here, embedded_link(hypervisor, 2)};
  guest server{there, embedded_link(hypervisor, 1)};
  far_service service{server};
  std::thread serving;
};

TEST_F(a_far_service, sends_back_what_comes_and_takes_it_as_it_is_told) {
  far_stream s(here, client, {1, far_port});
  EXPECT_EQ(s.round_trips(64, 3).each.size(), 3);
  EXPECT_GT(s.writes(64 * 1024, 10).seconds, 0);
  EXPECT_EQ(s.round_trips(64 * 1024, 2).each.size(), 2);
}

TEST_F(a_far_service, serves_on_when_a_client_dies) {
  {
    guest another(here, embedded_link(hypervisor, 3));
    stream s(another);
    s.connect({1, far_port});
    const std::array<std::uint32_t, 3> a_lot{1, 64, 1000};
    asio::write(s, asio::buffer(a_lot));
  }
  far_stream s(here, client, {1, far_port});
  EXPECT_EQ(s.round_trips(64, 3).each.size(), 3);
}

class nonsense : public a_far_service,
                 public ::testing::WithParamInterface<std::array<std::uint32_t, 3>> {};

TEST_P(nonsense, ends_the_connection) {
  stream s(client);
  s.connect({1, far_port});
  asio::write(s, asio::buffer(GetParam()));
  char byte = 0;
  std::error_code error;
  asio::read(s, asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::eof);
}

INSTANTIATE_TEST_SUITE_P(, nonsense,
                         ::testing::Values(std::array<std::uint32_t, 3>{3, 64, 1},
                                           std::array<std::uint32_t, 3>{1, 0, 1},
                                           std::array<std::uint32_t, 3>{1, (1 << 20) + 1, 1},
                                           std::array<std::uint32_t, 3>{2, 64, 0xffffffff}));

}  // namespace
}  // namespace v4v::bench
