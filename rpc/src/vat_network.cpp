#include "v4v/rpc/vat_network.hpp"

#include <kj/debug.h>
#include <kj/vector.h>

#include <utility>
#include <vector>

#include "event_port.hpp"
#include "framing.hpp"
#include "incoming.hpp"
#include "outgoing.hpp"
#include "outgoing_message.hpp"

namespace v4v::rpc {
namespace {

using capnp::rpc::twoparty::Side;
using capnp::rpc::twoparty::VatId;

// More than this is not kept waiting for others to come.
constexpr std::size_t enough_messages = 32;
constexpr std::size_t enough_words = 4096;

// In the first segment of a message that is posted: so much is enough for an error. A peer may
// leave a thousand of them unread, which is no place for segments of the pool.
constexpr capnp::uint posted_words = 48;

Side other(Side side) { return side == Side::CLIENT ? Side::SERVER : Side::CLIENT; }

class incoming_message final : public capnp::IncomingRpcMessage {
 public:
  explicit incoming_message(kj::Own<capnp::MessageReader> reader) : reader_{kj::mv(reader)} {}

  capnp::AnyPointer::Reader getBody() override { return reader_->getRoot<capnp::AnyPointer>(); }
  std::size_t sizeInWords() override { return reader_->sizeInWords(); }

 private:
  kj::Own<capnp::MessageReader> reader_;
};

/// How much of a stream of calls may be in flight: what the message stream says, while there is
/// one.
class window final : public capnp::RpcFlowController::WindowGetter {
 public:
  explicit window(detail::basic_message_stream& stream) : stream_{&stream} {}

  std::size_t getWindow() override {
    if (stream_ != nullptr) {
      KJ_IF_MAYBE (size, stream_->getSendBufferSize()) return static_cast<std::size_t>(*size);
    }
    return capnp::RpcFlowController::DEFAULT_WINDOW_SIZE;
  }
  void stream_ends() noexcept { stream_ = nullptr; }

 private:
  detail::basic_message_stream* stream_;  // null once it may be gone
};

/// Cap'n Proto's, with its window: capabilities keep it, and may live longer than the connection.
class flow_controller final : public capnp::RpcFlowController {
 public:
  explicit flow_controller(std::shared_ptr<window> limit)
      : window_{std::move(limit)}, controller_{newVariableWindowController(*window_)} {}

  kj::Promise<void> send(kj::Own<capnp::OutgoingRpcMessage> message,
                         kj::Promise<void> ack) override {
    return controller_->send(kj::mv(message), kj::mv(ack));
  }
  kj::Promise<void> waitAllAcked() override { return controller_->waitAllAcked(); }

