#include <fmt/format.h>

#include <cerrno>

#include "expect.hpp"
#include "limits.hpp"

namespace v4v::raw {

void ask_for_what_is_not_ours(const domain& here, memory& in) {
  // All that would be right but for the privilege; so that it does nothing where somebody has it
  // after all, the rule is one that matches nothing.
  const v4v_rule rule{{1, 0x7fe0, 0}, {1, 0x7fe1, 0}, 1};
  auto* const list = new (in.page(0)) v4v_rule_list{1, 1};
  const v4v_config config{1, 1, 1, 1, 0x7fe0, 0};
  hypervisor& hv = here.hv;
  expect(hv.call(V4V_OP_tables_add, address(&rule), 0, 1), -EPERM, "tables_add");
  expect(hv.call(V4V_OP_tables_del, address(&rule), 0, 0), -EPERM, "tables_del");
  expect(hv.call(V4V_OP_tables_list, address(list)), -EPERM, "tables_list");
  expect(hv.call(V4V_OP_config, address(&config)), -EPERM, "config");
  expect(hv.call(V4V_OP_config, 0), -EPERM, "config of null, which is not looked at");
  for (const std::uint64_t op : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{12},
                                 std::uint64_t{0x7fffffff}, std::uint64_t{0xffffffff}})
    expect(hv.call(op, address(in.page(0)), address(in.page(1)), 1, 1), -ENOSYS,
           fmt::format("operation {}", op));
}

}  // namespace v4v::raw
