import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

/** Runs a topology with state: one thread, everything else as it comes but for linger, the commit interval of the others and a name for its membership. */
final class Worker {
  private Worker() {}

  static JsonNode job() throws Exception {
    return new ObjectMapper().readTree(System.getenv("BENCH_JOB"));
  }

  /** Until SIGTERM. */
  static void run(StreamsBuilder builder, JsonNode job) throws Exception {
    var properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, job.get("group").asText());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, job.get("brokers").asText());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, job.get("datadir").asText());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    properties.put(StreamsConfig.consumerPrefix("group.instance.id"), "1");
    properties.put(StreamsConfig.producerPrefix("linger.ms"), 5);
    properties.put(StreamsConfig.producerPrefix("acks"), "all");

    var streams = new KafkaStreams(builder.build(), properties);
    var ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { streams.close(); ended.countDown(); }));
    streams.start();
    ended.await();
  }
}
