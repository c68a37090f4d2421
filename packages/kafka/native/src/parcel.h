// Messages on their way to librdkafka.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "librdkafka.h"

namespace fast_path {

// Where a message lies in its parcel, and where it is to go.
struct Columns {
  int32_t topic;
  int32_t partition;
  int32_t start;
  int32_t key_length;
  int32_t value_length;
  int32_t header_length;
  int32_t id;
};
// Bytes of a field; −1 says that there is none.
inline size_t length_of(int32_t length) { return length < 0 ? 0 : static_cast<size_t>(length); }

constexpr size_t columns_per_message = 7;
static_assert(sizeof(Columns) == columns_per_message * sizeof(int32_t), "columns of 32 bits");

// A copy of what JavaScript has written, so that it can write on.
struct Parcel {
  std::vector<std::string> topics;
  std::vector<char> bytes;
  std::vector<Columns> columns;
  std::vector<double> timestamps;
};

// Told of a message that librdkafka does not take, by its place in the parcel.
using Refuse = std::function<void(uint32_t index, rd_kafka_resp_err_t error)>;

// Gives messages from a place on. Returns how many of the parcel were dealt with; fewer than there are where librdkafka's queue is full.
uint32_t give_parcel(const Librdkafka *api, rd_kafka_t *rk, const Parcel &parcel, uint32_t from, const Refuse &refuse);

// Key and value of a message; nothing for one that has none.
const char *key_of(const Parcel &parcel, const Columns &message);
const char *value_of(const Parcel &parcel, const Columns &message);

// Whether this thread is giving: what librdkafka does not take is told by `refuse`, not by its interceptor.
bool is_giving();

}  // namespace fast_path
