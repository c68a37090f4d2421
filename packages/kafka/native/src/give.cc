#include "give.h"

#include <algorithm>
#include <chrono>

#include "clients.h"
#include "values.h"

namespace fast_path {

namespace {

const char *const wanted = "give(client, topics, bytes, columns, timestamps, count) was called with something else";

// What JavaScript hands over.
struct Handed {
  Client *client;
  napi_value topics;
  uint32_t topic_count;
  const char *bytes;
  size_t byte_length;
  const Columns *columns;
  const double *timestamps;
  uint32_t count;
};

bool read(napi_env env, const napi_value *values, Handed &handed) {
  void *bytes, *columns, *timestamps;
  size_t column_length, timestamp_length;
  napi_typedarray_type column_type, timestamp_type;
  uint32_t client_number;
  if (napi_get_value_uint32(env, values[0], &client_number) != napi_ok ||
      napi_get_array_length(env, values[1], &handed.topic_count) != napi_ok ||
      napi_get_buffer_info(env, values[2], &bytes, &handed.byte_length) != napi_ok ||
      napi_get_typedarray_info(env, values[3], &column_type, &column_length, &columns, nullptr, nullptr) != napi_ok ||
      napi_get_typedarray_info(env, values[4], &timestamp_type, &timestamp_length, &timestamps, nullptr, nullptr) != napi_ok ||
      napi_get_value_uint32(env, values[5], &handed.count) != napi_ok || column_type != napi_int32_array ||
      timestamp_type != napi_float64_array || handed.count > timestamp_length || handed.count > column_length / columns_per_message)
    return false;
  handed.client = find_client(client_number);
  handed.topics = values[1];
  handed.bytes = static_cast<const char *>(bytes);
  handed.columns = static_cast<const Columns *>(columns);
  handed.timestamps = static_cast<const double *>(timestamps);
  return true;
}

// Where the last message ends; nothing where one reaches beyond the bytes.
bool end_of(const Handed &handed, size_t &end) {
  end = 0;
  for (uint32_t index = 0; index < handed.count; index++) {
    const auto &message = handed.columns[index];
    if (message.topic < 0 || static_cast<uint32_t>(message.topic) >= handed.topic_count || message.start < 0 || message.header_length < 0)
      return false;
    end = std::max(end, static_cast<size_t>(message.start) + length_of(message.key_length) + length_of(message.value_length) +
                            static_cast<size_t>(message.header_length));
    if (end > handed.byte_length) return false;
  }
  return true;
}

bool pack(napi_env env, const Handed &handed, Parcel &parcel) {
  size_t end;
  if (!end_of(handed, end) || !texts_of(env, handed.topics, &parcel.topics)) return false;
  parcel.bytes.assign(handed.bytes, handed.bytes + end);
  parcel.columns.assign(handed.columns, handed.columns + handed.count);
  parcel.timestamps.assign(handed.timestamps, handed.timestamps + handed.count);
  return true;
}

// Somebody waits for librdkafka to have everything.
struct Waiting {
  Client *client;
  std::chrono::milliseconds limit;
  bool is_given;
  napi_deferred deferred;
  napi_async_work work;
};

// On a thread of the pool.
void wait(napi_env, void *data) {
  auto *waiting = static_cast<Waiting *>(data);
  waiting->is_given = waiting->client->giver.await_given(waiting->limit);
}

// On the thread of JavaScript again.
void answer(napi_env env, napi_status, void *data) {
  auto *waiting = static_cast<Waiting *>(data);
  napi_resolve_deferred(env, waiting->deferred, boolean(env, waiting->is_given));
  napi_delete_async_work(env, waiting->work);
  delete waiting;
}

}  // namespace

napi_value give(napi_env env, napi_callback_info info) {
  napi_value values[6];
  if (!arguments(env, info, 6, values)) return nullptr;
  Handed handed;
  if (!read(env, values, handed)) {
    napi_throw_type_error(env, nullptr, wanted);
    return nullptr;
  }
  if (handed.client == nullptr) return nothing(env);
  Parcel parcel;
  if (!pack(env, handed, parcel)) {
    napi_throw_range_error(env, nullptr, "a message lies outside of its buffer, or a topic is no text");
    return nullptr;
  }
  const auto added = handed.client->giver.add(std::move(parcel));
  return added == Added::gone ? nothing(env) : boolean(env, added == Added::taken);
}

napi_value given(napi_env env, napi_callback_info info) {
  napi_value values[2];
  if (!arguments(env, info, 2, values)) return nullptr;
  auto *client = client_of(env, values[0]);
  uint32_t ms;
  if (client == nullptr || napi_get_value_uint32(env, values[1], &ms) != napi_ok) {
    napi_throw_type_error(env, nullptr, "given(client, ms) wants a client and a number");
    return nullptr;
  }
  auto *waiting = new Waiting{client, std::chrono::milliseconds(ms), false, nullptr, nullptr};
  napi_value promise;
  must(napi_create_promise(env, &waiting->deferred, &promise), "making a promise");
  must(napi_create_async_work(env, nullptr, text(env, "weir given"), wait, answer, waiting, &waiting->work), "waiting");
  must(napi_queue_async_work(env, waiting->work), "waiting");
  return promise;
}

napi_value take_back(napi_env env, napi_callback_info info) {
  napi_value values[1];
  if (!arguments(env, info, 1, values)) return nullptr;
  Row row(env);
  auto *client = client_of(env, values[0]);
  if (client == nullptr) return row.array();
  for (const auto id : client->giver.take_back()) row.push(integer(env, id));
  return row.array();
}

}  // namespace fast_path
