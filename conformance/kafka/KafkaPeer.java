// Kafka's own Java clients with Avro's own Java library, and the wire format of Confluent's serializers: 00, the id of
// the schema in the registry, the value.
//
//   java KafkaPeer read BROKERS REGISTRY TOPIC COUNT [SCHEMA]
//       Prints COUNT values, a line of Avro's JSON each, read with SCHEMA where it is given.
//   java KafkaPeer write BROKERS REGISTRY TOPIC SCHEMA
//       Writes the values on standard input, a line of Avro's JSON each.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class KafkaPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  public static void main(String[] args) throws Exception {
    if (args[0].equals("read")) {
      read(args[1], args[2], args[3], Integer.parseInt(args[4]), args.length > 5 ? parse(args[5]) : null);
    } else {
      write(args[1], args[2], args[3], args[4]);
    }
  }

  private static void read(String brokers, String registry, String topic, int count, Schema reader) throws Exception {
    Map<Integer, Schema> writers = new HashMap<>();
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", brokers, "group.id", "java-" + System.nanoTime(), "auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      for (int seen = 0; seen < count; ) {
        for (var message : consumer.poll(Duration.ofMillis(500))) {
          ByteBuffer value = ByteBuffer.wrap(message.value());
          if (value.get() != 0) throw new IllegalStateException("It does not begin with 00");
          int id = value.getInt();
          if (!writers.containsKey(id)) writers.put(id, parse(ask(registry + "/schemas/ids/" + id, null, "schema")));
          Schema writer = writers.get(id);
          Schema wanted = reader == null ? writer : reader;
          var decoder = DecoderFactory.get().binaryDecoder(message.value(), value.position(), value.remaining(), null);
          Object datum = new GenericDatumReader<>(writer, wanted).read(null, decoder);
          if (!decoder.isEnd()) throw new IllegalStateException("There is more than the value");
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          JsonEncoder encoder = EncoderFactory.get().jsonEncoder(wanted, out);
          new GenericDatumWriter<>(wanted).write(datum, encoder);
          encoder.flush();
          System.out.println(out.toString(StandardCharsets.UTF_8));
          seen++;
        }
      }
    }
  }

  private static void write(String brokers, String registry, String topic, String text) throws Exception {
    Schema schema = parse(text);
    String body = JSON.writeValueAsString(Map.of("schema", text));
    int id = Integer.parseInt(ask(registry + "/subjects/" + topic + "-value/versions", body, "id"));
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "acks", "all");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        var decoder = DecoderFactory.get().jsonDecoder(schema, line);
        Object datum = new GenericDatumReader<>(schema).read(null, decoder);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new DataOutputStream(out).writeByte(0);
        new DataOutputStream(out).writeInt(id);
        var encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<>(schema).write(datum, encoder);
        encoder.flush();
        producer.send(new ProducerRecord<>(topic, out.toByteArray())).get();
      }
    }
    System.out.println("written");
  }

  /** One field of an answer, as text. */
  private static String ask(String url, String body, String field) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).header("content-type", CONTENT_TYPE);
    if (body != null) request.POST(BodyPublishers.ofString(body));
    var response = HTTP.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IllegalStateException(response.statusCode() + " " + response.body());
    return JSON.readTree(response.body()).get(field).asText();
  }

  private static Schema parse(String text) {
    return new Schema.Parser().parse(text);
  }
}
