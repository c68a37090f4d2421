#include "take.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "clients.h"
#include "values.h"

namespace fast_path {

namespace {

// Messages that are asked for at a time: how far a take can go beyond its bytes.
constexpr size_t chunk = 256;
// Positions in a batch are 32 bits wide.
constexpr size_t batch_bytes_max = 1 << 29;

struct Batch {
  rd_kafka_topic_t *topic;
  int32_t partition;
  size_t messages = 0;
  size_t bytes = 0;
  size_t header_bytes = 0;
  // Filled while copying.
  size_t next = 0;
  size_t at = 0;
  size_t header_at = 0;
  uint64_t high_bits = 0;
  double *offsets = nullptr;
  double *timestamps = nullptr;
  int32_t *places = nullptr;
  int32_t *header_places = nullptr;
  char *data = nullptr;
  napi_value columns = nullptr;
};

struct Key {
  rd_kafka_topic_t *topic;
  int32_t partition;
  bool operator==(const Key &other) const { return topic == other.topic && partition == other.partition; }
};

struct Hash {
  size_t operator()(const Key &key) const { return reinterpret_cast<size_t>(key.topic) * 31 + static_cast<size_t>(key.partition); }
};

size_t size_of(const rd_kafka_message_t *message) { return (message->key == nullptr ? 0 : message->key_len) + message->len; }

// What is ready now. Ends early where much has come: what is not taken stays with librdkafka, which stops fetching then.
void dequeue(const Client &client, size_t max, size_t max_bytes, std::vector<rd_kafka_message_t *> &messages) {
  auto *queue = client.api->rd_kafka_queue_get_consumer(client.rk);
  if (queue == nullptr) return;
  size_t bytes = 0;
  while (messages.size() < max && bytes < max_bytes) {
    const size_t before = messages.size();
    const size_t wanted = std::min(chunk, max - before);
    messages.resize(before + wanted);
    const auto got = client.api->rd_kafka_consume_batch_queue(queue, 0, messages.data() + before, wanted);
    messages.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (messages.size() < before + wanted) break;
    for (size_t index = before; index < messages.size(); index++) bytes += size_of(messages[index]);
  }
  client.api->rd_kafka_queue_destroy(queue);
}

// A header: length of its name, name, length of its value (−1 for none), value. Before the first: how many.
size_t header_size(const Librdkafka &api, rd_kafka_headers_t *headers) {
  size_t size = sizeof(int32_t);
  const char *name;
  const void *value;
  size_t length;
  for (size_t index = 0; api.rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; index++)
    size += 2 * sizeof(int32_t) + std::strlen(name) + length;
  return size;
}

void put(Batch &batch, const void *bytes, size_t length) {
  std::memcpy(batch.data + batch.header_at, bytes, length);
  batch.header_at += length;
}

void put_length(Batch &batch, int32_t length) { put(batch, &length, sizeof length); }

void put_headers(const Librdkafka &api, rd_kafka_headers_t *headers, Batch &batch) {
  put_length(batch, static_cast<int32_t>(api.rd_kafka_header_cnt(headers)));
  const char *name;
  const void *value;
  size_t length;
  for (size_t index = 0; api.rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; index++) {
    const auto name_length = std::strlen(name);
    put_length(batch, static_cast<int32_t>(name_length));
    put(batch, name, name_length);
    put_length(batch, value == nullptr ? -1 : static_cast<int32_t>(length));
    if (value != nullptr) put(batch, value, length);
  }
}

uint64_t high_bits_of(const char *bytes, size_t length) {
  uint64_t all = 0;
  uint64_t word;
  size_t index = 0;
  for (; index + sizeof word <= length; index += sizeof word) {
    std::memcpy(&word, bytes + index, sizeof word);
    all |= word;
  }
  for (; index < length; index++) all |= static_cast<unsigned char>(bytes[index]);
  return all & 0x8080808080808080u;
}

void put_field(Batch &batch, const void *bytes, size_t length) {
  if (length == 0) return;
  std::memcpy(batch.data + batch.at, bytes, length);
  batch.high_bits |= high_bits_of(static_cast<const char *>(bytes), length);
  batch.at += length;
}

void put_message(const Librdkafka &api, const rd_kafka_message_t *message, Batch &batch) {
  const size_t index = batch.next++;
  batch.offsets[index] = static_cast<double>(message->offset);
  rd_kafka_timestamp_type_t type;
  const auto timestamp = api.rd_kafka_message_timestamp(message, &type);
  batch.timestamps[index] = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : static_cast<double>(timestamp);
  int32_t *place = batch.places + 3 * index;
  place[0] = static_cast<int32_t>(batch.at);
  place[1] = message->key == nullptr ? -1 : static_cast<int32_t>(message->key_len);
  place[2] = message->payload == nullptr ? -1 : static_cast<int32_t>(message->len);
  if (message->key != nullptr) put_field(batch, message->key, message->key_len);
  if (message->payload != nullptr) put_field(batch, message->payload, message->len);
  if (batch.header_places == nullptr) return;
  rd_kafka_headers_t *headers;
  const bool has = api.rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR;
  batch.header_places[index] = has ? static_cast<int32_t>(batch.header_at) : -1;
  if (has) put_headers(api, headers, batch);
}

// One piece of memory for a batch, its own, so that no batch keeps the bytes of another: offsets, timestamps, places
// (start, length of the key, length of the value), places of headers if there are any, then the bytes.
void allocate(napi_env env, Batch &batch) {
  const bool has_headers = batch.header_bytes > 0;
  const size_t fixed = batch.messages * (2 * sizeof(double) + (has_headers ? 4 : 3) * sizeof(int32_t));
  void *memory;
  must(napi_create_arraybuffer(env, fixed + batch.bytes + batch.header_bytes, &memory, &batch.columns), "making room for messages");
  batch.offsets = static_cast<double *>(memory);
  batch.timestamps = batch.offsets + batch.messages;
  batch.places = reinterpret_cast<int32_t *>(batch.timestamps + batch.messages);
  if (has_headers) batch.header_places = batch.places + 3 * batch.messages;
  batch.data = static_cast<char *>(memory) + fixed;
  batch.header_at = batch.bytes;
}

class Batches {
 public:
  std::vector<Batch> all;

