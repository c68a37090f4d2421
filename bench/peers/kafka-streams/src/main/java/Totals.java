import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** The totals with Kafka Streams: one thread, everything else as it comes but for linger and the commit interval of the others. */
public final class Totals {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true)
          .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true);
  private static final Set<String> CURRENCIES = Set.of("CZK", "EUR", "USD");

  record Order(int id, String customer, double amount, String currency, int items, String note) {
    Order {
      if (customer == null || note == null) throw new IllegalArgumentException("a text is missing");
      if (!CURRENCIES.contains(currency)) throw new IllegalArgumentException("currency must be one of three");
    }
  }

  record Total(int id, String customer, double total, String currency) {}

  private static <T> Serde<T> json(Class<T> type) {
    Serializer<T> serializer =
        (topic, value) -> {
          try {
            return value == null ? null : JSON.writeValueAsBytes(value);
          } catch (IOException cause) {
            throw new SerializationException(cause);
          }
        };
    Deserializer<T> deserializer =
        (topic, bytes) -> {
          try {
            return bytes == null ? null : JSON.readValue(bytes, type);
          } catch (IOException cause) {
            throw new SerializationException(cause);
          }
        };
    return Serdes.serdeFrom(serializer, deserializer);
  }

  public static void main(String[] args) throws Exception {
    JsonNode job = JSON.readTree(System.getenv("BENCH_JOB"));
    var builder = new StreamsBuilder();
    builder.stream(job.get("input").asText(), Consumed.with(Serdes.String(), json(Order.class)))
        .mapValues(order -> new Total(order.id(), order.customer(), order.amount() * order.items(), order.currency()))
        .to(job.get("output").asText(), Produced.with(Serdes.String(), json(Total.class)));

    var properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, job.get("group").asText());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, job.get("brokers").asText());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("totals").toString());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    properties.put(StreamsConfig.producerPrefix("linger.ms"), 5);
    properties.put(StreamsConfig.producerPrefix("acks"), "all");

    var streams = new KafkaStreams(builder.build(), properties);
    var ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { streams.close(); ended.countDown(); }));
    streams.start();
    ended.await();
  }
}
