// Small steps between C++ and JavaScript.
#pragma once

#include <string>
#include <vector>

#include "node_api.h"

namespace fast_path {

// For what must not fail: between taking a message from librdkafka and giving it to JavaScript a failure would lose it,
// and a process that ends reads it again.
inline void must(napi_status status, const char *doing) {
  if (status != napi_ok) napi_fatal_error("weir fast path", NAPI_AUTO_LENGTH, doing, NAPI_AUTO_LENGTH);
}

inline napi_value number(napi_env env, double value) {
  napi_value result;
  must(napi_create_double(env, value, &result), "making a number");
  return result;
}

inline napi_value integer(napi_env env, int32_t value) {
  napi_value result;
  must(napi_create_int32(env, value, &result), "making a number");
  return result;
}

inline napi_value text(napi_env env, const char *value, size_t length = NAPI_AUTO_LENGTH) {
  napi_value result;
  must(napi_create_string_utf8(env, value, length, &result), "making a text");
  return result;
}

inline napi_value nothing(napi_env env) {
  napi_value result;
  must(napi_get_null(env, &result), "giving null");
  return result;
}

inline napi_value boolean(napi_env env, bool value) {
  napi_value result;
  must(napi_get_boolean(env, value, &result), "giving a boolean");
  return result;
}

// A text of JavaScript; false for what is none.
inline bool text_of(napi_env env, napi_value value, std::string *found) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return false;
  found->assign(size + 1, '\0');
  if (napi_get_value_string_utf8(env, value, &(*found)[0], found->size(), &size) != napi_ok) return false;
  found->resize(size);
  return true;
}

// The texts of an array; false where it is none, or has something else.
inline bool texts_of(napi_env env, napi_value array, std::vector<std::string> *texts) {
  uint32_t length = 0;
  if (napi_get_array_length(env, array, &length) != napi_ok) return false;
  for (uint32_t at = 0; at < length; at++) {
    napi_value each;
    std::string found;
    if (napi_get_element(env, array, at, &each) != napi_ok || !text_of(env, each, &found)) return false;
    texts->push_back(std::move(found));
  }
  return true;
}

// Appends to a JavaScript array.
class Row {
 public:
  explicit Row(napi_env env) : env_(env) { must(napi_create_array(env, &array_), "making an array"); }
  void push(napi_value value) { must(napi_set_element(env_, array_, length_++, value), "filling an array"); }
  napi_value array() const { return array_; }

 private:
  napi_env env_;
  napi_value array_;
  uint32_t length_ = 0;
};

// The arguments of a call, `count` of them. False after an exception was thrown for too few.
inline bool arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, nullptr, nullptr) == napi_ok && given >= count) return true;
  napi_throw_type_error(env, nullptr, "too few arguments");
  return false;
}

}  // namespace fast_path
