#include "clients.h"

namespace fast_path {

namespace {

std::mutex mutex;

std::vector<Client *> &clients() {
  // Not destroyed at the end of the process: threads of librdkafka may still be running then.
  static auto &all = *new std::vector<Client *>();
  return all;
}

}  // namespace

uint32_t add_client(Client **added) {
  std::lock_guard<std::mutex> lock(mutex);
  *added = new Client();
  clients().push_back(*added);
  return static_cast<uint32_t>(clients().size() - 1);
}

Client *find_client(uint32_t number) {
  std::lock_guard<std::mutex> lock(mutex);
  return number < clients().size() ? clients()[number] : nullptr;
}

Client *client_of(napi_env env, napi_value number) {
  uint32_t known;
  return napi_get_value_uint32(env, number, &known) == napi_ok ? find_client(known) : nullptr;
}

}  // namespace fast_path
