// Node-API access to libtorch's dispatcher: calls any ATen operator by name and converts arguments by its schema.
#include "allocator.h"
#include "processor.h"
#include "values.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <malloc.h>
#include <omp.h>
#include <torch/version.h>

#include <mutex>

namespace coatrack {
namespace {

constexpr size_t descriptionLength = 32;

/**
 * State of one environment, that is, of one JavaScript thread, as several threads may load this addon at once. Node.js frees
 * it with the environment, including the tensors of a terminated thread. Only the allocator (which has a lock), libtorch's
 * registries, and the number of threads (per thread, with a default) belong to the process.
 */
struct State {
  Handles handles;
  std::vector<Operator> operators;
  c10::Device device{c10::DeviceType::CPU};
  /** Shared with JavaScript: dtype, rank and sizes of the tensor described last. */
  int32_t description[descriptionLength] = {};
};

State& stateOf(const Napi::CallbackInfo& info) { return *static_cast<State*>(info.Data()); }

constexpr const char* outOfMemoryCode = "OUT_OF_MEMORY";

/** Returns whether memory ran out: the GPU's allocator throws its own type, our CPU allocator this message. */
bool isOutOfMemory(const c10::Error& error) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr || std::string(error.what_without_backtrace()).rfind("out of memory", 0) == 0;
}

/** Runs body and converts C++ exceptions to JavaScript errors; running out of memory gets its own code. */
template <typename Body>
Napi::Value guarded(const Napi::CallbackInfo& info, const std::string& what, Body body) {
  const auto fail = [&](const std::string& message, const char* code) -> Napi::Value {
    auto error = Napi::Error::New(info.Env(), what.empty() ? message : what + ": " + message);
    if (code != nullptr) error.Set("code", code);
    throw error;
  };
  try {
    // tfjs records gradients, so libtorch's autograd, version counters and views are not needed.
    const at::AutoDispatchBelowADInplaceOrView belowAutograd;
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    return fail("out of memory", outOfMemoryCode);
  } catch (const c10::Error& error) {
    return fail(error.what_without_backtrace(), isOutOfMemory(error) ? outOfMemoryCode : nullptr);
  } catch (const std::exception& error) {
    return fail(error.what(), nullptr);
  }
}

void describe(State& state, const at::Tensor& tensor) {
  TORCH_CHECK(static_cast<size_t>(tensor.dim()) + 2 <= descriptionLength, "tensors of rank ", tensor.dim(), " are not supported");
  auto* out = state.description;
  *out++ = static_cast<int32_t>(tensor.scalar_type());
  *out++ = static_cast<int32_t>(tensor.dim());
  for (const int64_t size : tensor.sizes()) *out++ = static_cast<int32_t>(size);
}

Napi::Value adopt(Napi::Env env, State& state, at::Tensor tensor) {
  describe(state, tensor);
  return Napi::Number::New(env, state.handles.add(std::move(tensor)));
}

Napi::Value toJavaScript(Napi::Env env, State& state, const c10::IValue& value) {
  if (value.isTensor()) {
    return value.toTensor().defined() ? adopt(env, state, value.toTensor()) : env.Null();
  }
  if (value.isDouble()) return Napi::Number::New(env, value.toDouble());
  if (value.isInt()) return Napi::Number::New(env, static_cast<double>(value.toInt()));
  if (value.isBool()) return Napi::Boolean::New(env, value.toBool());
  if (value.isTensorList()) {
    auto array = Napi::Array::New(env);
    for (const at::Tensor& tensor : value.toTensorVector()) array.Set(array.Length(), adopt(env, state, tensor));
    return array;
  }
  return env.Undefined();
}

/** resolve(name, overload) → operator id */
Napi::Value resolve(const Napi::CallbackInfo& info) {
  return guarded(info, "", [&] {
    auto& operators = stateOf(info).operators;
    operators.push_back(resolveOperator(info[0].As<Napi::String>(), info[1].As<Napi::String>()));
    return Napi::Number::New(info.Env(), static_cast<double>(operators.size() - 1));
  });
}

/** call(operator id, …arguments) → handle, number, boolean, null (no tensor), or an array of them */
Napi::Value call(const Napi::CallbackInfo& info) {
  State& state = stateOf(info);
  const uint32_t id = info[0].As<Napi::Number>().Uint32Value();
  if (id >= state.operators.size()) throw Napi::Error::New(info.Env(), "no operator has the id " + std::to_string(id));
  const Operator& op = state.operators[id];
  return guarded(info, op.name, [&]() -> Napi::Value {
    TORCH_CHECK(info.Length() - 1 <= op.parameters.size(), info.Length() - 1, " arguments for ", op.parameters.size(), " parameters");
    torch::jit::Stack stack;
    stack.reserve(op.parameters.size());
    for (size_t i = 0; i < op.parameters.size(); ++i) {
      stack.push_back(toIValue(op.parameters[i], info[i + 1], state.handles));
    }
    op.handle.callBoxed(stack);
    if (stack.size() == 1) return toJavaScript(info.Env(), state, stack[0]);
    auto results = Napi::Array::New(info.Env(), stack.size());
    for (size_t i = 0; i < stack.size(); ++i) results.Set(static_cast<uint32_t>(i), toJavaScript(info.Env(), state, stack[i]));
    return results;
  });
}

/** A tensor over a typed array's own memory, valid while the array lives. */
at::Tensor over(const Napi::TypedArray& array, c10::ScalarType dtype, at::IntArrayRef shape) {
  auto* data = static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  return at::from_blob(data, shape, at::TensorOptions().dtype(dtype));
}

c10::ScalarType dtypeOf(const Napi::TypedArray& array) {
  switch (array.TypedArrayType()) {
    case napi_float32_array: return c10::ScalarType::Float;
    case napi_int32_array: return c10::ScalarType::Int;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return c10::ScalarType::Byte;
    default: throw std::invalid_argument("must be a Float32Array, Int32Array or Uint8Array");
  }
}

/** write(values, dtype, shape) → handle of a copy on the engine's device */
Napi::Value write(const Napi::CallbackInfo& info) {
  return guarded(info, "write", [&] {
    State& state = stateOf(info);
    const auto values = info[0].As<Napi::TypedArray>();
    const auto dtype = static_cast<c10::ScalarType>(info[1].As<Napi::Number>().Int32Value());
    const auto sizes = info[2].As<Napi::Array>();
    std::vector<int64_t> shape(sizes.Length());
    int64_t count = 1;
    for (uint32_t i = 0; i < sizes.Length(); ++i) count *= shape[i] = Napi::Value(sizes.Get(i)).As<Napi::Number>().Int64Value();
    TORCH_CHECK(count == static_cast<int64_t>(values.ElementLength()), values.ElementLength(), " values for a tensor of ", count);
    auto tensor = at::empty(shape, at::TensorOptions().dtype(dtype).device(state.device));
    if (count > 0) tensor.copy_(over(values, dtypeOf(values), shape));
    return adopt(info.Env(), state, std::move(tensor));
  });
}

/** read(handle, target) copies into a typed array, converting to its type; target holds exactly the tensor */
Napi::Value read(const Napi::CallbackInfo& info) {
  return guarded(info, "read", [&] {
    const auto target = info[1].As<Napi::TypedArray>();
    const auto& tensor = stateOf(info).handles.at(info[0].As<Napi::Number>().Int64Value());
    TORCH_CHECK(tensor.numel() == static_cast<int64_t>(target.ElementLength()), "the target has another size than the tensor");
    if (tensor.numel() > 0) over(target, dtypeOf(target), tensor.sizes()).copy_(tensor);
    return info.Env().Undefined();
  });
}

/** Waits for the device and copies on a thread of libuv's pool, so that the event loop is not blocked. */
class Reading final : public Napi::AsyncWorker {
 public:
  Reading(Napi::Env env, at::Tensor tensor, const Napi::TypedArray& target)
      : AsyncWorker(env), promise(Napi::Promise::Deferred::New(env)), tensor_(std::move(tensor)), target_(Napi::Persistent(target.As<Napi::Object>())), destination_(over(target, dtypeOf(target), tensor_.sizes())) {}
  void Execute() override {
    const at::AutoDispatchBelowADInplaceOrView belowAutograd;
    try {
      destination_.copy_(tensor_);
    } catch (const c10::Error& error) {
      outOfMemory_ = isOutOfMemory(error);
      SetError(std::string("read: ") + error.what_without_backtrace());
    }
  }
  void OnOK() override { promise.Resolve(target_.Value()); }
  void OnError(const Napi::Error& error) override {
    if (outOfMemory_) error.Value().Set("code", outOfMemoryCode);
    promise.Reject(error.Value());
  }

