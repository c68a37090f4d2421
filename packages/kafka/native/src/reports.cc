#include "reports.h"

#include "values.h"

namespace fast_path {

namespace {

// What a message is told from others by that has no id.
void name(Report &report, const std::string &topic, const char *key, size_t key_length, const char *value, size_t value_length) {
  report.topic = topic;
  report.has_key = key != nullptr;
  report.has_value = value != nullptr;
  if (report.has_key) report.key.assign(key, key_length);
  if (report.has_value) report.value.assign(value, value_length);
}

Report report_of(const Librdkafka &api, const rd_kafka_message_t *message, int32_t id) {
  Report report{id, message->err, message->partition, message->offset, {}, false, false, {}, {}};
  if (id > 0) return report;
  name(report, api.rd_kafka_topic_name(message->rkt), static_cast<const char *>(message->key), message->key_len,
       static_cast<const char *>(message->payload), message->len);
  return report;
}

napi_value bytes(napi_env env, bool has, const std::string &value) {
  if (!has) return nothing(env);
  napi_value buffer;
  must(napi_create_buffer_copy(env, value.size(), value.data(), nullptr, &buffer), "naming a message that failed");
  return buffer;
}

void push_report(napi_env env, const Report &report, Row &row) {
  row.push(integer(env, report.id));
  row.push(integer(env, report.error));
  row.push(integer(env, report.partition));
  row.push(number(env, static_cast<double>(report.offset)));
  if (report.id > 0) return;
  row.push(text(env, report.topic.data(), report.topic.size()));
  row.push(bytes(env, report.has_key, report.key));
  row.push(bytes(env, report.has_value, report.value));
}

// The environment ends, or `forget` was called: nobody is there to be told.
void end_telling(napi_env, void *data, void *) {
  auto *client = static_cast<Client *>(data);
  std::lock_guard<std::mutex> lock(client->reports_mutex);
  client->wake = nullptr;
}

}  // namespace

rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t *, rd_kafka_message_t *message, void *opaque) {
  const auto id = static_cast<int32_t>(reinterpret_cast<intptr_t>(message->_private));
  if ((id <= 0 && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) || is_giving()) return RD_KAFKA_RESP_ERR_NO_ERROR;
  // The driver, which hears of failures too, would take it for a pointer of its own.
  message->_private = nullptr;
  auto *client = static_cast<Client *>(opaque);
  tell_of(*client, report_of(*client->api, message, id));
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

Report refusal_of(const Parcel &parcel, uint32_t index, rd_kafka_resp_err_t error) {
  const auto &message = parcel.columns[index];
  Report report{message.id, error, message.partition, RD_KAFKA_OFFSET_INVALID, {}, false, false, {}, {}};
  if (message.id > 0) return report;
  name(report, parcel.topics[static_cast<size_t>(message.topic)], key_of(parcel, message), static_cast<size_t>(message.key_length),
       value_of(parcel, message), static_cast<size_t>(message.value_length));
  return report;
}

void tell_of(Client &client, Report report) {
  std::lock_guard<std::mutex> lock(client.reports_mutex);
  if (client.is_forgotten) return;
  client.reports.push_back(std::move(report));
  if (client.reports.size() == 1 && client.wake != nullptr) napi_call_threadsafe_function(client.wake, nullptr, napi_tsfn_nonblocking);
}

napi_value reports(napi_env env, napi_callback_info info) {
  napi_value given[1];
  if (!arguments(env, info, 1, given)) return nullptr;
  Row row(env);
  auto *client = client_of(env, given[0]);
  if (client == nullptr) return row.array();
  std::vector<Report> taken;
  {
    std::lock_guard<std::mutex> lock(client->reports_mutex);
    taken.swap(client->reports);
  }
  for (const auto &report : taken) push_report(env, report, row);
  return row.array();
}

napi_value tell(napi_env env, napi_callback_info info) {
  napi_value given[2];
  if (!arguments(env, info, 2, given)) return nullptr;
  auto *client = client_of(env, given[0]);
  napi_threadsafe_function wake;
  napi_value name = text(env, "weir fast path");
  if (client == nullptr ||
      napi_create_threadsafe_function(env, given[1], nullptr, name, 0, 1, client, end_telling, nullptr, nullptr, &wake) != napi_ok) {
    napi_throw_type_error(env, nullptr, "tell(client, callback) was called with something else");
    return nullptr;
  }
  napi_unref_threadsafe_function(env, wake);
  std::lock_guard<std::mutex> lock(client->reports_mutex);
  client->wake = wake;
  return nullptr;
}

napi_value forget(napi_env env, napi_callback_info info) {
  napi_value given[1];
  if (!arguments(env, info, 1, given)) return nullptr;
  auto *client = client_of(env, given[0]);
  if (client == nullptr) return nullptr;
  napi_threadsafe_function wake;
  {
    std::lock_guard<std::mutex> lock(client->reports_mutex);
    wake = client->wake;
    client->wake = nullptr;
    client->is_forgotten = true;
  }
  if (wake != nullptr) napi_release_threadsafe_function(wake, napi_tsfn_abort);
  return nullptr;
}

}  // namespace fast_path
