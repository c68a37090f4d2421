// Messages from librdkafka to JavaScript, in columns.
#pragma once

#include "node_api.h"

namespace fast_path {

// take(client, maxMessages, maxBytes): null where the client is gone, or an array that holds, one after the other,
// for each batch: topic, partition, number of messages, bytes of keys and values, whether those are ASCII, whether it has headers, its columns;
// for each thing that librdkafka says in place of a message: null, its code, its text, topic (null where it is about none), partition, offset.
napi_value take(napi_env env, napi_callback_info info);

}  // namespace fast_path