 private:
  const std::shared_ptr<window> window_;
  kj::Own<capnp::RpcFlowController> controller_;
};

}  // namespace

/// Both the connection and, by its disposer, what counts the RPC system's references to it.
class vat_network::connection final : public Connection,
                                      public kj::Disposer,
                                      public outgoing_queue,
                                      private deferred_work {
 public:
  connection(event_loop& loop, detail::basic_message_stream& stream,
             std::shared_ptr<detail::incoming> in, std::shared_ptr<detail::outgoing> out, Side side,
             capnp::ReaderOptions options, detail::message_filter* filter)
      : own_side{side},
        port_{loop.port()},
        stream_{stream},
        incoming_{std::move(in)},
        outgoing_{std::move(out)},
        options_{options},
        filter_{filter} {
    if (filter != nullptr) incoming_->filter_with(*filter);
    peer_.initRoot<VatId>().setSide(other(side));
    auto ended = kj::newPromiseAndFulfiller<void>();
    ended_ = ended.promise.fork();
    end_ = kj::mv(ended.fulfiller);
  }
  ~connection() {
    port_.take_back(*this);
    window_->stream_ends();
  }

  [[nodiscard]] kj::Own<Connection> reference() {
    ++references_;
    return {this, *this};
  }
  [[nodiscard]] kj::Promise<void> on_disconnect() { return ended_.addBranch(); }
  [[nodiscard]] std::size_t queued_words() const noexcept { return queued_words_; }
  [[nodiscard]] std::size_t posted() const noexcept { return posted_; }
  void post(kj::FunctionParam<void(capnp::rpc::Message::Builder)> build);

  kj::Own<capnp::RpcFlowController> newStream() override {
    return kj::heap<flow_controller>(window_);
  }
  VatId::Reader getPeerVatId() override { return peer_.getRoot<VatId>(); }
  kj::Own<capnp::OutgoingRpcMessage> newOutgoingMessage(capnp::uint first_words) override {
    return kj::refcounted<outgoing_message>(*this, pool_, first_words);
  }
  kj::Promise<kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>> receiveIncomingMessage() override;
  kj::Promise<void> shutdown() override;

  const Side own_side;

 private:
  void send(kj::Own<outgoing_message> message) override;
  void enqueue(kj::Own<outgoing_message> message, std::size_t words);
  void run_deferred() noexcept override;
  void write_queue();
  void written();
  void failed(kj::Exception&& exception);
  void disposeImpl(void*) const override;

  event_port& port_;
  detail::basic_message_stream& stream_;
  const std::shared_ptr<detail::incoming> incoming_;
  const std::shared_ptr<detail::outgoing> outgoing_;
  const capnp::ReaderOptions options_;
  detail::message_filter* const filter_;  // or null
  const std::shared_ptr<segment_pool> pool_ = port_.segments();
  const std::shared_ptr<window> window_ = std::make_shared<window>(stream_);
  capnp::MallocMessageBuilder peer_{4};

  kj::Vector<kj::Own<outgoing_message>> queue_;
  kj::Vector<kj::Own<outgoing_message>> in_writing_;
  std::vector<segment_list> lists_;  // of those
  std::size_t queued_words_ = 0;     // of both
  std::size_t posted_ = 0;           // messages in both
  kj::Promise<void> writing_ = nullptr;
  kj::Maybe<kj::Exception> failure_;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> all_written_;  // once shut down

  mutable std::size_t references_ = 0;
  mutable kj::Own<kj::PromiseFulfiller<void>> end_;
  kj::ForkedPromise<void> ended_ = nullptr;
};

kj::Promise<kj::Maybe<kj::Own<capnp::IncomingRpcMessage>>>
vat_network::connection::receiveIncomingMessage() {
  return kj::evalNow([&] { return incoming_->read(options_); })
      .then([](kj::Maybe<capnp::MessageReaderAndFds>&& message)
                -> kj::Maybe<kj::Own<capnp::IncomingRpcMessage>> {
        KJ_IF_MAYBE (got, message) return kj::heap<incoming_message>(kj::mv(got->reader));
        return nullptr;
      });
}

void vat_network::connection::send(kj::Own<outgoing_message> message) {
  const std::size_t words = message->sizeInWords();
  KJ_REQUIRE(words < options_.traversalLimitInWords,
             "a message is larger than the limit of this end "
             "(capnp::ReaderOptions::traversalLimitInWords), and a peer with the same limit would "
             "not take it",
             words, options_.traversalLimitInWords);
  const std::size_t segments = message->segments().size();
  KJ_REQUIRE(segments <= most_segments,
             "a message has more segments than receivers accept; it refers to too much memory that "
             "lies outside of it",
             segments, most_segments);
  KJ_REQUIRE(all_written_ == nullptr, "the connection was shut down");
  if (failure_ != nullptr) return;  // which reads report
  if (filter_ != nullptr) filter_->leaving(message->segments());
  enqueue(kj::mv(message), words);
}

void vat_network::connection::post(kj::FunctionParam<void(capnp::rpc::Message::Builder)> build) {
  if (failure_ != nullptr || all_written_ != nullptr) return;
  auto message = kj::refcounted<outgoing_message>(*this, nullptr, posted_words);
  build(message->getBody().initAs<capnp::rpc::Message>());
  message->is_posted = true;
  ++posted_;
  const std::size_t words = message->sizeInWords();
  enqueue(kj::mv(message), words);
}

void vat_network::connection::enqueue(kj::Own<outgoing_message> message, std::size_t words) {
  queued_words_ += words;
  queue_.add(kj::mv(message));
  if (queue_.size() < enough_messages && words < enough_words) {
    port_.defer(*this);
  } else {
    write_queue();
  }
}

void vat_network::connection::run_deferred() noexcept { write_queue(); }

void vat_network::connection::write_queue() {
  if (!in_writing_.empty() || queue_.empty()) return;
  std::swap(in_writing_, queue_);
  lists_.clear();
  for (auto& message : in_writing_)
    lists_.push_back(message->segments());
  KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] {
                 const auto lists = kj::arrayPtr(lists_.data(), lists_.size());
                 KJ_IF_MAYBE (rest, outgoing_->write_or_wait(lists)) {
                   writing_ = rest->then([this] { written(); },
                                         [this](kj::Exception&& e) { failed(kj::mv(e)); })
                                  .eagerlyEvaluate(nullptr);
                 } else {
                   written();
                 }
               })) {
    failed(kj::mv(*exception));
  }
}

