#include "sockets.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace fast_path {

namespace {

// Held while a socket is closed or cut: a number that is in here is the client's own.
std::mutex mutex;

std::unordered_map<void *, std::deque<int>> &sockets() {
  // Not destroyed at the end of the process: threads of librdkafka may still be running then.
  static auto &all = *new std::unordered_map<void *, std::deque<int>>();
  return all;
}

int connect_socket(int socket, const struct sockaddr *address, int length, const char *, void *opaque) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    sockets()[opaque].push_back(socket);
  }
  // It does not block: librdkafka waits for it to be connected.
  return connect(socket, address, static_cast<socklen_t>(length)) == -1 && errno != EINPROGRESS ? errno : 0;
}

int close_socket(int socket, void *opaque) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = sockets().find(opaque);
  if (found != sockets().end()) {
    auto &own = found->second;
    own.erase(std::remove(own.begin(), own.end(), socket), own.end());
    if (own.empty()) sockets().erase(found);
  }
  return close(socket);
}

}  // namespace

void watch_sockets(const Librdkafka *api, rd_kafka_conf_t *conf) {
  api->rd_kafka_conf_set_connect_cb(conf, connect_socket);
  api->rd_kafka_conf_set_closesocket_cb(conf, close_socket);
}

bool cut_connection(void *opaque) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = sockets().find(opaque);
  if (found == sockets().end()) return false;
  auto &own = found->second;
  const int socket = own.front();
  own.pop_front();
  own.push_back(socket);
  return shutdown(socket, SHUT_RDWR) == 0;
}

}  // namespace fast_path
