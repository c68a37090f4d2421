#include "parcel.h"

#include <cstring>

namespace fast_path {

namespace {

thread_local bool giving = false;

void *opaque_of(const Columns &message) { return reinterpret_cast<void *>(static_cast<intptr_t>(message.id)); }

// One attempt to give a parcel. It has the client's own objects for the topics, so that none is left when the client is destroyed.
class Attempt {
 public:
  Attempt(const Librdkafka *api, rd_kafka_t *rk, const Parcel &parcel, const Refuse &refuse)
      : api_(api), rk_(rk), parcel_(parcel), refuse_(refuse) {
    for (const auto &name : parcel.topics) topics_.push_back(api->rd_kafka_topic_new(rk, name.c_str(), nullptr));
    giving = true;
  }
  ~Attempt() {
    giving = false;
    for (auto *topic : topics_)
      if (topic != nullptr) api_->rd_kafka_topic_destroy(topic);
  }
  Attempt(const Attempt &) = delete;
  Attempt &operator=(const Attempt &) = delete;

  uint32_t give(uint32_t from) const {
    const auto until = static_cast<uint32_t>(parcel_.columns.size());
    while (from < until) {
      if (may_go_along(from)) {
        uint32_t end = from + 1;
        while (end < until && may_go_along(end) && parcel_.columns[end].topic == parcel_.columns[from].topic) end++;
        const auto reached = give_run(from, end);
        if (reached < end) return reached;
        from = end;
        continue;
      }
      const auto code = give_alone(from);
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return from;
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) refuse_(from, code);
      from++;
    }
    return from;
  }

 private:
  const Librdkafka *api_;
  rd_kafka_t *rk_;
  const Parcel &parcel_;
  const Refuse &refuse_;
  std::vector<rd_kafka_topic_t *> topics_;

  // Nothing where librdkafka refuses the name.
  rd_kafka_topic_t *topic_of(const Columns &message) const { return topics_[static_cast<size_t>(message.topic)]; }

  bool is_plain(uint32_t index) const { return parcel_.timestamps[index] == 0 && parcel_.columns[index].header_length == 0; }

  // Whether it may go in one call with its neighbours. Not with a partition of its own: there, rd_kafka_produce_batch forgets to free a message
  // to a partition that does not exist, after which no flush ends, and takes a topic not known yet for partition −1 of a transaction
  // (librdkafka 2.15).
  bool may_go_along(uint32_t index) const {
    const auto &message = parcel_.columns[index];
    return is_plain(index) && message.partition < 0 && topic_of(message) != nullptr;
  }

  // A run of messages to one topic in one call. Once its queue is full librdkafka takes none of the rest, so the order is kept.
  uint32_t give_run(uint32_t from, uint32_t until) const {
    const uint32_t count = until - from;
    std::vector<rd_kafka_message_t> messages(count);
    for (uint32_t index = 0; index < count; index++) {
      const auto &column = parcel_.columns[from + index];
      auto &message = messages[index];
      message.key = const_cast<char *>(key_of(parcel_, column));
      message.key_len = length_of(column.key_length);
      message.payload = const_cast<char *>(value_of(parcel_, column));
      message.len = length_of(column.value_length);
      message._private = opaque_of(column);
    }
    api_->rd_kafka_produce_batch(topic_of(parcel_.columns[from]), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, messages.data(),
                                 static_cast<int>(count));
    for (uint32_t index = 0; index < count; index++) {
      if (messages[index].err == RD_KAFKA_RESP_ERR__QUEUE_FULL) return from + index;
      if (messages[index].err != RD_KAFKA_RESP_ERR_NO_ERROR) refuse_(from + index, messages[index].err);
    }
    return until;
  }

  rd_kafka_resp_err_t give_alone(uint32_t index) const {
    if (topic_of(parcel_.columns[index]) == nullptr) return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
    return is_plain(index) ? give_to_partition(index) : give_with_headers(index);
  }

  rd_kafka_resp_err_t give_to_partition(uint32_t index) const {
    const auto &column = parcel_.columns[index];
    const int outcome = api_->rd_kafka_produce(topic_of(column), column.partition, RD_KAFKA_MSG_F_COPY,
                                               const_cast<char *>(value_of(parcel_, column)), length_of(column.value_length),
                                               key_of(parcel_, column), length_of(column.key_length), opaque_of(column));
    return outcome == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : api_->rd_kafka_last_error();
  }

  // One with a timestamp or headers.
  rd_kafka_resp_err_t give_with_headers(uint32_t index) const {
    const auto &column = parcel_.columns[index];
    rd_kafka_vu_t units[8];
    size_t count = 0;
    units[count].vtype = RD_KAFKA_VTYPE_RKT;
    units[count++].u.rkt = topic_of(column);
    units[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    units[count++].u.i32 = column.partition;
    units[count].vtype = RD_KAFKA_VTYPE_KEY;
    units[count].u.mem.ptr = const_cast<char *>(key_of(parcel_, column));
    units[count++].u.mem.size = length_of(column.key_length);
    units[count].vtype = RD_KAFKA_VTYPE_VALUE;
    units[count].u.mem.ptr = const_cast<char *>(value_of(parcel_, column));
    units[count++].u.mem.size = length_of(column.value_length);
    units[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    units[count++].u.i = RD_KAFKA_MSG_F_COPY;
    units[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    units[count++].u.ptr = opaque_of(column);
    if (parcel_.timestamps[index] != 0) {
      units[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
      units[count++].u.i64 = static_cast<int64_t>(parcel_.timestamps[index]);
    }
    auto *headers = headers_of(column);
    if (headers != nullptr) {
      units[count].vtype = RD_KAFKA_VTYPE_HEADERS;
      units[count++].u.headers = headers;
    }
    auto *error = api_->rd_kafka_produceva(rk_, units, count);
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    // librdkafka keeps the headers only of a message that it takes.
    if (headers != nullptr) api_->rd_kafka_headers_destroy(headers);
    const auto code = api_->rd_kafka_error_code(error);
    api_->rd_kafka_error_destroy(error);
    return code;
  }

  rd_kafka_headers_t *headers_of(const Columns &column) const {
    if (column.header_length == 0) return nullptr;
    const char *at = parcel_.bytes.data() + column.start + length_of(column.key_length) + length_of(column.value_length);
    const char *end = at + column.header_length;
    auto *headers = api_->rd_kafka_headers_new(8);
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
      api_->rd_kafka_header_add(headers, name, name_length, value_length < 0 ? nullptr : at, length_of(value_length));
      at += length_of(value_length);
    }
    return headers;
  }
};

}  // namespace

const char *key_of(const Parcel &parcel, const Columns &message) {
  return message.key_length < 0 ? nullptr : parcel.bytes.data() + message.start;
}

const char *value_of(const Parcel &parcel, const Columns &message) {
  return message.value_length < 0 ? nullptr : parcel.bytes.data() + message.start + length_of(message.key_length);
}

bool is_giving() { return giving; }

uint32_t give_parcel(const Librdkafka *api, rd_kafka_t *rk, const Parcel &parcel, uint32_t from, const Refuse &refuse) {
  return Attempt(api, rk, parcel, refuse).give(from);
}

}  // namespace fast_path
