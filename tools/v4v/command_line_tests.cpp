// The program, on a hypervisor in this process.

#include "command_line.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <v4v/hv/embedded.hpp>

namespace v4v_tool {
namespace {

using nlohmann::json;

class the_tool : public testing::Test {
 protected:
  // What it prints to both streams; its exit status is in `status`.
  std::string run(const std::vector<std::string>& words,
                  std::optional<v4v::domain_type> domain = 0) {
    std::vector<const char*> argv{"v4v"};
    for (const auto& w : words)
      argv.push_back(w.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    status = v4v_tool::run(static_cast<int>(argv.size()), argv.data(), [&] {
      return v4v::control([this](auto... arguments) { return caller->hypercall(arguments...); },
                          domain);
    });
    std::fflush(stdout);
    return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  }

  v4v::hv::embedded hypervisor;
  std::unique_ptr<v4v::hv::embedded_domain> control =
      hypervisor.create_domain(0, v4v::hv::privilege::control);
  std::unique_ptr<v4v::hv::embedded_domain> guest = hypervisor.create_domain(3);
  v4v::hv::embedded_domain* caller = control.get();
  int status = -1;
};

TEST_F(the_tool, shows_the_limits_of_this_domain) {
  EXPECT_EQ(
      run({"info"}),
      "domain         0\n"
      "event channel  none\n"
      "limits         128 rings, 128 vectors a message, 256 entries a notify, 33554432 bytes a "
      "message\n");
  EXPECT_EQ(status, 0);
  EXPECT_EQ(json::parse(run({"info", "--json"})), json::parse(R"({
    "domain": 0, "event_channel": 0,
    "limits": {"rings": 128, "vectors": 128, "entries": 256, "bytes": 33554432}})"));
}

TEST_F(the_tool, says_that_the_domain_is_not_known) {
  EXPECT_NE(run({"info"}, {}).find("domain         not known in a PV guest\n"), std::string::npos);
  EXPECT_TRUE(json::parse(run({"info", "--json"}, {})).at("domain").is_null());
}

TEST_F(the_tool, adds_rules_at_the_end_or_where_it_is_told) {
  EXPECT_EQ(run({"rules", "list"}), "no rules: the default policy decides\n");
  EXPECT_EQ(run({"rules", "list", "--json"}), "[]\n");
  EXPECT_EQ(run({"rules", "add", "accept", "2:any", "1:5000"}), "");
  EXPECT_EQ(run({"rules", "add", "reject", "any:any", "1:5000"}), "");
  EXPECT_EQ(run({"rules", "add", "--at", "1", "reject", "3:any", "1:5000"}), "");
  EXPECT_EQ(run({"rules", "list"}),
            "   1  reject  3:any to 1:5000\n"
            "   2  accept  2:any to 1:5000\n"
            "   3  reject  any:any to 1:5000\n");
}

TEST_F(the_tool, lists_rules_for_programs) {
  run({"rules", "add", "reject", "any:7", "1:any"});
  EXPECT_EQ(json::parse(run({"rules", "list", "--json"})), json::parse(R"([
    {"position": 1, "action": "reject", "from": {"domain": "any", "port": 7},
     "to": {"domain": 1, "port": "any"}}])"));
}

TEST_F(the_tool, removes_rules_by_position_by_addresses_or_all) {
  for (const char* from : {"2:any", "3:any", "4:any", "5:any"})
    run({"rules", "add", "reject", from, "1:5000"});
  EXPECT_EQ(run({"rules", "del", "3"}), "");
  EXPECT_EQ(run({"rules", "del", "2:any", "1:5000"}), "");
  EXPECT_EQ(run({"rules", "list"}),
            "   1  reject  3:any to 1:5000\n"
            "   2  reject  5:any to 1:5000\n");
  EXPECT_EQ(run({"rules", "flush"}), "");
  EXPECT_EQ(run({"rules", "list"}), "no rules: the default policy decides\n");
}

TEST_F(the_tool, says_which_rule_there_is_none_of) {
  EXPECT_EQ(run({"rules", "del", "1"}),
            "v4v: there is no rule at position 1: No such file or directory\n");
  EXPECT_EQ(status, 1);
  EXPECT_EQ(run({"rules", "del", "any:any", "1:5000"}),
            "v4v: there is no rule from any domain any port to domain 1 port 5000: No such file or "
            "directory\n");
}

TEST_F(the_tool, says_what_is_wrong_with_a_rule) {
  const auto expect = [&](const std::vector<std::string>& words, const std::string& said) {
    const std::string output = run(words);
    EXPECT_NE(output.find(said), std::string::npos) << output;
    EXPECT_GT(status, 100);
  };
  expect({"rules", "add", "refuse", "1:1", "1:1"}, "refuse not in {accept,reject}");
  expect({"rules", "add", "reject", "1", "1:1"}, "FROM: \"1\": expected DOMAIN:PORT");
  expect({"rules", "add", "reject", "1:1"}, "TO is required");
  expect({"rules", "add", "--at", "0", "reject", "1:1", "1:1"},
         "--at: Value 0 not in range 1 to 4096");
  expect({"rules", "del", "0"}, "RULE: position 0 is none: 1 to 4096");
  expect({"rules", "del", "99999999999999999999"}, "RULE: position 99999999999999999999 is none");
  expect({"rules", "del", "1:1"}, "TO: is missing: where the rule from 1:1 goes to");
  expect({"rules", "del", "1", "1:1"}, "RULE: 1 is a position, and then there is no TO");
  EXPECT_EQ(run({"rules", "list"}), "no rules: the default policy decides\n");
}

TEST_F(the_tool, gives_a_domain_other_limits) {
  EXPECT_EQ(run({"limits", "3", "--rings", "7", "--bytes", "100"}), "");
  EXPECT_EQ(status, 0);
  caller = guest.get();
  EXPECT_EQ(json::parse(run({"info", "--json"})).at("limits"),
            json::parse(R"({"rings": 7, "vectors": 128, "entries": 256, "bytes": 100})"));
}

TEST_F(the_tool, says_why_it_cannot_give_limits) {
  EXPECT_EQ(run({"limits", "9"}), "v4v: there is no domain 9: No such device or address\n");
  EXPECT_EQ(status, 1);
  EXPECT_NE(
      run({"limits", "3", "--rings", "32769"}).find("--rings: Value 32769 not in range 0 to 32768"),
      std::string::npos);
  EXPECT_GT(status, 100);
}

TEST_F(the_tool, says_that_a_domain_may_not) {
  caller = guest.get();
  EXPECT_EQ(run({"rules", "flush"}),
            "v4v: remove all rules (only a privileged domain may: in Xen, run this in dom0): "
            "Operation not permitted\n");
  EXPECT_EQ(status, 1);
}

}  // namespace
}  // namespace v4v_tool
