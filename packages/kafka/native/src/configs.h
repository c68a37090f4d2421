// The settings of topics, which the driver cannot ask for.
#pragma once

#include "node_api.h"

namespace fast_path {

// configs(client, topics, timeoutMs): a promise of a row for each topic: its name, librdkafka's code of what it was refused with (0 for nothing), then the names
// and values of its settings. It rejects with an error whose `code` is librdkafka's.
napi_value configs(napi_env env, napi_callback_info info);

}  // namespace fast_path
