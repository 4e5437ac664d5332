#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace coatrack {

/** Tensors that JavaScript holds, by number. A number is reused after its tensor is freed. */
class Handles {
 public:
  int32_t add(at::Tensor tensor);
  const at::Tensor& at(int64_t handle) const;
  void free(int64_t handle);
  size_t count() const { return tensors_.size() - unused_.size(); }

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<int32_t> unused_;
};

/** What a schema argument takes, worked out once per operator so that calls don't walk types. */
enum class Kind { Tensor, TensorList, OptionalTensorList, Scalar, Int, IntList, Float, FloatList, Bool, BoolList, String, Device, Other };

struct Parameter {
  std::string name;
  Kind kind;
  bool optional;
  bool hasDefault;
  c10::IValue defaultValue;
};

/** An ATen operator, found in libtorch's dispatcher, and how its arguments are converted. */
struct Operator {
  c10::OperatorHandle handle;
  std::string name;
  std::vector<Parameter> parameters;
};

/** @throws c10::Error that names the operator and the libtorch release when there is none of this name */
Operator resolveOperator(const std::string& name, const std::string& overload);

/** One argument of a call, converted by the operator's own schema. @throws std::invalid_argument naming it */
c10::IValue toIValue(const Parameter& parameter, const Napi::Value& value, const Handles& handles);

}  // namespace coatrack
