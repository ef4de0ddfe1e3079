#include "v4v/control.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "v4v/embedded_link.hpp"
#include "v4v/hv/embedded.hpp"

namespace v4v::test {
namespace {

class the_administration : public testing::Test {
 protected:
  static control of(hv::embedded_domain& domain) {
    return control([&](auto... arguments) { return domain.hypercall(arguments...); }, domain.id());
  }
  // The error and its text.
  template <class F>
  std::string error(std::errc expected, F&& f) {
    try {
      f();
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), expected) << e.what();
      return e.what();
    }
    return "none";
  }

  hv::embedded hypervisor;
  std::unique_ptr<hv::embedded_domain> privileged =
      hypervisor.create_domain(0, hv::privilege::control);
  std::unique_ptr<hv::embedded_domain> guest = hypervisor.create_domain(3);
  const control admin = of(*privileged);
};

TEST_F(the_administration, tells_the_limits_of_its_domain) {
  EXPECT_EQ(admin.info().limits, domain_limits{});
  EXPECT_EQ(admin.info().event_channel, 0);
  EXPECT_EQ(admin.domain(), 0);
}

TEST_F(the_administration, keeps_rules_in_their_order) {
  const rule first{true, {2, 0}, {1, 5000}}, second{false, {any_domain, 7}, {1, 5000}},
      third{false, {any_domain, 0}, {any_domain, 0}};
  EXPECT_TRUE(admin.rules().empty());
  admin.add_rule(second);
  admin.add_rule(third);
  admin.add_rule(first, 1);
  EXPECT_EQ(admin.rules(), (std::vector{first, second, third}));
  admin.remove_rule(second.from, second.to);
  EXPECT_EQ(admin.rules(), (std::vector{first, third}));
  admin.remove_rule(1);
  EXPECT_EQ(admin.rules(), std::vector{third});
  admin.remove_all_rules();
  EXPECT_TRUE(admin.rules().empty());
}

TEST_F(the_administration, takes_as_many_rules_as_there_can_be_and_lists_them) {
  for (std::uint32_t i = 0; i < V4V_MAX_RULES; ++i)
    admin.add_rule({true, {1, 1 + i}, {2, 0}});
  EXPECT_EQ(error(std::errc::no_space_on_device, [&] { admin.add_rule({}); }),
            "add a rule: there are 4096 rules, which is the most (remove some): No space left on "
            "device");
  const auto rules = admin.rules();
  ASSERT_EQ(rules.size(), V4V_MAX_RULES);
  EXPECT_EQ(rules.back().from.port(), V4V_MAX_RULES);
}

TEST_F(the_administration, decides_which_messages_pass) {
  const auto receiver = embedded_link(hypervisor, 1), sender = embedded_link(hypervisor, 2);
  const auto memory = receiver->allocate(V4V_PAGE_SIZE);
  auto& ring = *new (memory->bytes().data()) v4v_ring{};
  ring.magic = V4V_RING_MAGIC;
  ring.id = {{5000, 0, 0}, V4V_DOMAIN_ANY, 0};
  ring.len = V4V_PAGE_SIZE - sizeof ring;
  ASSERT_EQ(receiver->register_ring(*memory), 0);
  const auto send = [&] { return sender->sendv({{7, 2, 0}, {5000, 1, 0}}, {}, 0); };
  EXPECT_EQ(send(), 0);
  admin.add_rule({false, {2, 0}, {1, 5000}});
  EXPECT_EQ(send(), -ECONNREFUSED);
  admin.add_rule({true, {2, 7}, {any_domain, 0}}, 1);
  EXPECT_EQ(send(), 0);
  EXPECT_EQ(receiver->unregister_ring(*memory), 0);
}

