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

// One question, from its call to the end of its promise.
struct Question {
  Client *client;
  std::vector<std::string> topics;
  int32_t timeout_ms;
  napi_deferred deferred;
  napi_async_work work;
  int32_t error = 0;
  std::string message;
  std::vector<TopicConfigs> answers;
};

void fail(Question *question, const Librdkafka *api, rd_kafka_resp_err_t error, const char *message) {
  question->error = error;
  question->message = message != nullptr ? message : api->rd_kafka_err2str(error);
}

void read(Question *question, const Librdkafka *api, rd_kafka_event_t *event) {
  size_t count = 0;
  const auto *result = api->rd_kafka_event_DescribeConfigs_result(event);
  if (result == nullptr) return fail(question, api, RD_KAFKA_RESP_ERR__FAIL, nullptr);
  const auto **resources = api->rd_kafka_DescribeConfigs_result_resources(result, &count);
  for (size_t at = 0; at < count; at++) {
    TopicConfigs answer{api->rd_kafka_ConfigResource_name(resources[at]), api->rd_kafka_ConfigResource_error(resources[at]), {}};
    size_t entries = 0;
    const auto **settings = api->rd_kafka_ConfigResource_configs(resources[at], &entries);
    for (size_t entry = 0; entry < entries; entry++) {
      const auto *value = api->rd_kafka_ConfigEntry_value(settings[entry]);
      // One that is secret has none.
      if (value != nullptr) answer.settings.emplace_back(api->rd_kafka_ConfigEntry_name(settings[entry]), value);
    }
    question->answers.push_back(std::move(answer));
  }
}

void ask_with(Question *question, const Librdkafka *api, rd_kafka_t *rk, rd_kafka_AdminOptions_t *options) {
  char message[256];
  const auto refused = api->rd_kafka_AdminOptions_set_request_timeout(options, question->timeout_ms, message, sizeof message);
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(question, api, refused, message);
  std::vector<rd_kafka_ConfigResource_t *> asked;
  for (const auto &topic : question->topics)
    asked.push_back(api->rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  auto *queue = api->rd_kafka_queue_new(rk);
  api->rd_kafka_DescribeConfigs(rk, asked.data(), asked.size(), options, queue);
  auto *event = api->rd_kafka_queue_poll(queue, question->timeout_ms + grace_ms);
  if (event == nullptr) {
    fail(question, api, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  } else {
    const auto error = api->rd_kafka_event_error(event);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      fail(question, api, error, api->rd_kafka_event_error_string(event));
    else
      read(question, api, event);
    api->rd_kafka_event_destroy(event);
  }
  api->rd_kafka_queue_destroy(queue);
  for (auto *resource : asked) api->rd_kafka_ConfigResource_destroy(resource);
}

// On a thread of the pool. Whoever destroys the client waits for the answer.
void ask(napi_env, void *data) {
  auto *question = static_cast<Question *>(data);
  auto *client = question->client;
  std::lock_guard<std::mutex> lock(client->mutex);
  if (client->rk == nullptr) {
    question->error = RD_KAFKA_RESP_ERR__DESTROY;
    question->message = "the client is closed";
    return;
  }
  auto *options = client->api->rd_kafka_AdminOptions_new(client->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  ask_with(question, client->api, client->rk, options);
  client->api->rd_kafka_AdminOptions_destroy(options);
}

napi_value rows_of(napi_env env, const Question &question) {
  Row rows(env);
  for (const auto &answer : question.answers) {
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

napi_value error_of(napi_env env, const Question &question) {
  napi_value error;
  must(napi_create_error(env, nullptr, text(env, question.message.c_str(), question.message.size()), &error), "making an error");
  must(napi_set_named_property(env, error, "code", integer(env, question.error)), "making an error");
  return error;
}

// On the thread of JavaScript again.
void answer(napi_env env, napi_status, void *data) {
  auto *question = static_cast<Question *>(data);
  if (question->error == 0)
    napi_resolve_deferred(env, question->deferred, rows_of(env, *question));
  else
    napi_reject_deferred(env, question->deferred, error_of(env, *question));
  napi_delete_async_work(env, question->work);
  delete question;
}

bool texts_of(napi_env env, napi_value array, std::vector<std::string> *texts) {
  uint32_t length = 0;
  if (napi_get_array_length(env, array, &length) != napi_ok) return false;
  for (uint32_t at = 0; at < length; at++) {
    napi_value each;
    size_t size = 0;
    if (napi_get_element(env, array, at, &each) != napi_ok) return false;
    if (napi_get_value_string_utf8(env, each, nullptr, 0, &size) != napi_ok) return false;
    std::string value(size + 1, '\0');
    if (napi_get_value_string_utf8(env, each, &value[0], value.size(), &size) != napi_ok) return false;
    value.resize(size);
    texts->push_back(std::move(value));
  }
  return true;
}

}  // namespace

napi_value configs(napi_env env, napi_callback_info info) {
  napi_value given[3];
  if (!arguments(env, info, 3, given)) return nullptr;
  auto *question = new Question{};
  question->client = client_of(env, given[0]);
  const bool is_asked = question->client != nullptr && texts_of(env, given[1], &question->topics) &&
                        napi_get_value_int32(env, given[2], &question->timeout_ms) == napi_ok;
  if (!is_asked) {
    delete question;
    napi_throw_type_error(env, nullptr, "configs(client, topics, timeoutMs) wants a client, texts and a number");
    return nullptr;
  }
  napi_value promise;
  must(napi_create_promise(env, &question->deferred, &promise), "making a promise");
  must(napi_create_async_work(env, nullptr, text(env, "weir configs"), ask, answer, question, &question->work), "asking");
  must(napi_queue_async_work(env, question->work), "asking");
  return promise;
}

}  // namespace fast_path
