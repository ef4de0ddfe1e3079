#include "intercepted.hpp"

#include <capnp/layout.h>
#include <kj/debug.h>

#include <utility>

#include "capnp_version.hpp"
#include "dependants.hpp"

namespace v4v::rpc {
namespace {

using capnp::AnyPointer;
using results = capnp::Response<AnyPointer>;
using ways = kj::Maybe<kj::Own<dependants>>;

const char brand = 0;  // its address is what capabilities and requests of this file are known by

kj::Own<capnp::ClientHook> wrap(kj::Own<capnp::ClientHook> capability, interception& by,
                                ways depends_on = nullptr);

/// Results, whose capabilities are intercepted when they are taken out.
class intercepted_response final : public capnp::ResponseHook, private capnp::_::CapTableReader {
 public:
  static results wrap(results&& inner, kj::Own<interception> by) {
    auto pointer = capnp::_::PointerHelpers<AnyPointer>::getInternalReader(inner);
    auto hook = kj::heap<intercepted_response>(pointer.getCapTable(),
                                               ResponseHook::from(kj::mv(inner)), kj::mv(by));
    const AnyPointer::Reader reader{pointer.imbue(hook.get())};
    return {reader, kj::mv(hook)};
  }

  intercepted_response(capnp::_::CapTableReader* capabilities, kj::Own<ResponseHook> inner,
                       kj::Own<interception> by)
      : capabilities_{capabilities}, inner_{kj::mv(inner)}, by_{kj::mv(by)} {}

 private:
  kj::Maybe<kj::Own<capnp::ClientHook>> extractCap(kj::uint index) override {
    return capabilities_->extractCap(index).map([this](kj::Own<capnp::ClientHook>&& capability) {
      return v4v::rpc::wrap(kj::mv(capability), *by_);
    });
  }

  capnp::_::CapTableReader* const capabilities_;
  const kj::Own<ResponseHook> inner_;
  kj::Own<interception> by_;
};

/// What can be pipelined on a call.
class intercepted_pipeline final : public capnp::PipelineHook,
                                   public kj::Refcounted,
                                   private dependant {
 public:
  intercepted_pipeline(kj::Own<capnp::PipelineHook> inner, kj::Own<interception> by,
                       ways depends_on)
      : dependant{kj::mv(depends_on)}, inner_{kj::mv(inner)}, by_{kj::mv(by)} {}

  kj::Own<capnp::PipelineHook> addRef() override { return kj::addRef(*this); }

  kj::Own<capnp::ClientHook> getPipelinedCap(kj::ArrayPtr<const capnp::PipelineOp> path) override {
    return wrap(inner_->getPipelinedCap(path), *by_, of());
  }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::Array<capnp::PipelineOp>&& path) override {
    return wrap(inner_->getPipelinedCap(kj::mv(path)), *by_, of());
  }

 private:
  void cut_off(const kj::Exception& why) override {
    inner_ = capnp::newBrokenPipeline(kj::Exception{why});
  }

  kj::Own<capnp::PipelineHook> inner_;
  kj::Own<interception> by_;
};

/// One call: which it is, and what it is made by.
class intercepted_call {
 public:
  intercepted_call(interception& by, std::uint64_t interface_id, std::uint16_t method)
      : by_{kj::addRef(by)}, interface_id_{interface_id}, method_{method} {
    if (by.limit()) depends_ = kj::refcounted<dependants>();
  }

  /// `done`, when it is in time, and with errors that are explained.
  template <class T>
  kj::Promise<T> watch(kj::Promise<T>&& done) {
    auto explain = [call = share()](kj::Exception&& e) mutable -> T {
      kj::throwFatalException(call.by_->explain(kj::mv(e), call.interface_id_, call.method_));
    };
    if (by_->limit()) done = in_time(kj::mv(done));
    if constexpr (std::is_same_v<T, results>) {
      return done.then(
          [by = kj::addRef(*by_)](results&& inner) mutable {
            return intercepted_response::wrap(kj::mv(inner), kj::mv(by));
          },
          kj::mv(explain));
    } else {
      return done.then([] {}, kj::mv(explain));
    }
  }

  kj::Own<capnp::PipelineHook> pipeline(kj::Own<capnp::PipelineHook>&& inner) {
    return kj::refcounted<intercepted_pipeline>(kj::mv(inner), kj::addRef(*by_), depends());
  }

 private:
  intercepted_call(kj::Own<interception> by, std::uint64_t interface_id, std::uint16_t method,
                   ways of)
      : by_{kj::mv(by)}, interface_id_{interface_id}, method_{method}, depends_{kj::mv(of)} {}

  [[nodiscard]] intercepted_call share() {
    return {kj::addRef(*by_), interface_id_, method_, depends()};
  }
  [[nodiscard]] ways depends() {
    return depends_.map([](kj::Own<dependants>& all) { return kj::addRef(*all); });
  }

