// What became of messages, from the threads of librdkafka to JavaScript.
#pragma once

#include "clients.h"
#include "librdkafka.h"
#include "node_api.h"

namespace fast_path {

// Interceptor of librdkafka: notes a message that was asked about or that failed.
rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t *rk, rd_kafka_message_t *message, void *opaque);

// The report of a message that librdkafka did not take.
Report refusal_of(const Parcel &parcel, uint32_t index, rd_kafka_resp_err_t error);

// Notes a report for JavaScript, from any thread.
void tell_of(Client &client, Report report);

// reports(client): an array that holds, one after the other, for each report: id, librdkafka's code, partition, offset, and for an id of 0 or less also topic, key and value; null for none of these two.
napi_value reports(napi_env env, napi_callback_info info);

// tell(client, callback): calls back once there are reports, from a turn of the event loop. Does not keep the process alive.
napi_value tell(napi_env env, napi_callback_info info);

// forget(client): calls back no more, and keeps no further reports. Those that are there can still be asked for.
napi_value forget(napi_env env, napi_callback_info info);

}  // namespace fast_path
