#include "grpc_caller.hpp"

#include <optional>
#include <stdexcept>

#include "measure/stopwatch.hpp"

namespace v4v::bench {
namespace {

/// One of the calls that are in flight at the same time.
struct lane {
  void begin(grpc_schema::Bench::Stub& stub, grpc::CompletionQueue& queue) {
    context.emplace();
    reader = stub.AsyncDoNothing(&*context, nothing, &queue);
    reader->Finish(&nothing, &status, this);
  }

  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc_schema::Nothing>> reader;
  grpc_schema::Nothing nothing;
  grpc::Status status;
};

}  // namespace

grpc_caller::grpc_caller(const std::shared_ptr<grpc::Channel>& channel, grpc_wait wait,
                         const payload& of_run)
    : stub_(grpc_schema::Bench::NewStub(channel)), wait_(wait), payload_(of_run) {}

grpc_caller::~grpc_caller() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void* grpc_caller::await() {
  void* tag = nullptr;
  bool ok = false;
  if (!next_event(queue_, wait_, tag, ok) || !ok)
    throw std::runtime_error("gRPC: the call has failed");
  return tag;
}

outcome grpc_caller::null_calls(std::size_t count) {
  outcome o;
  o.each.reserve(count);
  const stopwatch all;
  lane calls;
  for (std::size_t i = 0; i < count; ++i) {
    const stopwatch time;
    calls.begin(*stub_, queue_);
    await();
    require_success(calls.status);
    o.each.push_back(time.microseconds());
  }
  o.seconds = all.seconds();
  return o;
}

outcome grpc_caller::pipelined_calls(std::size_t count, std::size_t in_flight) {
  std::vector<lane> lanes(in_flight);
  const auto next = [&]() -> lane& {
    auto& returned = *static_cast<lane*>(await());
    require_success(returned.status);
    return returned;
  };
  const stopwatch time;
  for (lane& each : lanes)
    each.begin(*stub_, queue_);
  for (std::size_t returned = 1; returned <= count; ++returned) {
    lane& free = next();
    if (returned < count) free.begin(*stub_, queue_);
  }
  outcome o{time.seconds()};
  for (std::size_t left = 1; left < in_flight; ++left)
    next();
  return o;
}

outcome grpc_caller::read(std::size_t bytes, std::size_t count) {
  grpc_schema::Size size;
  size.set_bytes(static_cast<std::uint32_t>(bytes));
  grpc_schema::Blob reply;
  grpc::Status status;
  const stopwatch time;
  for (std::size_t i = 0; i < count; ++i) {
    grpc::ClientContext context;
    const auto reader = stub_->AsyncRead(&context, size, &queue_);
    reader->Finish(&reply, &status, &reply);
    await();
    require_success(status);
    require_bytes(bytes, reply.blob().size());
    payload_.received(reply.blob().data(), reply.blob().size());
  }
  return {time.seconds()};
}

outcome grpc_caller::write(std::size_t bytes, std::size_t count) {
  const grpc_schema::Blob request = blob_of(bytes);
  grpc_schema::Count reply;
  grpc::Status status;
  const stopwatch time;
  for (std::size_t i = 0; i < count; ++i) {
    grpc::ClientContext context;
    const auto reader = stub_->AsyncWrite(&context, request, &queue_);
    reader->Finish(&reply, &status, &reply);
    await();
    require_success(status);
    require_bytes(bytes, reply.bytes());
  }
  return {time.seconds()};
}

outcome grpc_caller::push(std::size_t bytes, std::size_t count) {
  const grpc_schema::Blob chunk = blob_of(bytes);
  grpc_schema::Count reply;
  grpc::Status status;
  grpc::ClientContext context;
  const stopwatch time;
  const auto writer = stub_->AsyncPush(&context, &reply, &queue_, &reply);
  await();
  for (std::size_t i = 0; i < count; ++i) {
    writer->Write(chunk, &reply);
    await();
  }
  writer->WritesDone(&reply);
  await();
  writer->Finish(&status, &reply);
  await();
  require_success(status);
  require_bytes(bytes * count, reply.bytes());
  return {time.seconds()};
}

grpc_schema::Blob grpc_caller::blob_of(std::size_t bytes) const {
  grpc_schema::Blob made;
  const auto from = payload_.to_send().first(bytes);
  made.set_blob(from.begin(), from.size());
  return made;
}

}  // namespace v4v::bench
