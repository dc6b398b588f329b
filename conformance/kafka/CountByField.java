// Kafka Streams on events that we recorded: how often each value of a field was there, kept up to date as they come.
//
//   java CountByField BROKERS REGISTRY TOPIC FIELD TOTAL
//
// Prints a line of JSON with the counts once it has seen TOTAL events, and ends.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;

public final class CountByField {
  public static void main(String[] args) throws Exception {
    String field = args[3];
    long total = Long.parseLong(args[4]);
    Map<String, Long> counts = new ConcurrentHashMap<>();
    CountDownLatch done = new CountDownLatch(1);

    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(args[2], Consumed.with(Serdes.ByteArray(), Serdes.serdeFrom((topic, event) -> null, events(args[1]))))
        .map((key, event) -> KeyValue.pair(((GenericRecord) event.get("value")).get(field).toString(), 1L))
        .groupByKey(Grouped.with(Serdes.String(), Serdes.Long()))
        .count()
        .toStream()
        .foreach((value, count) -> {
          counts.put(value, count);
          if (counts.values().stream().mapToLong(Long::longValue).sum() == total) done.countDown();
        });

    Properties settings = new Properties();
    settings.put("application.id", "count-" + System.nanoTime());
    settings.put("bootstrap.servers", args[0]);
    settings.put("auto.offset.reset", "earliest");
    settings.put("commit.interval.ms", "100");
    settings.put("replication.factor", "1");
    settings.put("state.dir", System.getProperty("java.io.tmpdir") + "/avrolet-streams-" + System.nanoTime());
    settings.put("dsl.store.suppliers.class",
        "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers");
    try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
      streams.start();
      if (!done.await(60, TimeUnit.SECONDS)) throw new IllegalStateException("Only " + counts + " came within a minute");
    }
    System.out.println(new ObjectMapper().writeValueAsString(new TreeMap<>(counts)));
  }

  /** What Confluent's own deserializer does: 00, the id of the schema in the registry, the value. */
  private static Deserializer<GenericRecord> events(String registry) {
    Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
    return (topic, bytes) -> {
      try {
        ByteBuffer value = ByteBuffer.wrap(bytes);
        if (value.get() != 0) throw new IllegalStateException("It does not begin with 00");
        int id = value.getInt();
        if (!schemas.containsKey(id)) schemas.put(id, schema(registry, id));
        var decoder = DecoderFactory.get().binaryDecoder(bytes, value.position(), value.remaining(), null);
        return new GenericDatumReader<GenericRecord>(schemas.get(id)).read(null, decoder);
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    };
  }

  private static Schema schema(String registry, int id) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id)).build();
    String body = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    return new Schema.Parser().parse(new ObjectMapper().readTree(body).get("schema").asText());
  }
}
