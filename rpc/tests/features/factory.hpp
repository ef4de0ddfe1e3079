#pragma once

#include <capnp/message.h>

#include <cstdint>

#include "features/features.capnp.h"

namespace v4v::rpc::testing {

struct factory_counts {
  std::size_t alive = 0;
  std::uint32_t made = 0;
};

/// Counts itself.
class counted final : public Counted::Server {
 public:
  explicit counted(factory_counts& counts) : counts_{counts}, number_{counts.made++} {
    ++counts_.alive;
  }
  ~counted() noexcept(false) { --counts_.alive; }

 protected:
  kj::Promise<void> number(NumberContext context) override {
    context.getResults().setNumber(number_);
    return kj::READY_NOW;
  }

 private:
  factory_counts& counts_;
  const std::uint32_t number_;
};

/// Keeps one text, or one ledger.
class text_box final : public Box<capnp::Text>::Server {
 protected:
  kj::Promise<void> put(PutContext context) override {
    content_ = kj::str(context.getParams().getContent());
    return kj::READY_NOW;
  }
  kj::Promise<void> get(GetContext context) override {
    context.getResults().setContent(content_);
    return kj::READY_NOW;
  }

 private:
  kj::String content_;
};

class ledger_box final : public Box<Ledger>::Server {
 protected:
  kj::Promise<void> put(PutContext context) override {
    content_ = context.getParams().getContent();
    return kj::READY_NOW;
  }
  kj::Promise<void> get(GetContext context) override {
    context.getResults().setContent(content_);
    return kj::READY_NOW;
  }

 private:
  Ledger::Client content_ = nullptr;
};

/// Makes objects.
class factory final : public Factory::Server {
 public:
  explicit factory(factory_counts& counts) : counts_{counts} {}

 protected:
  kj::Promise<void> make(MakeContext context) override {
    auto made = context.getResults().initCounted(context.getParams().getCount());
    for (kj::uint i = 0; i < made.size(); ++i)
      made.set(i, kj::heap<counted>(counts_));
    return kj::READY_NOW;
  }
  kj::Promise<void> textBox(TextBoxContext context) override {
    context.getResults().setBox(kj::heap<text_box>());
    return kj::READY_NOW;
  }
  kj::Promise<void> ledgerBox(LedgerBoxContext context) override {
    context.getResults().setBox(kj::heap<ledger_box>());
    return kj::READY_NOW;
  }

 private:
  factory_counts& counts_;
};

}  // namespace v4v::rpc::testing
