// The connections of our clients. A client that waits for a broker to come or go can be woken by cutting one: librdkafka then looks around, and
// connects again by itself.
#pragma once

#include "librdkafka.h"

struct sockaddr;

namespace fast_path {

// Has a client to be made of `conf` tell us of its connections.
void watch_sockets(const Librdkafka *api, rd_kafka_conf_t *conf);

// Cuts one connection of the client whose configuration has this opaque; another one each time. False where there is none.
bool cut_connection(void *opaque);

}  // namespace fast_path
