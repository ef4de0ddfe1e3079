// What the privileged operations must do.

#include <algorithm>

#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

bool is_no_position(std::uint64_t position) {
  return position == 0 || position == UINT32_MAX || position == UINT64_MAX;
}

class privileged : public expectation {
 public:
  privileged(world& in, life& by, const hv::call& made) : expectation{in, by, made} {
    if (!caller.privileged) answer = error::not_permitted;
  }

 protected:
  void check_permitted() {
    require(caller.privileged && !answer, "a refused administrator goes on");
  }
  long undecided() override { violation("a privileged call without an answer"); }
};

class addition final : public privileged {
 public:
  addition(world& in, life& by, const hv::call& made) : privileged{in, by, made} {
    if (!answer && c.arg3 == 0) answer = error::invalid;
  }
  void read(std::span<const std::byte> bytes) override {
    check_permitted();
    rule_ = as<v4v_rule>(bytes);
    rule_.src.pad = rule_.dst.pad = 0;
    if (rule_.src.domain > V4V_DOMAIN_ANY || rule_.dst.domain > V4V_DOMAIN_ANY) {
      answer = error::invalid;
    }
  }
  void locked(lock_level, bool shared, const port_lock&) override {
    check_permitted();
    require(!shared, "rules are changed under a shared lock");
    if (w.rules.size() == V4V_MAX_RULES) answer = error::no_space;
  }
  void unlocking(lock_level, bool, const port_lock&) override {
    if (answer) return;
    const auto at = std::min<std::uint64_t>(c.arg3 - 1, w.rules.size());
    w.rules.insert(w.rules.begin() + static_cast<std::ptrdiff_t>(at), rule_);
    answer = 0;
  }

 private:
  v4v_rule rule_{};
};

class deletion final : public privileged {
 public:
  using privileged::privileged;

  void read(std::span<const std::byte> bytes) override {
    check_permitted();
    require(is_no_position(c.arg3) && c.arg1 != 0, "a rule is read without need");
    rule_ = as<v4v_rule>(bytes);
  }
  void locked(lock_level, bool shared, const port_lock&) override {
    check_permitted();
    require(!shared, "rules are changed under a shared lock");
    answer = 0;
    if (!is_no_position(c.arg3)) {
      if (c.arg3 > w.rules.size()) {
        answer = error::no_entry;
      } else {
        w.rules.erase(w.rules.begin() + static_cast<std::ptrdiff_t>(c.arg3 - 1));
      }
    } else if (c.arg1 == 0) {
      w.rules.clear();
    } else {
      const auto found = std::find_if(w.rules.begin(), w.rules.end(), [&](const v4v_rule& r) {
        return r.src.port == rule_.src.port && r.src.domain == rule_.src.domain &&
               r.dst.port == rule_.dst.port && r.dst.domain == rule_.dst.domain;
      });
      if (found == w.rules.end()) {
        answer = error::no_entry;
      } else {
        w.rules.erase(found);
      }
    }
  }

 private:
  v4v_rule rule_{};
};

class listing final : public privileged {
 public:
  using privileged::privileged;

  void read(std::span<const std::byte> bytes) override {
    check_permitted();
    list_ = as<v4v_rule_list>(bytes);
    if (list_.start_rule == 0 || list_.nb_rules == 0) answer = error::invalid;
  }
  void locked(lock_level, bool, const port_lock&) override {
    check_permitted();
    const std::uint64_t begin = std::min<std::uint64_t>(list_.start_rule - 1, w.rules.size());
    const std::uint64_t count = std::min<std::uint64_t>(list_.nb_rules, w.rules.size() - begin);
    rules_.assign(w.rules.begin() + static_cast<std::ptrdiff_t>(begin),
                  w.rules.begin() + static_cast<std::ptrdiff_t>(begin + count));
  }
  void wrote(std::uint64_t at, std::span<const std::byte> bytes) override {
    if (at == c.arg1 + offsetof(v4v_rule_list, nb_rules)) {
      require(as<std::uint32_t>(bytes) == rules_.size() && bytes.size() == 4,
              "a wrong number of rules");
      require(written_ || rules_.empty(), "the number of rules before the rules");
      answer = 0;
      return;
    }
    require(at == c.arg1 + sizeof(v4v_rule_list) &&
                bytes.size() == rules_.size() * sizeof(v4v_rule) &&
                std::memcmp(bytes.data(), rules_.data(), bytes.size()) == 0,
            "other rules are listed");
    written_ = true;
  }

 private:
  v4v_rule_list list_{};
  std::vector<v4v_rule> rules_;
  bool written_ = false;
};

class configuration final : public privileged {
 public:
  using privileged::privileged;

  void read(std::span<const std::byte> bytes) override {
    check_permitted();
    wanted_ = as<v4v_config>(bytes);
    if (wanted_.max_rings > V4V_MAX_RINGS || wanted_.max_sendv > V4V_MAX_SENDV ||
        wanted_.max_notify > V4V_MAX_NOTIFY) {
      answer = error::invalid;
    }
  }
  void locked(lock_level level, bool, const port_lock&) override {
    check_permitted();
    if (level == lock_level::domains) target = w.living(wanted_.target_id);
    if (target == nullptr) {
      answer = error::no_entry;
    } else if (level == lock_level::rings && !(target->rings.empty() && target->retired.empty())) {
      answer = error::busy;
    }
  }
  void unlocking(lock_level level, bool, const port_lock&) override {
    if (level != lock_level::rings || answer) return;
    target->limits = wanted_;
    answer = 0;
  }

 private:
  v4v_config wanted_{};
  life* target = nullptr;
};

}  // namespace

std::unique_ptr<expectation> expect_administration(world& in, life& by, const hv::call& made) {
  switch (made.op) {
    case 7:
      return std::make_unique<addition>(in, by, made);
    case 8:
      return std::make_unique<deletion>(in, by, made);
    case 9:
      return std::make_unique<listing>(in, by, made);
    default:
      return std::make_unique<configuration>(in, by, made);
  }
}

}  // namespace v4v::hv::fuzz