  // The batch of a message; messages come in runs of one partition.
  size_t of(const rd_kafka_message_t *message) {
    const size_t size = size_of(message);
    if (all.empty() || !fits(all[last_], message, size)) last_ = find(message, size);
    all[last_].messages++;
    all[last_].bytes += size;
    return last_;
  }

 private:
  size_t last_ = 0;
  std::unordered_map<Key, size_t, Hash> places_;

  static bool fits(const Batch &batch, const rd_kafka_message_t *message, size_t size) {
    return batch.topic == message->rkt && batch.partition == message->partition && batch.bytes + batch.header_bytes + size < batch_bytes_max;
  }

  size_t find(const rd_kafka_message_t *message, size_t size) {
    const auto known = places_.find(Key{message->rkt, message->partition});
    if (known != places_.end() && fits(all[known->second], message, size)) return known->second;
    Batch added{};
    added.topic = message->rkt;
    added.partition = message->partition;
    all.push_back(added);
    return places_[Key{message->rkt, message->partition}] = all.size() - 1;
  }
};

void push_batch(napi_env env, const Librdkafka &api, const Batch &batch, Row &row) {
  row.push(text(env, api.rd_kafka_topic_name(batch.topic)));
  row.push(integer(env, batch.partition));
  row.push(integer(env, static_cast<int32_t>(batch.messages)));
  row.push(number(env, static_cast<double>(batch.bytes)));
  row.push(boolean(env, batch.high_bits == 0));
  row.push(boolean(env, batch.header_places != nullptr));
  row.push(batch.columns);
}

void push_error(napi_env env, const Librdkafka &api, const rd_kafka_message_t *message, Row &row) {
  row.push(nothing(env));
  row.push(integer(env, message->err));
  const char *what = api.rd_kafka_message_errstr(message);
  row.push(text(env, what == nullptr ? api.rd_kafka_err2str(message->err) : what));
  row.push(message->rkt == nullptr ? nothing(env) : text(env, api.rd_kafka_topic_name(message->rkt)));
  row.push(integer(env, message->partition));
  row.push(number(env, static_cast<double>(message->offset)));
}

napi_value give_out(napi_env env, const Librdkafka &api, const std::vector<rd_kafka_message_t *> &messages) {
  Row row(env);
  Batches batches;
  std::vector<uint32_t> places(messages.size());
  for (size_t index = 0; index < messages.size(); index++) {
    const auto *message = messages[index];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    places[index] = static_cast<uint32_t>(batches.of(message));
    rd_kafka_headers_t *headers;
    if (api.rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
      batches.all[places[index]].header_bytes += header_size(api, headers);
  }
  for (auto &batch : batches.all) allocate(env, batch);
  for (size_t index = 0; index < messages.size(); index++)
    if (messages[index]->err == RD_KAFKA_RESP_ERR_NO_ERROR) put_message(api, messages[index], batches.all[places[index]]);
  for (const auto &batch : batches.all) push_batch(env, api, batch, row);
  for (auto *message : messages) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) push_error(env, api, message, row);
    api.rd_kafka_message_destroy(const_cast<rd_kafka_message_t *>(message));
  }
  return row.array();
}

}  // namespace

napi_value take(napi_env env, napi_callback_info info) {
  napi_value given[3];
  uint32_t client_number, max;
  double max_bytes;
  if (!arguments(env, info, 3, given)) return nullptr;
  if (napi_get_value_uint32(env, given[0], &client_number) != napi_ok || napi_get_value_uint32(env, given[1], &max) != napi_ok ||
      napi_get_value_double(env, given[2], &max_bytes) != napi_ok) {
    napi_throw_type_error(env, nullptr, "take(client, maxMessages, maxBytes) wants three numbers");
    return nullptr;
  }
  auto *client = find_client(client_number);
  if (client == nullptr) return nothing(env);
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk == nullptr) return nothing(env);
  std::vector<rd_kafka_message_t *> messages;
  dequeue(*client, max, static_cast<size_t>(max_bytes), messages);
  return give_out(env, *client->api, messages);
}

}  // namespace fast_path
