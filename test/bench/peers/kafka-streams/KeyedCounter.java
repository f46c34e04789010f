// The counter as a Kafka Streams application. Arguments: brokers, application id, topic in, topic out, state folder, commit
// interval in milliseconds (0: the default).
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class KeyedCounter {
  private static final String STORE = "count";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Fields of the records that come out. */
  public record Count(String key, long count) {}

  private static final class Counter extends ContextualProcessor<String, byte[], String, byte[]> {
    private KeyValueStore<String, Long> counts;

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
      super.init(context);
      counts = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> event) {
      try {
        String key = JSON.readTree(event.value()).get("key").textValue();
        Long before = counts.get(key);
        long count = before == null ? 1 : before + 1;
        counts.put(key, count);
        context().forward(event.withValue(JSON.writeValueAsBytes(new Count(key, count))));
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }
  }

  public static void main(String[] args) throws InterruptedException {
    StreamsBuilder builder = new StreamsBuilder();
    // Durable: RocksDB with a changelog topic. The cache in front of it spares writes of a key that is counted several times
    // between two commits; each event is forwarded all the same.
    builder.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.Long())
            .withCachingEnabled());
    builder.stream(args[2], Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(Counter::new, STORE)
        .to(args[3], Produced.with(Serdes.String(), Serdes.ByteArray()));

    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Runtime.getRuntime().availableProcessors());
    if (!args[5].equals("0")) settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[5]);
    // The producer's default of 16 KiB is small for a drain.
    settings.put(StreamsConfig.producerPrefix("batch.size"), 131_072);

    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    CountDownLatch ended = new CountDownLatch(1);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) System.out.println("ready " + System.currentTimeMillis());
      if (now.hasCompletedShutdown()) ended.countDown();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    ended.await();
  }
}
