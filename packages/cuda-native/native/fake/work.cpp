// The fake driver: streams, events, and the thread that does what they were told.
#include "state.h"

namespace fake {

namespace {

bool isReady(const CUstream_st& stream) {
  const Work& head = stream.queue.front();
  return head.waits == nullptr || head.waits->isReached;
}

// Among what streams may do next, what the host asked for last: whoever forgot to wait for another stream comes too early.
CUstream_st* next(State& s) {
  CUstream_st* chosen = nullptr;
  for (CUstream_st* stream : s.busy) {
    if (isReady(*stream) && (chosen == nullptr || stream->queue.front().order > chosen->queue.front().order)) chosen = stream;
  }
  return chosen;
}

void work() {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  for (;;) {
    s.wake.wait(lock, [&] { return next(s) != nullptr; });
    if (s.settings.slow > 0) {
      const auto pause = std::chrono::microseconds(s.settings.slow);
      lock.unlock();
      std::this_thread::sleep_for(pause);
      lock.lock();
    }
    CUstream_st* stream = next(s);
    CUctx_st* context = stream->context;
    Work item = std::move(stream->queue.front());
    stream->queue.pop_front();
    if (stream->queue.empty()) s.busy.erase(stream);
    if (context->error == CUDA_SUCCESS) {
      lock.unlock();
      State::currentOfThread = context;
      const CUresult result = item.act();
      State::currentOfThread = nullptr;
      lock.lock();
      if (result != CUDA_SUCCESS && context->error == CUDA_SUCCESS) context->error = result;
    }
    // Also after an error: nobody is to wait for ever.
    if (item.marks != nullptr) {
      item.marks->isReached = true;
      item.marks->time = std::chrono::steady_clock::now();
    }
    stream->pending--;
    s.pending--;
    s.done.notify_all();
  }
}

CUstream_st* streamOf(CUstream stream) { return stream != nullptr ? stream : &state().current()->defaultStream; }

CUresult push(CUstream given, Work item, const char* call) {
  State& s = state();
  if (s.current() == nullptr) return misuse(CUDA_ERROR_INVALID_CONTEXT, call, "no context is current on this thread");
  CUstream_st* stream = streamOf(given);
  RETURN_IF(known(call, stream));
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (stream->context->error != CUDA_SUCCESS) return stream->context->error;
  if (stream->capture != nullptr) {
    stream->capture->nodes.push_back(new CUgraphNode_st{std::move(item.act), nullptr, {}});
    return CUDA_SUCCESS;
  }
  if (!s.isWorking) {
    s.isWorking = true;
    std::thread(work).detach();
  }
  item.order = ++s.order;
  stream->queue.push_back(std::move(item));
  stream->pending++;
  s.pending++;
  s.busy.insert(stream);
  s.wake.notify_one();
  return CUDA_SUCCESS;
}

CUresult refuseCapture(CUstream stream, const char* call) {
  if (stream == nullptr || stream->capture == nullptr) return CUDA_SUCCESS;
  return misuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, call, "the stream is being captured");
}

}  // namespace

CUresult enqueue(CUstream stream, std::function<CUresult()> what, const char* call) { return push(stream, {std::move(what), 0, nullptr, nullptr}, call); }

}  // namespace fake

using namespace fake;

FAKE_EXPORT CUresult fakeEnqueue(CUstream stream, std::function<CUresult()> what) { return enqueue(stream, std::move(what), "a library"); }

FAKE_EXPORT CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  RETURN_IF_BROKEN();
  if (flags > CU_STREAM_NON_BLOCKING) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "flags");
  auto* made = new CUstream_st();
  made->context = state().current();
  return give(stream, made, state().counts.streams);
}
FAKE_EXPORT CUresult cuStreamSynchronize(CUstream given) {
  RETURN_IF_BROKEN();
  State& s = state();
  CUstream_st* stream = streamOf(given);
  RETURN_IF_UNKNOWN(stream);
  RETURN_IF(refuseCapture(stream, __func__));
  std::unique_lock<std::mutex> lock(s.mutex);
  s.done.wait(lock, [&] { return stream->pending == 0; });
  return stream->context->error;
}
FAKE_EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  State& s = state();
  RETURN_IF_UNKNOWN(stream);
  {
    std::unique_lock<std::mutex> lock(s.mutex);
    s.done.wait(lock, [&] { return stream->pending == 0; });
  }
  return takeBack(stream, s.counts.streams, __func__);
}
FAKE_EXPORT CUresult cuStreamQuery(CUstream stream) {
  RETURN_IF_UNKNOWN(stream);
  RETURN_IF(refuseCapture(stream, __func__));
  const std::lock_guard<std::mutex> lock(state().mutex);
  if (stream->context->error != CUDA_SUCCESS) return stream->context->error;
  return stream->pending == 0 ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}
FAKE_EXPORT CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data) {
  RETURN_IF_BROKEN();
  return enqueue(stream, [=] {
    // No call of the driver is allowed in a host function: none has a context there.
    State::currentOfThread = nullptr;
    function(data);
    return CUDA_SUCCESS;
  }, __func__);
}

FAKE_EXPORT CUresult cuStreamBeginCapture_v2(CUstream stream, unsigned mode) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(stream);
  if (mode > 2 || stream->capture != nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "the stream is being captured, or there is no such mode");
  // Libraries load code and take memory in their first call, which the other modes forbid.
  if (mode != CU_STREAM_CAPTURE_MODE_RELAXED) return misuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, __func__, "a mode in which libraries may fail");
  return give(&stream->capture, new CUgraph_st{stream->context, {}}, state().counts.graphs);
}
FAKE_EXPORT CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  RETURN_IF_UNKNOWN(stream);
  if (stream->capture == nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "nothing is captured");
  *graph = stream->capture;
  stream->capture = nullptr;
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuEventCreate(CUevent* event, unsigned flags) {
  RETURN_IF_BROKEN();
  return give(event, new CUevent_st{state().current(), (flags & CU_EVENT_DISABLE_TIMING) == 0, nullptr}, state().counts.events);
}
FAKE_EXPORT CUresult cuEventDestroy_v2(CUevent event) { return takeBack(event, state().counts.events, __func__); }
FAKE_EXPORT CUresult cuEventRecord(CUevent event, CUstream stream) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(event, streamOf(stream));
  RETURN_IF(refuseCapture(stream, __func__));
  if (event->context != streamOf(stream)->context) return misuse(CUDA_ERROR_INVALID_HANDLE, __func__, "an event of another context");
  const auto moment = std::make_shared<Moment>();
  RETURN_IF(push(stream, {[] { return CUDA_SUCCESS; }, 0, nullptr, moment}, __func__));
  event->moment = moment;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(event, streamOf(stream));
  RETURN_IF(refuseCapture(stream, __func__));
  return push(stream, {[] { return CUDA_SUCCESS; }, 0, event->moment, nullptr}, __func__);
}
FAKE_EXPORT CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
  RETURN_IF_UNKNOWN(from, to);
  if (!from->tellsTime || !to->tellsTime || from->context != to->context) return misuse(CUDA_ERROR_INVALID_HANDLE, __func__, "events that tell no time between them");
  for (const CUevent event : {from, to}) {
    if (event->moment == nullptr) return misuse(CUDA_ERROR_INVALID_HANDLE, __func__, "an event that was never recorded");
    if (!event->moment->isReached) return CUDA_ERROR_NOT_READY;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(to->moment->time - from->moment->time).count();
  return CUDA_SUCCESS;
}
