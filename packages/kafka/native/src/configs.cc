#include "configs.h"

#include <string>
#include <vector>

#include "clients.h"
#include "values.h"

namespace fast_path {

namespace {

// How much longer than librdkafka itself we wait for its answer, which also tells that there was none.
constexpr int32_t grace_ms = 2000;

struct TopicConfigs {
  std::string topic;
  int32_t error;
  std::vector<std::pair<std::string, std::string>> settings;
};

// One request, from its call to the end of its promise.
struct Request {
  Client *client;
  std::vector<std::string> topics;
  // Names and values in turn, that the topic is to have; none where it is only asked.
  std::vector<std::string> settings;
  int32_t timeout_ms;
  napi_deferred deferred;
  napi_async_work work;
  int32_t error = 0;
  std::string message;
  std::vector<TopicConfigs> answers;

  bool is_change() const { return !settings.empty(); }
};

void fail(Request *request, const Librdkafka *api, rd_kafka_resp_err_t error, const char *message) {
  request->error = error;
  request->message = message != nullptr ? message : api->rd_kafka_err2str(error);
}

const rd_kafka_ConfigResource_t **resources_of(const Request *request, const Librdkafka *api, rd_kafka_event_t *event, size_t *count) {
  if (request->is_change()) {
    const auto *result = api->rd_kafka_event_IncrementalAlterConfigs_result(event);
    return result == nullptr ? nullptr : api->rd_kafka_IncrementalAlterConfigs_result_resources(result, count);
  }
  const auto *result = api->rd_kafka_event_DescribeConfigs_result(event);
  return result == nullptr ? nullptr : api->rd_kafka_DescribeConfigs_result_resources(result, count);
}

void read(Request *request, const Librdkafka *api, rd_kafka_event_t *event) {
  size_t count = 0;
  const auto **resources = resources_of(request, api, event, &count);
  if (resources == nullptr) return fail(request, api, RD_KAFKA_RESP_ERR__FAIL, nullptr);
  for (size_t at = 0; at < count; at++) {
    const auto error = api->rd_kafka_ConfigResource_error(resources[at]);
    // A change is of one topic, and refused with it.
    if (request->is_change() && error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return fail(request, api, error, api->rd_kafka_ConfigResource_error_string(resources[at]));
    TopicConfigs answer{api->rd_kafka_ConfigResource_name(resources[at]), error, {}};
    size_t entries = 0;
    const auto **settings = api->rd_kafka_ConfigResource_configs(resources[at], &entries);
    for (size_t entry = 0; entry < entries; entry++) {
      const auto *value = api->rd_kafka_ConfigEntry_value(settings[entry]);
      // One that is secret has none.
      if (value != nullptr) answer.settings.emplace_back(api->rd_kafka_ConfigEntry_name(settings[entry]), value);
    }
    request->answers.push_back(std::move(answer));
  }
}

// Adds what the topic is to have. False after it has failed.
bool add_settings(Request *request, const Librdkafka *api, rd_kafka_ConfigResource_t *resource) {
  for (size_t at = 0; at + 1 < request->settings.size(); at += 2) {
    auto *refused = api->rd_kafka_ConfigResource_add_incremental_config(
        resource, request->settings[at].c_str(), RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, request->settings[at + 1].c_str());
    if (refused == nullptr) continue;
    fail(request, api, api->rd_kafka_error_code(refused), api->rd_kafka_error_string(refused));
    api->rd_kafka_error_destroy(refused);
    return false;
  }
  return true;
}

void await_answer(Request *request, const Librdkafka *api, rd_kafka_queue_t *queue) {
  auto *event = api->rd_kafka_queue_poll(queue, request->timeout_ms + grace_ms);
  if (event == nullptr) return fail(request, api, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  const auto error = api->rd_kafka_event_error(event);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    fail(request, api, error, api->rd_kafka_event_error_string(event));
  else
    read(request, api, event);
  api->rd_kafka_event_destroy(event);
}

void ask_with(Request *request, const Librdkafka *api, rd_kafka_t *rk, rd_kafka_AdminOptions_t *options) {
  char message[256];
  const auto refused = api->rd_kafka_AdminOptions_set_request_timeout(options, request->timeout_ms, message, sizeof message);
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(request, api, refused, message);
  std::vector<rd_kafka_ConfigResource_t *> named;
  bool is_complete = true;
  for (const auto &topic : request->topics) {
    named.push_back(api->rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    is_complete = is_complete && add_settings(request, api, named.back());
  }
  if (is_complete) {
    auto *queue = api->rd_kafka_queue_new(rk);
    const auto send = request->is_change() ? api->rd_kafka_IncrementalAlterConfigs : api->rd_kafka_DescribeConfigs;
    send(rk, named.data(), named.size(), options, queue);
    await_answer(request, api, queue);
    api->rd_kafka_queue_destroy(queue);
  }
  for (auto *resource : named) api->rd_kafka_ConfigResource_destroy(resource);
}

// On a thread of the pool. Whoever destroys the client waits for the answer.
void ask(napi_env, void *data) {
  auto *request = static_cast<Request *>(data);
  auto *client = request->client;
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk == nullptr) {
    request->error = RD_KAFKA_RESP_ERR__DESTROY;
    request->message = "the client is closed";
    return;
  }
  const auto kind = request->is_change() ? RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS : RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
  auto *options = client->api->rd_kafka_AdminOptions_new(client->rk, kind);
  ask_with(request, client->api, client->rk, options);
  client->api->rd_kafka_AdminOptions_destroy(options);
}

napi_value rows_of(napi_env env, const Request &request) {
  Row rows(env);
  for (const auto &answer : request.answers) {
    Row row(env);
    row.push(text(env, answer.topic.c_str(), answer.topic.size()));
    row.push(integer(env, answer.error));
    for (const auto &setting : answer.settings) {
      row.push(text(env, setting.first.c_str(), setting.first.size()));
      row.push(text(env, setting.second.c_str(), setting.second.size()));
    }
    rows.push(row.array());
  }
  return rows.array();
}

napi_value error_of(napi_env env, const Request &request) {
  napi_value error;
  must(napi_create_error(env, nullptr, text(env, request.message.c_str(), request.message.size()), &error), "making an error");
  must(napi_set_named_property(env, error, "code", integer(env, request.error)), "making an error");
  return error;
}

// On the thread of JavaScript again.
void answer(napi_env env, napi_status, void *data) {
  auto *request = static_cast<Request *>(data);
  if (request->error == 0)
    napi_resolve_deferred(env, request->deferred, rows_of(env, *request));
  else
    napi_reject_deferred(env, request->deferred, error_of(env, *request));
  napi_delete_async_work(env, request->work);
  delete request;
}

napi_value refuse(napi_env env, Request *request, const char *wanted) {
  delete request;
  napi_throw_type_error(env, nullptr, wanted);
  return nullptr;
}

napi_value begin(napi_env env, Request *request) {
  napi_value promise;
  must(napi_create_promise(env, &request->deferred, &promise), "making a promise");
  must(napi_create_async_work(env, nullptr, text(env, "weir configs"), ask, answer, request, &request->work), "asking");
  must(napi_queue_async_work(env, request->work), "asking");
  return promise;
}

}  // namespace

napi_value configs(napi_env env, napi_callback_info info) {
  napi_value given[3];
  if (!arguments(env, info, 3, given)) return nullptr;
  auto *request = new Request{};
  request->client = client_of(env, given[0]);
  const bool is_asked = request->client != nullptr && texts_of(env, given[1], &request->topics) &&
                        napi_get_value_int32(env, given[2], &request->timeout_ms) == napi_ok;
  if (!is_asked) return refuse(env, request, "configs(client, topics, timeoutMs) wants a client, texts and a number");
  return begin(env, request);
}

napi_value alter_configs(napi_env env, napi_callback_info info) {
  napi_value given[4];
  if (!arguments(env, info, 4, given)) return nullptr;
  auto *request = new Request{};
  request->client = client_of(env, given[0]);
  std::string topic;
  const bool is_asked = request->client != nullptr && text_of(env, given[1], &topic) && texts_of(env, given[2], &request->settings) &&
                        request->is_change() && request->settings.size() % 2 == 0 &&
                        napi_get_value_int32(env, given[3], &request->timeout_ms) == napi_ok;
  if (!is_asked)
    return refuse(env, request, "alterConfigs(client, topic, settings, timeoutMs) wants a client, a text, texts in pairs and a number");
  request->topics.push_back(std::move(topic));
  return begin(env, request);
}

}  // namespace fast_path
