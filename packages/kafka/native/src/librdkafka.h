// The functions of librdkafka that we call, found in the library that the driver has loaded.
#pragma once

#include <rdkafka.h>

namespace fast_path {

#define FAST_PATH_FUNCTIONS(X)                    \
  X(rd_kafka_conf_interceptor_add_on_new)         \
  X(rd_kafka_conf_interceptor_add_on_conf_dup)    \
  X(rd_kafka_conf_set_connect_cb)                 \
  X(rd_kafka_conf_set_closesocket_cb)             \
  X(rd_kafka_opaque)                              \
  X(rd_kafka_interceptor_add_on_destroy)          \
  X(rd_kafka_interceptor_add_on_acknowledgement)  \
  X(rd_kafka_queue_get_consumer)                  \
  X(rd_kafka_queue_destroy)                       \
  X(rd_kafka_consume_batch_queue)                 \
  X(rd_kafka_message_destroy)                     \
  X(rd_kafka_message_errstr)                      \
  X(rd_kafka_message_timestamp)                   \
  X(rd_kafka_message_headers)                     \
  X(rd_kafka_header_cnt)                          \
  X(rd_kafka_header_get_all)                      \
  X(rd_kafka_headers_new)                         \
  X(rd_kafka_header_add)                          \
  X(rd_kafka_headers_destroy)                     \
  X(rd_kafka_topic_new)                           \
  X(rd_kafka_topic_name)                          \
  X(rd_kafka_topic_destroy)                       \
  X(rd_kafka_produce)                             \
  X(rd_kafka_produce_batch)                       \
  X(rd_kafka_produceva)                           \
  X(rd_kafka_error_code)                          \
  X(rd_kafka_error_destroy)                       \
  X(rd_kafka_last_error)                          \
  X(rd_kafka_AdminOptions_new)                  \
  X(rd_kafka_AdminOptions_set_request_timeout)  \
  X(rd_kafka_AdminOptions_destroy)              \
  X(rd_kafka_ConfigResource_new)                \
  X(rd_kafka_ConfigResource_destroy)            \
  X(rd_kafka_ConfigResource_name)               \
  X(rd_kafka_ConfigResource_error)              \
  X(rd_kafka_ConfigResource_configs)            \
  X(rd_kafka_ConfigEntry_name)                  \
  X(rd_kafka_ConfigEntry_value)                 \
  X(rd_kafka_ConfigResource_error_string)       \
  X(rd_kafka_ConfigResource_add_incremental_config) \
  X(rd_kafka_IncrementalAlterConfigs)           \
  X(rd_kafka_IncrementalAlterConfigs_result_resources) \
  X(rd_kafka_event_IncrementalAlterConfigs_result) \
  X(rd_kafka_error_string)                      \
  X(rd_kafka_DescribeConfigs)                   \
  X(rd_kafka_DescribeConfigs_result_resources)  \
  X(rd_kafka_event_DescribeConfigs_result)      \
  X(rd_kafka_event_error)                       \
  X(rd_kafka_event_error_string)                \
  X(rd_kafka_event_destroy)                     \
  X(rd_kafka_queue_new)                         \
  X(rd_kafka_queue_poll)                        \
  X(rd_kafka_err2str)

struct Librdkafka {
#define FAST_PATH_MEMBER(name) decltype(&::name) name;
  FAST_PATH_FUNCTIONS(FAST_PATH_MEMBER)
#undef FAST_PATH_MEMBER
};

// The library whose code contains `address`, or nothing where it does not export what we need. Never freed.
const Librdkafka *librdkafka_at(void *address);

}  // namespace fast_path
