#include "plugin.h"

#include "reports.h"
#include "sockets.h"

namespace fast_path {

namespace {

const char *const name = "weir-fast-path";

// The driver makes a configuration within its constructor, on the thread of JavaScript: so no property has to tell which is whose.
thread_local Client *armed = nullptr;
thread_local bool was_used = false;

rd_kafka_resp_err_t on_destroy(rd_kafka_t *rk, void *opaque) {
  auto *client = static_cast<Client *>(opaque);
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk != rk) return RD_KAFKA_RESP_ERR_NO_ERROR;
  client->rk = nullptr;
  client->giver.close();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *, void *opaque, char *, size_t) {
  auto *client = static_cast<Client *>(opaque);
  std::lock_guard<std::mutex> lock(client->mutex);
  const auto *api = client->api;
  // Where one of these fails the client is not ours, and the driver goes on alone.
  if (api->rd_kafka_interceptor_add_on_destroy(rk, name, on_destroy, client) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  if (client->has_reports &&
      api->rd_kafka_interceptor_add_on_acknowledgement(rk, name, on_acknowledgement, client) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  client->rk = rk;
  client->giver.open();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_conf_dup(rd_kafka_conf_t *conf, const rd_kafka_conf_t *, size_t, const char **, void *opaque);

bool listen(rd_kafka_conf_t *conf, Client *client) {
  const auto *api = client->api;
  return api->rd_kafka_conf_interceptor_add_on_new(conf, name, on_new, client) == RD_KAFKA_RESP_ERR_NO_ERROR &&
         api->rd_kafka_conf_interceptor_add_on_conf_dup(conf, name, on_conf_dup, client) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

// The client is made of a copy of the configuration, and interceptors are not copied with it.
rd_kafka_resp_err_t on_conf_dup(rd_kafka_conf_t *conf, const rd_kafka_conf_t *, size_t, const char **, void *opaque) {
  listen(conf, static_cast<Client *>(opaque));
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

void arm(Client *client) {
  armed = client;
  was_used = false;
}

bool disarm() {
  armed = nullptr;
  return was_used;
}

}  // namespace fast_path

// librdkafka calls this for every configuration with our path in plugin.library.paths, copies too: those have nobody armed.
extern "C" __attribute__((visibility("default"))) rd_kafka_resp_err_t conf_init(rd_kafka_conf_t *conf, void **, char *, size_t) {
  using namespace fast_path;
  if (armed == nullptr || was_used) return RD_KAFKA_RESP_ERR_NO_ERROR;
  // Whoever calls us is the librdkafka to call.
  armed->api = librdkafka_at(__builtin_extract_return_addr(__builtin_return_address(0)));
  if (armed->api != nullptr) was_used = listen(conf, armed);
  // Of producers only: what consumers wait for they ask for again.
  if (was_used && armed->has_reports) watch_sockets(armed->api, conf);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
