#include "grpc_server.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

namespace v4v::bench {
namespace {

using service = grpc_schema::Bench::AsyncService;

// As many calls of nothing as ever are in flight, and those that have returned, but of which the
// server has not heard that yet.
constexpr int calls_at_once = 128;

/// Takes one call after the other, of a method that has one request and one reply.
template <class Request, class Reply>
class unary_call final : public grpc_event {
 public:
  using responder = grpc::ServerAsyncResponseWriter<Reply>;
  using take = void (service::*)(grpc::ServerContext*, Request*, responder*, grpc::CompletionQueue*,
                                 grpc::ServerCompletionQueue*, void*);
  using answer = std::function<const Reply&(const Request&)>;

  unary_call(grpc_server& server, take method, answer function)
      : server_(server), take_(method), answer_(std::move(function)) {
    wait();
  }

  void happened(bool ok) override {
    if (std::exchange(answered_, !answered_)) return wait();
    if (ok) responder_->Finish(answer_(request_), grpc::Status::OK, this);
  }

 private:
  void wait() {
    if (server_.stopping()) return;
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    (server_.service().*take_)(&*context_, &request_, &*responder_, &server_.queue(),
                               &server_.queue(), static_cast<grpc_event*>(this));
  }

  grpc_server& server_;
  const take take_;
  const answer answer_;
  bool answered_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<responder> responder_;
  Request request_;
};

/// Takes one stream of blobs after the other.
class push_call final : public grpc_event {
 public:
  explicit push_call(grpc_server& server) : server_(server) { wait(); }

  void happened(bool ok) override {
    switch (state_) {
      case state::waiting:
        if (!ok) return;  // the server stops
        state_ = state::reading;
        reader_->Read(&blob_, this);
        return;
      case state::reading:
        if (!ok) {  // there is no more
          state_ = state::answered;
          reader_->Finish(count_, grpc::Status::OK, this);
          return;
        }
        server_.of_run().received(blob_.blob().data(), blob_.blob().size());
        count_.set_bytes(count_.bytes() + blob_.blob().size());
        reader_->Read(&blob_, this);
        return;
      case state::answered:
        wait();
    }
  }

 private:
  enum class state { waiting, reading, answered };

  void wait() {
    if (server_.stopping()) return;
    state_ = state::waiting;
    count_.set_bytes(0);
    reader_.reset();
    context_.emplace();
    reader_.emplace(&*context_);
    server_.service().RequestPush(&*context_, &*reader_, &server_.queue(), &server_.queue(),
                                  static_cast<grpc_event*>(this));
  }

  grpc_server& server_;
  state state_ = state::waiting;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncReader<grpc_schema::Count, grpc_schema::Blob>> reader_;
  grpc_schema::Blob blob_;
  grpc_schema::Count count_;
};

}  // namespace

grpc_server::grpc_server(const std::string& address, grpc_wait wait, const payload& of_run)
    : wait_(wait), payload_(of_run) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&service_);
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("gRPC: cannot listen at " + address);
  add_calls();
}

grpc_server::~grpc_server() = default;

void grpc_server::add_calls() {
  for (int i = 0; i < calls_at_once; ++i)
    calls_.push_back(std::make_unique<unary_call<grpc_schema::Nothing, grpc_schema::Nothing>>(
        *this,
        &service::RequestDoNothing, [this](const auto&) -> const auto& { return nothing_; }));
  calls_.push_back(std::make_unique<unary_call<grpc_schema::Size, grpc_schema::Blob>>(
      *this, &service::RequestRead, [this](const auto& size) -> const auto& {
        return blob_of(size.bytes());
      }));
  calls_.push_back(std::make_unique<unary_call<grpc_schema::Blob, grpc_schema::Count>>(
      *this, &service::RequestWrite, [this](const auto& sent) -> const auto& {
        payload_.received(sent.blob().data(), sent.blob().size());
        count_.set_bytes(sent.blob().size());
        return count_;
      }));
  calls_.push_back(std::make_unique<push_call>(*this));
}

// Made once: so the bytes are not copied into the message for each call, as with Cap'n Proto.
const grpc_schema::Blob& grpc_server::blob_of(std::uint32_t bytes) {
  const auto [at, is_new] = blobs_.try_emplace(bytes);
  if (is_new) {
    const auto from = payload_.to_send().first(bytes);
    at->second.set_blob(from.begin(), from.size());
  }
  return at->second;
}

void grpc_server::run() {
  void* tag = nullptr;
  bool ok = false;
  while (next_event(*queue_, wait_, tag, ok)) {
    if (tag != &stop_) {
      static_cast<grpc_event*>(tag)->happened(ok);
    } else {  // in this thread, so that no call begins to wait at a queue that is shut down
      stopping_ = true;
      server_->Shutdown(std::chrono::system_clock::now());
      queue_->Shutdown();
    }
  }
}

void grpc_server::stop() { stop_.Set(queue_.get(), gpr_inf_past(GPR_CLOCK_MONOTONIC), &stop_); }

}  // namespace v4v::bench
