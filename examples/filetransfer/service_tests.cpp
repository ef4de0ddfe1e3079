// What the service does with peers who mean it no good, or who come in each other's way.

#include "service.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>
#include <vector>

#include "sha256.hpp"

#include <kj/exception.h>

namespace filetransfer {
namespace {

namespace fs = std::filesystem;

std::string new_folder() {
  std::string name = ::testing::TempDir() + "filetransfer-XXXXXX";
  return ::mkdtemp(name.data()) != nullptr ? name : std::string();
}

class file_service : public ::testing::Test {
 protected:
  ~file_service() noexcept override { fs::remove_all(path); }

  using opened = capnp::Response<FileService::OpenResults>;

  static auto open_request(FileService::Client to, std::string_view name, std::uint64_t size) {
    auto request = to.openRequest();
    request.setName(kj::StringPtr(name.data(), name.size()));
    request.setSize(size);
    return request;
  }

  opened open(std::string_view name, std::uint64_t size) {
    return open_request(service, name, size).send().wait(loop.wait_scope());
  }

  void write(Upload::Client to, std::uint64_t offset, std::string_view text) {
    auto request = to.writeRequest();
    request.setOffset(offset);
    request.setData({reinterpret_cast<const kj::byte*>(text.data()), text.size()});
    request.send().wait(loop.wait_scope());
  }

