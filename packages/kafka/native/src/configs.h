// The settings of topics, which the driver can neither ask for nor change.
#pragma once

#include "node_api.h"

namespace fast_path {

// configs(client, topics, timeoutMs): a promise of a row for each topic: its name, librdkafka's code of what it was refused with (0 for nothing), then the names
// and values of its settings. It rejects with an error whose `code` is librdkafka's.
napi_value configs(napi_env env, napi_callback_info info);

// alterConfigs(client, topic, settings, timeoutMs): sets the settings of a topic, which are given as names and values in turn, and leaves the others as they are. The promise
// rejects as that of `configs`, with what the broker says.
napi_value alter_configs(napi_env env, napi_callback_info info);

}  // namespace fast_path
