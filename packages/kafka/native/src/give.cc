#include "give.h"

#include <cstring>

#include "clients.h"
#include "values.h"

namespace fast_path {

namespace {

thread_local bool giving = false;

class Giving {
 public:
  Giving() { giving = true; }
  ~Giving() { giving = false; }
  Giving(const Giving &) = delete;
  Giving &operator=(const Giving &) = delete;
};

struct Columns {
  int32_t topic;
  int32_t partition;
  int32_t start;
  int32_t key_length;
  int32_t value_length;
  int32_t header_length;
  int32_t id;
  int32_t error;
};
static_assert(sizeof(Columns) == 8 * sizeof(int32_t), "columns of 32 bits");

struct Given {
  Client *client;
  std::vector<rd_kafka_topic_t *> topics;
  const char *bytes;
  Columns *columns;
  const double *timestamps;
};

size_t length_of(int32_t length) { return length < 0 ? 0 : static_cast<size_t>(length); }

void *key_of(const Given &given, const Columns &message) {
  return message.key_length < 0 ? nullptr : const_cast<char *>(given.bytes + message.start);
}

void *value_of(const Given &given, const Columns &message) {
  return message.value_length < 0 ? nullptr : const_cast<char *>(given.bytes + message.start + length_of(message.key_length));
}

bool is_plain(const Given &given, uint32_t index) {
  return given.timestamps[index] == 0 && given.columns[index].header_length == 0;
}

// Whether it may go in one call with its neighbours. Not with a partition of its own: there, rd_kafka_produce_batch forgets to free a message to a
// partition that does not exist, after which no flush ends, and takes a topic not known yet for partition −1 of a transaction (librdkafka 2.15).
bool may_go_along(const Given &given, uint32_t index) { return is_plain(given, index) && given.columns[index].partition < 0; }

void *opaque_of(const Columns &column) { return reinterpret_cast<void *>(static_cast<intptr_t>(column.id)); }

// A run of messages to one topic in one call. Once its queue is full librdkafka takes none of the rest, so the order is kept.
uint32_t give_run(const Given &given, uint32_t from, uint32_t until) {
  const uint32_t count = until - from;
  std::vector<rd_kafka_message_t> messages(count);
  for (uint32_t index = 0; index < count; index++) {
    const auto &column = given.columns[from + index];
    auto &message = messages[index];
    message.key = key_of(given, column);
    message.key_len = length_of(column.key_length);
    message.payload = value_of(given, column);
    message.len = length_of(column.value_length);
    message._private = opaque_of(column);
  }
  auto *topic = given.topics[static_cast<size_t>(given.columns[from].topic)];
  given.client->api->rd_kafka_produce_batch(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, messages.data(),
                                            static_cast<int>(count));
  for (uint32_t index = 0; index < count; index++) {
    if (messages[index].err == RD_KAFKA_RESP_ERR__QUEUE_FULL) return from + index;
    given.columns[from + index].error = messages[index].err;
  }
  return until;
}

// One message with a partition of its own.
rd_kafka_resp_err_t give_to_partition(const Given &given, uint32_t index) {
  const auto *api = given.client->api;
  const auto &column = given.columns[index];
  const int outcome = api->rd_kafka_produce(given.topics[static_cast<size_t>(column.topic)], column.partition, RD_KAFKA_MSG_F_COPY,
                                            value_of(given, column), length_of(column.value_length), key_of(given, column),
                                            length_of(column.key_length), opaque_of(column));
  return outcome == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : api->rd_kafka_last_error();
}

rd_kafka_headers_t *headers_of(const Given &given, const Columns &column) {
  if (column.header_length == 0) return nullptr;
  const char *at = given.bytes + column.start + length_of(column.key_length) + length_of(column.value_length);
  const char *end = at + column.header_length;
  auto *headers = given.client->api->rd_kafka_headers_new(8);
  const auto length = [&at] {
    int32_t value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
  };
  while (at < end) {
    const auto name_length = length();
    const char *name = at;
    at += name_length;
    const auto value_length = length();
    given.client->api->rd_kafka_header_add(headers, name, name_length, value_length < 0 ? nullptr : at, length_of(value_length));
    at += length_of(value_length);
  }
  return headers;
}

// One message with a timestamp or headers.
rd_kafka_resp_err_t give_one(const Given &given, uint32_t index) {
  const auto *api = given.client->api;
  const auto &column = given.columns[index];
  rd_kafka_vu_t units[8];
  size_t count = 0;
  units[count].vtype = RD_KAFKA_VTYPE_RKT;
  units[count++].u.rkt = given.topics[static_cast<size_t>(column.topic)];
  units[count].vtype = RD_KAFKA_VTYPE_PARTITION;
  units[count++].u.i32 = column.partition;
  units[count].vtype = RD_KAFKA_VTYPE_KEY;
  units[count].u.mem.ptr = key_of(given, column);
  units[count++].u.mem.size = length_of(column.key_length);
  units[count].vtype = RD_KAFKA_VTYPE_VALUE;
  units[count].u.mem.ptr = value_of(given, column);
  units[count++].u.mem.size = length_of(column.value_length);
  units[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  units[count++].u.i = RD_KAFKA_MSG_F_COPY;
  units[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  units[count++].u.ptr = opaque_of(column);
  if (given.timestamps[index] != 0) {
    units[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    units[count++].u.i64 = static_cast<int64_t>(given.timestamps[index]);
  }
  auto *headers = headers_of(given, column);
  if (headers != nullptr) {
    units[count].vtype = RD_KAFKA_VTYPE_HEADERS;
    units[count++].u.headers = headers;
  }
  auto *error = api->rd_kafka_produceva(given.client->rk, units, count);
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  // librdkafka keeps the headers only of a message that it takes.
  if (headers != nullptr) api->rd_kafka_headers_destroy(headers);
  const auto code = api->rd_kafka_error_code(error);
  api->rd_kafka_error_destroy(error);
  return code;
}

uint32_t give_all(const Given &given, uint32_t from, uint32_t until) {
  while (from < until) {
    if (!may_go_along(given, from)) {
      const auto code = is_plain(given, from) ? give_to_partition(given, from) : give_one(given, from);
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return from;
      given.columns[from++].error = code;
      continue;
    }
    uint32_t end = from + 1;
    while (end < until && may_go_along(given, end) && given.columns[end].topic == given.columns[from].topic) end++;
    const auto reached = give_run(given, from, end);
    if (reached < end) return reached;
    from = end;
  }
  return from;
}

// Whether no message reaches beyond what it says it lies in.
bool lies_within(const Given &given, uint32_t topics, size_t bytes, uint32_t from, uint32_t until) {
  for (uint32_t index = from; index < until; index++) {
    const auto &column = given.columns[index];
    if (column.topic < 0 || static_cast<uint32_t>(column.topic) >= topics || column.start < 0 || column.header_length < 0) return false;
    const size_t end = static_cast<size_t>(column.start) + length_of(column.key_length) + length_of(column.value_length) +
                       static_cast<size_t>(column.header_length);
    if (end > bytes) return false;
  }
  return true;
}

// The client's own objects for the topics, for the length of a call: so none of them is left when the client is destroyed.
bool open_topics(napi_env env, napi_value names, uint32_t count, Given &given) {
  std::string name;
  for (uint32_t index = 0; index < count; index++) {
    napi_value element;
    size_t length = 0;
    if (napi_get_element(env, names, index, &element) != napi_ok ||
        napi_get_value_string_utf8(env, element, nullptr, 0, &length) != napi_ok)
      return false;
    name.resize(length + 1);
    if (napi_get_value_string_utf8(env, element, &name[0], length + 1, &length) != napi_ok) return false;
    given.topics.push_back(given.client->api->rd_kafka_topic_new(given.client->rk, name.c_str(), nullptr));
  }
  return true;
}

uint32_t give_known(Given &given, uint32_t from, uint32_t until) {
  while (from < until) {
    if (given.topics[static_cast<size_t>(given.columns[from].topic)] == nullptr) {
      // librdkafka refuses the name.
      given.columns[from++].error = RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
      continue;
    }
    uint32_t end = from + 1;
    while (end < until && given.topics[static_cast<size_t>(given.columns[end].topic)] != nullptr) end++;
    const auto reached = give_all(given, from, end);
    if (reached < end) return reached;
    from = end;
  }
  return from;
}

}  // namespace

bool is_giving() { return giving; }

napi_value give(napi_env env, napi_callback_info info) {
  napi_value values[7];
  if (!arguments(env, info, 7, values)) return nullptr;
  uint32_t client_number, topics, from, until;
  void *bytes, *columns, *timestamps;
  size_t byte_length, column_length, timestamp_length;
  napi_typedarray_type column_type, timestamp_type;
  if (napi_get_value_uint32(env, values[0], &client_number) != napi_ok || napi_get_array_length(env, values[1], &topics) != napi_ok ||
      napi_get_buffer_info(env, values[2], &bytes, &byte_length) != napi_ok ||
      napi_get_typedarray_info(env, values[3], &column_type, &column_length, &columns, nullptr, nullptr) != napi_ok ||
      napi_get_typedarray_info(env, values[4], &timestamp_type, &timestamp_length, &timestamps, nullptr, nullptr) != napi_ok ||
      napi_get_value_uint32(env, values[5], &from) != napi_ok || napi_get_value_uint32(env, values[6], &until) != napi_ok ||
      column_type != napi_int32_array || timestamp_type != napi_float64_array || until > timestamp_length || until > column_length / 8) {
    napi_throw_type_error(env, nullptr, "give(client, topics, bytes, columns, timestamps, from, until) was called with something else");
    return nullptr;
  }
  auto *client = find_client(client_number);
  if (client == nullptr) return integer(env, -1);
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk == nullptr) return integer(env, -1);
  Given given{client, {}, static_cast<const char *>(bytes), static_cast<Columns *>(columns), static_cast<const double *>(timestamps)};
  uint32_t reached = from;
  const bool is_good = lies_within(given, topics, byte_length, from, until) && open_topics(env, values[1], topics, given);
  if (is_good) {
    Giving guard;
    reached = give_known(given, from, until);
  }
  for (auto *topic : given.topics)
    if (topic != nullptr) client->api->rd_kafka_topic_destroy(topic);
  if (!is_good) {
    napi_throw_range_error(env, nullptr, "a message lies outside of its buffer, or a topic is no text");
    return nullptr;
  }
  return integer(env, static_cast<int32_t>(reached));
}

}  // namespace fast_path