// Others are written when the loop comes round: this may be called by writing_, which must not be
// replaced by then.
void vat_network::connection::written() {
  for (auto& message : in_writing_) {
    queued_words_ -= message->sizeInWords();
    if (message->is_posted) --posted_;
  }
  in_writing_.clear();
  if (!queue_.empty()) {
    port_.defer(*this);
    return;
  }
  if (filter_ != nullptr) filter_->all_written();
  KJ_IF_MAYBE (waiting, all_written_) (*waiting)->fulfill();
}

// When the peer is gone what it sent before may still be read, and then reads end by themselves.
// From the first line on nothing is sent any more: this may be called by writing_, and those who
// are told of the failure may let go of capabilities.
void vat_network::connection::failed(kj::Exception&& exception) {
  failure_ = kj::Exception{exception};
  in_writing_.clear();
  queue_.clear();
  queued_words_ = posted_ = 0;
  if (filter_ != nullptr) filter_->ending();
  if (exception.getType() != kj::Exception::Type::DISCONNECTED)
    incoming_->give_up(kj::Exception{exception});
  KJ_IF_MAYBE (waiting, all_written_) (*waiting)->reject(kj::mv(exception));
}

// Not at once: the RPC system calls this in its destructor, too, with an Abort in the queue that
// tells of that. Who then destroys this object as well lets the peer read the end of the stream
// instead.
kj::Promise<void> vat_network::connection::shutdown() {
  auto all = kj::newPromiseAndFulfiller<void>();
  KJ_IF_MAYBE (exception, failure_) {
    all.fulfiller->reject(kj::Exception{*exception});
  } else if (queue_.empty() && in_writing_.empty()) {
    all.fulfiller->fulfill();
  }
  all_written_ = kj::mv(all.fulfiller);
  return all.promise.then([this] { return stream_.end(); });
}

void vat_network::connection::disposeImpl(void*) const {
  if (--references_ == 0) end_->fulfill();
}

vat_network::vat_network(event_loop& loop, detail::basic_message_stream& stream, Side side,
                         capnp::ReaderOptions options)
    : connection_{std::make_unique<connection>(loop, stream, stream.incoming_, stream.outgoing_,
                                               side, options, nullptr)} {}

vat_network::vat_network(event_loop& loop, detail::basic_message_stream& stream, Side side,
                         capnp::ReaderOptions options, detail::message_filter& filter)
    : connection_{std::make_unique<connection>(loop, stream, stream.incoming_, stream.outgoing_,
                                               side, options, &filter)} {}

vat_network::~vat_network() = default;

void vat_network::post(kj::FunctionParam<void(capnp::rpc::Message::Builder)> build) {
  connection_->post(kj::mv(build));
}

std::size_t vat_network::posted() const noexcept { return connection_->posted(); }

kj::Promise<void> vat_network::on_disconnect() { return connection_->on_disconnect(); }

std::size_t vat_network::queued_bytes() const noexcept {
  return connection_->queued_words() * sizeof(capnp::word);
}

kj::Maybe<kj::Own<vat_network::Connection>> vat_network::connect(VatId::Reader peer) {
  if (peer.getSide() == connection_->own_side) return nullptr;
  return connection_->reference();
}

// The one that there is, to the serving end; the calling end calls connect().
kj::Promise<kj::Own<vat_network::Connection>> vat_network::accept() {
  if (connection_->own_side == Side::SERVER && !std::exchange(accepted_, true))
    return connection_->reference();
  return kj::NEVER_DONE;
}

}  // namespace v4v::rpc
