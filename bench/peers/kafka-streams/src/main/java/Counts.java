import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the events of each key in RocksDB: one thread, everything else as it comes but for linger, the commit interval of the others and a name for its membership. */
public final class Counts {
  public static void main(String[] args) throws Exception {
    JsonNode job = new ObjectMapper().readTree(System.getenv("BENCH_JOB"));
    var builder = new StreamsBuilder();
    var views = builder.stream(job.get("input").asText(), Consumed.with(Serdes.String(), Serdes.ByteArray()));
    views
        .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
        .count(
            Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts")
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.Long()));
    var output = job.get("output").asText();
    // Tells that an event was handled.
    if (!output.isEmpty()) views.to(output, Produced.with(Serdes.String(), Serdes.ByteArray()));

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
