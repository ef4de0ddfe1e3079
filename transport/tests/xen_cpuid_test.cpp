#include "xen_cpuid.hpp"

#include <map>

#include <gtest/gtest.h>

namespace v4v::detail {
namespace {

constexpr cpuid_registers xen(std::uint32_t last_leaf) {
  return {last_leaf, 0x566e6558, 0x65584d4d, 0x4d4d566e};
}
constexpr cpuid_registers another_hypervisor{0x40000001, 0x54474354, 0x43544743, 0x47435447};

std::optional<domain_type> domain_by(std::map<std::uint32_t, cpuid_registers> leaves) {
  return xen_domain([&](std::uint32_t leaf, std::uint32_t subleaf) {
    EXPECT_EQ(subleaf, 0);
    return leaves[leaf];
  });
}

TEST(the_domain_by_cpuid, is_in_xens_leaf_for_hvm_guests) {
  EXPECT_EQ(domain_by({{0x40000000, xen(0x40000005)}, {0x40000004, {0x1f, 0, 7, 0}}}), 7);
}

TEST(the_domain_by_cpuid, is_found_behind_the_leaves_of_another_hypervisor) {
  EXPECT_EQ(domain_by({{0x40000000, another_hypervisor},
                       {0x40000004, {0xff, 0, 5, 0}},
                       {0x40000100, xen(0x40000104)},
                       {0x40000104, {0x10, 0, 12, 0}}}),
            12);
}

TEST(the_domain_by_cpuid, is_none_in_a_pv_guest) {
  EXPECT_EQ(domain_by({{0x40000000, xen(0x40000005)}, {0x40000004, {0x0f, 0, 7, 0}}}),
            std::nullopt);
}

TEST(the_domain_by_cpuid, is_none_where_xen_has_no_such_leaf) {
  EXPECT_EQ(domain_by({{0x40000000, xen(0x40000003)}, {0x40000004, {0x10, 0, 7, 0}}}),
            std::nullopt);
}

TEST(the_domain_by_cpuid, is_none_without_xen) {
  EXPECT_EQ(domain_by({{0x40000000, another_hypervisor}, {0x40000004, {0x10, 0, 7, 0}}}),
            std::nullopt);
}

}  // namespace
}  // namespace v4v::detail
