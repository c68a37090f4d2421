// The librdkafka plugin: how the driver's clients come to be known here.
#pragma once

#include "clients.h"

namespace fast_path {

// The configuration that this thread makes next is that of `client`.
void arm(Client *client);
// Ends that. Whether a configuration was made that will lead to the client.
bool disarm();

}  // namespace fast_path
