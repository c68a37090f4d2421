// The end of a process in which clients are left.
#pragma once

#include "node_api.h"

namespace fast_path {

// quit(code, ms): the process, which is about to exit, ends without the teardown of its libraries, and after so long whatever it waits for.
napi_value quit(napi_env env, napi_callback_info info);

}  // namespace fast_path
