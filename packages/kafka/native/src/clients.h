// The clients of the driver that we were asked to serve.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "giver.h"
#include "librdkafka.h"
#include "node_api.h"

namespace fast_path {

// What became of a message: all that were asked about, and every one that failed.
struct Report {
  int32_t id;
  int32_t error;
  int32_t partition;
  int64_t offset;
  // Only of one that nobody can name by its id.
  std::string topic;
  bool has_key;
  bool has_value;
  std::string key;
  std::string value;
};

// One client of the driver. It is never freed: librdkafka may call an interceptor until the very end of the client, and
// JavaScript may name it for even longer.
struct Client {
  Giver giver{*this};

  // Held during every call to librdkafka, and to forget `rk`: whoever destroys the client waits for the call to end.
  std::mutex mutex;
  rd_kafka_t *rk = nullptr;
  const Librdkafka *api = nullptr;
  bool has_reports = false;

  // Taken after `mutex`, never before.
  std::mutex reports_mutex;
  std::vector<Report> reports;
  napi_threadsafe_function wake = nullptr;
  // Nobody collects them any more.
  bool is_forgotten = false;
};

// A new client and its number, which JavaScript names it by.
uint32_t add_client(Client **added);
// Nothing for a number that was never given.
Client *find_client(uint32_t number);
// The same for what JavaScript says, and nothing for what is no number.
Client *client_of(napi_env env, napi_value number);

}  // namespace fast_path
