#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace coatrack {

/** Tensors that JavaScript refers to, by number. Numbers are reused after their tensors are freed. */
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

/** The type of a schema argument, derived once per operator so that calls need not inspect types. */
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

/** @throws c10::Error naming the operator and the libtorch release if it does not exist */
Operator resolveOperator(const std::string& name, const std::string& overload);

/** Converts one argument of a call by the operator's schema. @throws std::invalid_argument naming it */
c10::IValue toIValue(const Parameter& parameter, const Napi::Value& value, const Handles& handles);

}  // namespace coatrack