  static auto finish_request(Upload::Client to, std::string_view of) {
    sha256 sum;
    sum.update(std::as_bytes(std::span(of)));
    const auto digest = sum.value();
    auto request = to.finishRequest();
    request.setSha256({digest.data(), digest.size()});
    return request;
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

  std::string refusal_of_name(std::string_view name) {
    return refusal_of(open_request(service, name, 1));
  }

  std::string content_of(const std::string& name) const {
    std::ifstream in(path + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  }

  std::string path = new_folder();
  asio::io_context io;
  v4v::rpc::event_loop loop{io};
  v4v::hv::embedded hypervisor;
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  file_services services{path};
  v4v::rpc::server server{loop, here, 5000, [this](const v4v::rpc::peer& peer) {
                            return services.for_domain(peer.domain);
                          }};
  v4v::guest there{io, v4v::embedded_link(hypervisor, 2)};
  v4v::rpc::client client{loop, there, {1, 5000}};
  FileService::Client service = client.bootstrap<FileService>();
};

TEST_F(file_service, a_file_has_its_name_when_it_is_finished_and_not_before) {
  auto upload = open("a", 5).getUpload();
  write(upload, 0, "he");
  write(upload, 2, "llo");
  EXPECT_FALSE(fs::exists(path + "/a"));
  EXPECT_EQ(refusal_of(finish_request(upload, "hello")), "was not refused");
  EXPECT_EQ(content_of("a"), "hello");
  EXPECT_FALSE(fs::exists(path + "/a.part"));
}

TEST_F(file_service, what_came_before_the_peer_went_is_there_for_the_next) {
  write(open("a", 5).getUpload(), 0, "hel");
  auto next = open("a", 5);
  EXPECT_EQ(next.getHave(), 3);
  auto upload = next.getUpload();
  write(upload, 3, "lo");
  EXPECT_EQ(refusal_of(finish_request(upload, "hello")), "was not refused");
  EXPECT_EQ(content_of("a"), "hello");
}

TEST_F(file_service, names_that_are_no_names_of_files_in_the_folder_are_refused) {
  EXPECT_TRUE(has(refusal_of_name("../a"), "has a slash"));
  EXPECT_TRUE(has(refusal_of_name("/etc/passwd"), "has a slash"));
  EXPECT_TRUE(has(refusal_of_name(".."), "name of a folder"));
  EXPECT_TRUE(has(refusal_of_name("."), "name of a folder"));
  EXPECT_TRUE(has(refusal_of_name(""), "is empty"));
  EXPECT_TRUE(has(refusal_of_name({"a\0b", 3}), "has a zero byte"));
  EXPECT_TRUE(has(refusal_of_name(std::string(251, 'a')), "is longer than 250 bytes"));
  EXPECT_TRUE(has(refusal_of_name("a.part"), "not all there yet"));
  EXPECT_TRUE(fs::is_empty(path));
}

TEST_F(file_service, the_longest_name_is_taken) {
  const std::string name(250, 'a');
  EXPECT_EQ(refusal_of(finish_request(open(name, 0).getUpload(), "")), "was not refused");
  EXPECT_TRUE(fs::exists(path + "/" + name));
}

TEST_F(file_service, a_link_at_the_place_of_the_part_is_not_followed) {
  const auto outside = new_folder();
  fs::create_symlink(outside + "/victim", path + "/a.part");
  EXPECT_TRUE(has(refusal_of_name("a"), "a.part: is a symbolic link"));
  EXPECT_TRUE(fs::is_empty(outside));
  fs::remove_all(outside);
}

TEST_F(file_service, a_link_at_the_place_of_the_file_is_refused) {
  fs::create_symlink("/no/such/file", path + "/a");
  EXPECT_TRUE(has(refusal_of_name("a"), "a: is there, and is not a regular file"));
}

TEST_F(file_service, a_pipe_does_not_keep_the_service_waiting) {
  ASSERT_EQ(::mkfifo((path + "/a.part").c_str(), 0600), 0);
  EXPECT_TRUE(has(refusal_of_name("a"), "a.part: is there, and is not a regular file"));
}

TEST_F(file_service, a_second_transfer_of_the_same_name_is_refused_until_the_first_is_dropped) {
  {
    const auto first = open("a", 1);
    EXPECT_TRUE(has(refusal_of_name("a"), "another transfer to a is under way"));
  }
  EXPECT_EQ(refusal_of_name("a"), "was not refused");
}

TEST_F(file_service, a_domain_has_so_many_transfers_and_no_more) {
  std::vector<opened> all;
  for (std::size_t i = 0; i < max_uploads; ++i)
    all.push_back(open(std::to_string(i), 1));
  v4v::rpc::client more{loop, there, {1, 5000}};
  EXPECT_TRUE(
      has(refusal_of(open_request(more.bootstrap<FileService>(), "more", 1)), "may have 16"));
  all.pop_back();
  EXPECT_EQ(refusal_of_name("more"), "was not refused");
}

TEST_F(file_service, bytes_for_another_offset_than_the_next_end_the_transfer) {
  auto upload = open("a", 5).getUpload();
  write(upload, 0, "he");
  write(upload, 3, "lo");
  EXPECT_TRUE(has(refusal_of(finish_request(upload, "he\0lo")),
                  "bytes for offset 3 came, but the next to be written is 2"));
  EXPECT_EQ(content_of("a.part"), "he");
}

TEST_F(file_service, more_bytes_than_announced_are_refused) {
  auto upload = open("a", 4).getUpload();
  write(upload, 0, "hello");
  EXPECT_TRUE(has(refusal_of(finish_request(upload, "hello")), "more bytes came than the 4"));
}

TEST_F(file_service, offsets_have_64_bits) {
  const std::uint64_t large = (std::uint64_t{5} << 30) + 3;
  std::ofstream(path + "/a.part").flush();
  fs::resize_file(path + "/a.part", large);
  auto there_already = open("a", large + 2);
  EXPECT_EQ(there_already.getHave(), large);
  write(there_already.getUpload(), large, "hi");
  EXPECT_EQ(open_request(service, "b", 0).send().wait(loop.wait_scope()).getHave(), 0);
  EXPECT_EQ(fs::file_size(path + "/a.part"), large + 2);
}

TEST_F(file_service, others_are_served_while_a_long_checksum_is_worked_out) {
  const std::uint64_t large = std::uint64_t{16} << 30;
  std::ofstream(path + "/a.part").flush();
  fs::resize_file(path + "/a.part", large);
  auto request = open("a", large).getUpload().checksumRequest();
  request.setBytes(large);
  bool answered = false;
  auto sum = request.send().then([&](auto&&) { answered = true; }).eagerlyEvaluate(nullptr);
  EXPECT_EQ(refusal_of_name("b"), "was not refused");
  EXPECT_FALSE(answered);
}

TEST_F(file_service, a_file_with_another_checksum_does_not_get_its_name) {
  auto upload = open("a", 5).getUpload();
  write(upload, 0, "hello");
  EXPECT_TRUE(has(refusal_of(finish_request(upload, "hallo")), "its checksum is another"));
  EXPECT_FALSE(fs::exists(path + "/a"));
}

TEST_F(file_service, a_file_that_is_not_all_there_does_not_get_its_name) {
  auto upload = open("a", 5).getUpload();
  write(upload, 0, "hell");
  EXPECT_TRUE(has(refusal_of(finish_request(upload, "hell")), "4 of 5 bytes are there"));
  EXPECT_FALSE(fs::exists(path + "/a"));
}

TEST_F(file_service, nothing_can_be_written_while_the_file_is_being_finished) {
  auto upload = open("a", 5).getUpload();
  write(upload, 0, "hello");
  auto finished = finish_request(upload, "hello").send();
  EXPECT_TRUE(has(refusal_of(upload.discardRequest()), "is being worked out"));
  finished.wait(loop.wait_scope());
  EXPECT_TRUE(has(refusal_of(upload.discardRequest()), "the transfer is done"));
  EXPECT_EQ(content_of("a"), "hello");
}

TEST_F(file_service, the_checksum_of_more_than_there_is_is_refused) {
  auto request = open("a", 5).getUpload().checksumRequest();
  request.setBytes(1);
  EXPECT_TRUE(has(refusal_of(request), "of 1 bytes cannot be told: 0 are there"));
}

}  // namespace
}  // namespace filetransfer
