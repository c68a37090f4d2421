import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/** Joins orders and payments of five minutes. */
public final class Joins {
  public static void main(String[] args) throws Exception {
    var job = Worker.job();
    var inputs = job.get("inputs");
    var builder = new StreamsBuilder();
    var text = Serdes.String();
    var orders = builder.stream(inputs.get(0).asText(), Consumed.with(text, text));
    var payments = builder.stream(inputs.get(1).asText(), Consumed.with(text, text));
    orders
        .join(
            payments,
            (order, payment) -> order + "=" + payment,
            JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(5)),
            StreamJoined.with(text, text, text))
        .to(job.get("output").asText(), Produced.with(text, text));
    Worker.run(builder, job);
  }
}
