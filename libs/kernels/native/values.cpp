#include "values.h"

#include <torch/version.h>

#include <cmath>
#include <stdexcept>

namespace coatrack {

int32_t Handles::add(at::Tensor tensor) {
  if (unused_.empty()) {
    tensors_.push_back(std::move(tensor));
    return static_cast<int32_t>(tensors_.size() - 1);
  }
  const int32_t handle = unused_.back();
  unused_.pop_back();
  tensors_[handle] = std::move(tensor);
  return handle;
}

const at::Tensor& Handles::at(int64_t handle) const {
  if (handle < 0 || handle >= static_cast<int64_t>(tensors_.size()) || !tensors_[handle].defined()) {
    throw std::invalid_argument("no tensor has the handle " + std::to_string(handle) + "; was it already freed?");
  }
  return tensors_[handle];
}

void Handles::free(int64_t handle) {
  at(handle);
  tensors_[handle].reset();
  unused_.push_back(static_cast<int32_t>(handle));
}

namespace {

Kind kindOf(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::NumberType: return Kind::Scalar;
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::IntType: return Kind::Int;
    case c10::TypeKind::FloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Bool;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::ListType:
      switch (const auto& element = type->containedTypes()[0]; element->kind()) {
        case c10::TypeKind::TensorType: return Kind::TensorList;
        case c10::TypeKind::OptionalType: return Kind::OptionalTensorList;
        case c10::TypeKind::SymIntType:
        case c10::TypeKind::IntType: return Kind::IntList;
        case c10::TypeKind::FloatType: return Kind::FloatList;
        case c10::TypeKind::BoolType: return Kind::BoolList;
        default: return Kind::Other;
      }
    default: return Kind::Other;
  }
}

std::string qualified(const std::string& name, const std::string& overload) {
  return overload.empty() ? name : name + "." + overload;
}

double numberOf(const Napi::Value& value) {
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value() ? 1 : 0;
  if (!value.IsNumber()) throw std::invalid_argument("must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integerOf(const Napi::Value& value) {
  const double number = numberOf(value);
  if (number != std::floor(number) || std::abs(number) > 9007199254740992.0) {
    throw std::invalid_argument("must be an integer, not " + std::to_string(number));
  }
  return static_cast<int64_t>(number);
}

/** Keeps whole numbers integral, so that an int32 tensor plus 1 stays int32. */
c10::IValue scalarOf(const Napi::Value& value) {
  const double number = numberOf(value);
  if (number == std::floor(number) && std::abs(number) <= 9007199254740992.0) {
    return static_cast<int64_t>(number);
  }
  return number;
}

template <typename T, typename Convert>
c10::List<T> listOf(const Napi::Value& value, Convert convert) {
  if (!value.IsArray()) throw std::invalid_argument("must be an array");
  const auto array = value.As<Napi::Array>();
  c10::List<T> list;
  list.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) list.push_back(convert(array.Get(i)));
  return list;
}

c10::IValue convert(Kind kind, const Napi::Value& value, const Handles& handles) {
  const auto tensorOf = [&](const Napi::Value& handle) { return handles.at(integerOf(handle)); };
  switch (kind) {
    case Kind::Tensor: return tensorOf(value);
    case Kind::TensorList: return listOf<at::Tensor>(value, tensorOf);
    case Kind::OptionalTensorList: {
      const auto array = value.As<Napi::Array>();
      auto list = c10::impl::GenericList(c10::OptionalType::create(c10::TensorType::get()));
      for (uint32_t i = 0; i < array.Length(); ++i) {
        const Napi::Value item = array.Get(i);
        list.push_back(item.IsNull() ? c10::IValue() : c10::IValue(tensorOf(item)));
      }
      return list;
    }
    case Kind::Scalar: return scalarOf(value);
    case Kind::Int: return integerOf(value);
    case Kind::IntList: return listOf<int64_t>(value, integerOf);
    case Kind::Float: return numberOf(value);
    case Kind::FloatList: return listOf<double>(value, numberOf);
    case Kind::Bool: return numberOf(value) != 0;
    case Kind::BoolList: return listOf<bool>(value, [](const Napi::Value& item) { return numberOf(item) != 0; });
    case Kind::String: return value.As<Napi::String>().Utf8Value();
    case Kind::Device: return c10::Device(value.As<Napi::String>().Utf8Value());
    case Kind::Other: break;
  }
  throw std::invalid_argument("arguments of this type cannot be passed from JavaScript");
}

}  // namespace

Operator resolveOperator(const std::string& name, const std::string& overload) {
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  TORCH_CHECK(handle.has_value(), "libtorch " TORCH_VERSION " has no operator ", qualified(name, overload));
  Operator op{*handle, qualified(name, overload), {}};
  for (const auto& argument : handle->schema().arguments()) {
    const bool optional = argument.type()->kind() == c10::TypeKind::OptionalType;
    const auto type = optional ? argument.type()->containedTypes()[0] : argument.type();
    const auto fallback = argument.default_value();
    op.parameters.push_back({argument.name(), kindOf(type), optional, fallback.has_value(), fallback.has_value() ? *fallback : c10::IValue()});
  }
  return op;
}

c10::IValue toIValue(const Parameter& parameter, const Napi::Value& value, const Handles& handles) {
  try {
    if (value.IsUndefined()) {
      if (!parameter.hasDefault) throw std::invalid_argument("is missing");
      return parameter.defaultValue;
    }
    if (value.IsNull() && parameter.optional) return c10::IValue();
    return convert(parameter.kind, value, handles);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("argument " + parameter.name + ": " + error.what());
  }
}

}  // namespace coatrack
