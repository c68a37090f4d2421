// Messages from JavaScript to librdkafka.
#pragma once

#include "node_api.h"

namespace fast_path {

// give(client, topics, bytes, columns, timestamps, count): whether the messages are on their way. False where too much is already: they are to be
// given again later. Null where the client is gone. `columns` holds for each message: number of its topic, partition or −1, start in `bytes`, length
// of the key, of the value (−1 for none) and of the headers, and the id for its report, or 0 or less where it is told of only if it fails.
// `timestamps` holds 0 for now. What librdkafka does not take is reported.
napi_value give(napi_env env, napi_callback_info info);

// given(client, ms): a promise of whether librdkafka has had everything within so long, or the client is gone.
napi_value given(napi_env env, napi_callback_info info);

// takeBack(client): librdkafka is given no more of what it does not have. The ids above 0 of those messages.
napi_value take_back(napi_env env, napi_callback_info info);

}  // namespace fast_path