  // Eagerly: a call that nobody waits for at the moment is given up in time, too.
  template <class T>
  kj::Promise<T> in_time(kj::Promise<T>&& done) {
    const auto& limit = *by_->limit();
    auto late =
        limit.timer.afterDelay(limit.after.count() * kj::NANOSECONDS)
            .then([call = share()]() mutable -> T {
              KJ_IF_MAYBE (depends, call.depends_) {
                (*depends)->cut_off(call.by_->was_too_late(call.interface_id_, call.method_));
              }
              kj::throwFatalException(call.by_->too_late());
            });
    return done.exclusiveJoin(kj::mv(late)).eagerlyEvaluate(nullptr);
  }

  kj::Own<interception> by_;
  std::uint64_t interface_id_;
  std::uint16_t method_;
  ways depends_;  // if it may be given up
};

class intercepted_request final : public capnp::RequestHook {
 public:
  intercepted_request(kj::Own<RequestHook> inner, intercepted_call&& call)
      : inner_{kj::mv(inner)}, call_{kj::mv(call)} {}

  capnp::RemotePromise<AnyPointer> send() override {
    auto sent = inner_->send();
    AnyPointer::Pipeline pipeline{call_.pipeline(capnp::PipelineHook::from(kj::mv(sent)))};
    return {call_.watch<results>(kj::mv(sent)), kj::mv(pipeline)};
  }

  kj::Promise<void> sendStreaming() override { return call_.watch<void>(inner_->sendStreaming()); }

#if CAPNP_VERSION >= 1000000
  AnyPointer::Pipeline sendForPipeline() override {
    return AnyPointer::Pipeline{
        call_.pipeline(capnp::PipelineHook::from(inner_->sendForPipeline()))};
  }
#endif

  const void* getBrand() override { return &brand; }

 private:
  kj::Own<RequestHook> inner_;
  intercepted_call call_;
};

class intercepted_client final : public capnp::ClientHook,
                                 public kj::Refcounted,
                                 private dependant {
 public:
  intercepted_client(kj::Own<ClientHook> inner, interception& by, ways depends_on)
      : dependant{kj::mv(depends_on)}, inner_{kj::mv(inner)}, by_{kj::addRef(by)} {}

  capnp::Request<AnyPointer, AnyPointer> newCall(std::uint64_t interface_id, std::uint16_t method,
                                                 kj::Maybe<capnp::MessageSize> size
                                                     V4V_CALL_HINTS) override {
    auto request = inner_->newCall(interface_id, method, size V4V_HINTS);
    const AnyPointer::Builder& built = request;
    return {AnyPointer::Builder{built},
            kj::heap<intercepted_request>(capnp::RequestHook::from(kj::mv(request)),
                                          intercepted_call{*by_, interface_id, method})};
  }

  VoidPromiseAndPipeline call(std::uint64_t interface_id, std::uint16_t method,
                              kj::Own<capnp::CallContextHook>&& context V4V_CALL_HINTS) override {
    auto called = inner_->call(interface_id, method, kj::mv(context) V4V_HINTS);
    intercepted_call call{*by_, interface_id, method};
    auto pipeline = call.pipeline(kj::mv(called.pipeline));
    return {call.watch<void>(kj::mv(called.promise)), kj::mv(pipeline)};
  }

  kj::Maybe<ClientHook&> getResolved() override { return *inner_; }

  kj::Maybe<kj::Promise<kj::Own<ClientHook>>> whenMoreResolved() override {
    return inner_->whenMoreResolved().map([this](kj::Promise<kj::Own<ClientHook>>&& resolved) {
      // With the capability, which its promise refers to, and which may be cut off before.
      return resolved.attach(inner_->addRef())
          .then([by = kj::addRef(*by_)](kj::Own<ClientHook>&& to) mutable {
            return wrap(kj::mv(to), *by);
          });
    });
  }

  kj::Own<ClientHook> addRef() override { return kj::addRef(*this); }
  const void* getBrand() override { return &brand; }
  kj::Maybe<int> getFd() override { return inner_->getFd(); }

  [[nodiscard]] kj::Own<ClientHook> with(kj::Maybe<capnp::InterfaceSchema> interface,
                                         interception::deadline deadline) {
    return kj::refcounted<intercepted_client>(inner_->addRef(),
                                              *by_->with(kj::mv(interface), deadline), of());
  }

 private:
  void cut_off(const kj::Exception& why) override {
    inner_ = capnp::newBrokenCap(kj::Exception{why});
  }

  kj::Own<ClientHook> inner_;
  kj::Own<interception> by_;
};

kj::Own<capnp::ClientHook> wrap(kj::Own<capnp::ClientHook> capability, interception& by,
                                ways depends_on) {
  return kj::refcounted<intercepted_client>(kj::mv(capability), by, kj::mv(depends_on));
}

}  // namespace

kj::Own<capnp::ClientHook> intercept(kj::Own<capnp::ClientHook> capability,
                                     kj::Own<interception> by) {
  return wrap(kj::mv(capability), *by);
}

kj::Own<capnp::ClientHook> intercept(kj::Own<capnp::ClientHook> capability,
                                     kj::Maybe<capnp::InterfaceSchema> interface,
                                     interception::deadline deadline) {
  if (capability->getBrand() == &brand) {
    return kj::downcast<intercepted_client>(*capability).with(kj::mv(interface), deadline);
  }
  return wrap(kj::mv(capability),
              *kj::refcounted<interception>(nullptr, kj::mv(interface), deadline));
}

}  // namespace v4v::rpc
