// What JavaScript sees.
#include <dlfcn.h>

#include "clients.h"
#include "configs.h"
#include "give.h"
#include "plugin.h"
#include "quit.h"
#include "reports.h"
#include "sockets.h"
#include "take.h"
#include "values.h"

namespace fast_path {

namespace {

// The shape of everything that is exported here. JavaScript that expects another does without.
constexpr int32_t shape = 7;

// arm(hasReports): the number of the client that the driver makes next, before `disarm`.
napi_value arm_next(napi_env env, napi_callback_info info) {
  napi_value given[1];
  bool has_reports;
  if (!arguments(env, info, 1, given)) return nullptr;
  if (napi_get_value_bool(env, given[0], &has_reports) != napi_ok) {
    napi_throw_type_error(env, nullptr, "arm(hasReports) wants a boolean");
    return nullptr;
  }
  Client *client;
  const auto added = add_client(&client);
  client->has_reports = has_reports;
  arm(client);
  return integer(env, static_cast<int32_t>(added));
}

// disarm(): whether the driver's client will be ours.
napi_value disarm_now(napi_env env, napi_callback_info) { return boolean(env, disarm()); }

// isOpen(client): whether it is connected, so that `take` and `give` do something.
napi_value is_open(napi_env env, napi_callback_info info) {
  napi_value given[1];
  if (!arguments(env, info, 1, given)) return nullptr;
  auto *client = client_of(env, given[0]);
  if (client == nullptr) return boolean(env, false);
  std::lock_guard<std::mutex> lock(client->mutex);
  return boolean(env, client->rk != nullptr);
}

// describe(client, code): what librdkafka says of one of its codes.
napi_value describe(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t code = 0;
  if (!arguments(env, info, 2, given)) return nullptr;
  napi_get_value_int32(env, given[1], &code);
  auto *client = client_of(env, given[0]);
  if (client == nullptr || client->api == nullptr) return text(env, "unknown error");
  return text(env, client->api->rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)));
}

// nudge(client): cuts one of its connections. False where it has none.
napi_value nudge(napi_env env, napi_callback_info info) {
  napi_value given[1];
  if (!arguments(env, info, 1, given)) return nullptr;
  auto *client = client_of(env, given[0]);
  if (client == nullptr) return boolean(env, false);
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk == nullptr) return boolean(env, false);
  return boolean(env, cut_connection(client->api->rd_kafka_opaque(client->rk)));
}

// Threads of librdkafka may be in our code when the process ends, and the last plugin of a closed client must not take it along.
void stay_loaded() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&stay_loaded), &info) != 0 && info.dli_fname != nullptr)
    dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

void add(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  must(napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function), "exporting");
  must(napi_set_named_property(env, exports, name, function), "exporting");
}

}  // namespace

}  // namespace fast_path

NAPI_MODULE_INIT() {
  using namespace fast_path;
  stay_loaded();
  must(napi_set_named_property(env, exports, "shape", integer(env, shape)), "exporting");
  add(env, exports, "arm", arm_next);
  add(env, exports, "disarm", disarm_now);
  add(env, exports, "isOpen", is_open);
  add(env, exports, "describe", describe);
  add(env, exports, "take", take);
  add(env, exports, "give", give);
  add(env, exports, "given", given);
  add(env, exports, "takeBack", take_back);
  add(env, exports, "reports", reports);
  add(env, exports, "tell", tell);
  add(env, exports, "forget", forget);
  add(env, exports, "configs", configs);
  add(env, exports, "alterConfigs", alter_configs);
  add(env, exports, "nudge", nudge);
  add(env, exports, "quit", quit);
  return exports;
}