  Napi::Promise::Deferred promise;

 private:
  at::Tensor tensor_;
  Napi::ObjectReference target_;
  at::Tensor destination_;
  bool outOfMemory_ = false;
};

/** readAsync(handle, target) → Promise of the filled target */
Napi::Value readAsync(const Napi::CallbackInfo& info) {
  return guarded(info, "read", [&]() -> Napi::Value {
    const auto target = info[1].As<Napi::TypedArray>();
    const auto& tensor = stateOf(info).handles.at(info[0].As<Napi::Number>().Int64Value());
    TORCH_CHECK(tensor.numel() == static_cast<int64_t>(target.ElementLength()), "the target has another size than the tensor");
    auto* reading = new Reading(info.Env(), tensor, target);
    reading->Queue();
    return reading->promise.Promise();
  });
}

Napi::Value free(const Napi::CallbackInfo& info) {
  return guarded(info, "free", [&] {
    stateOf(info).handles.free(info[0].As<Napi::Number>().Int64Value());
    return info.Env().Undefined();
  });
}

/** describe(handle) fills the shared description */
Napi::Value describeHandle(const Napi::CallbackInfo& info) {
  return guarded(info, "describe", [&] {
    describe(stateOf(info), stateOf(info).handles.at(info[0].As<Napi::Number>().Int64Value()));
    return info.Env().Undefined();
  });
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  const auto statistics = memoryStatistics();
  auto result = Napi::Object::New(info.Env());
  result.Set("handles", static_cast<double>(stateOf(info).handles.count()));
  result.Set("allocated", static_cast<double>(statistics.allocated));
  result.Set("reserved", static_cast<double>(statistics.reserved));
  result.Set("peak", static_cast<double>(statistics.peak));
  return result;
}

Napi::Value release(const Napi::CallbackInfo& info) {
  releaseMemory();
  malloc_trim(0);
  return info.Env().Undefined();
}

/** configure({ device, threads }) */
Napi::Value configure(const Napi::CallbackInfo& info) {
  return guarded(info, "configure", [&] {
    const auto options = info[0].As<Napi::Object>();
    const Napi::Value device = options.Get("device");
    const Napi::Value threads = options.Get("threads");
    if (device.IsString()) stateOf(info).device = c10::Device(device.As<Napi::String>().Utf8Value());
    if (threads.IsNumber()) {
      const int32_t count = threads.As<Napi::Number>().Int32Value();
      at::set_num_threads(count);
      // Python's torch has its own OpenMP; kernels compiled here use the system's.
      omp_set_num_threads(count);
    }
    return info.Env().Undefined();
  });
}

/** Initialises the process once, in whichever thread loads the addon first. */
void prepareProcess() {
  installAllocator();
  // oneDNN's scratch memory comes from malloc. Small blocks are kept, as unmapping them after every call would cost page
  // faults. Large blocks are mostly JavaScript's arrays and return to the system once collected.
  mallopt(M_MMAP_THRESHOLD, 512 << 10);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  static std::once_flag prepared;
  std::call_once(prepared, prepareProcess);
  auto* state = new State();
  env.SetInstanceData(state);
  const auto method = [&](const char* name, auto function) { exports.Set(name, Napi::Function::New(env, function, name, state)); };
  method("resolve", resolve);
  method("call", call);
  method("write", write);
  method("read", read);
  method("readAsync", readAsync);
  method("free", free);
  method("describe", describeHandle);
  method("memory", memory);
  method("releaseMemory", release);
  method("configure", configure);
  exports.Set("version", TORCH_VERSION);
  exports.Set("cuda", at::hasCUDA());
  exports.Set("bfloat16", hasBfloat16());
  exports.Set("threads", Napi::Number::New(env, at::get_num_threads()));
  exports.Set("description", Napi::Int32Array::New(env, descriptionLength, Napi::ArrayBuffer::New(env, state->description, sizeof(state->description)), 0));
  return exports;
}

}  // namespace

NODE_API_MODULE(torch, initialize)

}  // namespace coatrack
