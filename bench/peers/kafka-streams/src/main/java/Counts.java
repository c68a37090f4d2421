import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the events of each key in RocksDB. */
public final class Counts {
  public static void main(String[] args) throws Exception {
    var job = Worker.job();
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
    Worker.run(builder, job);
  }
}