TEST_F(the_administration, says_which_rule_is_none) {
  EXPECT_EQ(error(std::errc::no_such_file_or_directory, [&] { admin.remove_rule(7); }),
            "there is no rule at position 7: No such file or directory");
  EXPECT_EQ(error(std::errc::no_such_file_or_directory,
                  [&] { admin.remove_rule(endpoint(any_domain, 5), endpoint(1, 0)); }),
            "there is no rule from any domain port 5 to domain 1 any port: No such file or "
            "directory");
  EXPECT_EQ(error(std::errc::invalid_argument, [&] { admin.add_rule({}, 0); }),
            "a rule at position 0: the first is 1: Invalid argument");
  EXPECT_EQ(error(std::errc::invalid_argument,
                  [&] {
                    admin.add_rule({true, {any_domain + 1, 5}, {}});
                  }),
            "a rule about domain 32757 port 5, and there are none over 32755: Invalid argument");
}

// To the hypervisor both are "wherever it is", and with no rule named: all rules.
TEST_F(the_administration, removes_no_rule_at_a_position_that_is_none) {
  admin.add_rule({});
  EXPECT_NE(error(std::errc::invalid_argument, [&] { admin.remove_rule(0); }), "none");
  EXPECT_NE(error(std::errc::invalid_argument, [&] { admin.remove_rule(control::at_end); }),
            "none");
  EXPECT_EQ(admin.rules().size(), 1);
}

TEST_F(the_administration, gives_a_domain_other_limits) {
  const domain_limits few{.rings = 1, .vectors = 2, .entries = 3, .bytes = 4};
  admin.set_limits(3, few);
  EXPECT_EQ(of(*guest).info().limits, few);
  EXPECT_EQ(admin.info().limits, domain_limits{});
}

TEST_F(the_administration, says_why_it_cannot_give_limits) {
  EXPECT_EQ(error(std::errc::no_such_device_or_address, [&] { admin.set_limits(9, {}); }),
            "there is no domain 9: No such device or address");
  EXPECT_EQ(error(std::errc::invalid_argument,
                  [&] { admin.set_limits(3, {.rings = V4V_MAX_RINGS + 1}); }),
            "32769 rings are over the most that a domain can have, 32768: Invalid argument");
  const auto link = embedded_link(hypervisor, 1);
  const auto memory = link->allocate(V4V_PAGE_SIZE);
  auto& ring = *new (memory->bytes().data()) v4v_ring{};
  ring.magic = V4V_RING_MAGIC;
  ring.id = {{5000, 0, 0}, V4V_DOMAIN_ANY, 0};
  ring.len = V4V_MIN_RING_LEN;
  ASSERT_EQ(link->register_ring(*memory), 0);
  EXPECT_EQ(error(std::errc::device_or_resource_busy, [&] { admin.set_limits(1, {}); }),
            "domain 1 has rings, and limits are for domains that have none yet (end the programs "
            "there that use V4V): Device or resource busy");
  EXPECT_EQ(link->unregister_ring(*memory), 0);
}

TEST_F(the_administration, is_for_privileged_domains) {
  const control nobody = of(*guest);
  const auto may_not = [&](auto&& f) {
    EXPECT_NE(error(std::errc::operation_not_permitted, f)
                  .find("(only a privileged domain may: in Xen, run this in dom0)"),
              std::string::npos);
  };
  may_not([&] { static_cast<void>(nobody.rules()); });
  may_not([&] { nobody.add_rule({}); });
  may_not([&] { nobody.remove_rule(1); });
  may_not([&] { nobody.remove_rule(endpoint(1, 1), endpoint(2, 2)); });
  may_not([&] { nobody.remove_all_rules(); });
  may_not([&] { nobody.set_limits(3, {}); });
  EXPECT_EQ(nobody.info().limits, domain_limits{}) << "that is for all";
}

TEST_F(the_administration, says_that_a_hypervisor_has_no_such_operation) {
  const control old([](auto...) { return -ENOSYS; });
  EXPECT_EQ(error(std::errc::function_not_supported, [&] { old.set_limits(3, {}); }),
            "set limits (this hypervisor has no such operation): Function not implemented");
  const control other([](auto...) { return 0; });
  EXPECT_EQ(error(std::errc::protocol_not_supported, [&] { static_cast<void>(other.info()); }),
            "the hypervisor speaks another version of V4V: Protocol not supported");
}

}  // namespace
}  // namespace v4v::test
