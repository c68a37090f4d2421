// Messages from JavaScript to librdkafka.
#pragma once

#include "node_api.h"

namespace fast_path {

// give(client, topics, bytes, columns, timestamps, from, until): how many of the messages were dealt with, counted from 0; fewer than
// `until` where librdkafka's queue is full: the rest is to be given again later. −1 where the client is gone. `columns` holds for each message: number of its topic, partition or −1,
// start in `bytes`, length of the key, of the value (−1 for none) and of the headers, the id for its report, or 0 or less where it is told of only if it fails, and room for librdkafka's
// code where it does not take the message. `timestamps` holds 0 for now.
napi_value give(napi_env env, napi_callback_info info);

// Whether this thread is giving: what fails then is told by the return value, not by a report.
bool is_giving();

}  // namespace fast_path
