// Avro's own Java library, stock, asked in lines of JSON on standard input.
//
//   java -cp '.jars/*:.jars/classes' Peer
//
// Prints {"versions": {"java": "...", "avro": "..."}} first. Then, until its standard input ends, it reads a line of
// questions and prints a line of answers in the same order:
//
//   [{"do": "encode", "schema": "\"int\"", "json": "1"}, ...]
//   [{"ok": "02"} or {"error": "AvroTypeException: ..."}, ...]
//
//   do           takes                        answers
//   parse        schema                       {canonical, "CRC-64-AVRO", "MD5", "SHA-256"}
//   encode       schema, json                 hex
//   decode       schema, hex, writer?         json, resolved if there is a writer
//   compare      schema, hex, other           {values, bytes}: each less than, equal to or more than 0,
//                                             or the text of its error
//   single       schema, json                 hex of a single object
//   unsingle     schema, hex, writers?        json of a single object of one of the writers
//   logical      schema, hex                  {value, hex}: what the logical type's conversion makes of
//                                             it, as text, and what it encodes that to again
//
// A schema is its JSON text, a value the text of its JSON encoding, bytes are hex.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryData;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;

public final class Peer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();
  private static final GenericData PLAIN = new GenericData();
  private static final GenericData ORDERED = new GenericData().setFastReaderEnabled(false);
  private static final GenericData LOGICAL = withConversions();

  public static void main(String[] args) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    write(out, Map.of("versions", Map.of("java", System.getProperty("java.version"), "avro", avroVersion())));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<Object> answers = new ArrayList<>();
      for (JsonNode question : JSON.readTree(line)) answers.add(answer(question));
      write(out, answers);
    }
  }

  /** The version that the jar's name carries: its manifest has none. */
  private static String avroVersion() {
    String jar = Schema.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.replaceAll(".*/avro-(.+)\\.jar", "$1");
  }

  private static void write(PrintStream out, Object answer) throws IOException {
    out.print(JSON.writeValueAsString(answer) + "\n");
    out.flush();
  }

  private static Map<String, Object> answer(JsonNode question) {
    try {
      return Map.of("ok", result(new Question(question)));
    } catch (Exception | StackOverflowError error) {
      return Map.of("error", reason(error));
    }
  }

  private static String reason(Throwable error) {
    return error.getClass().getSimpleName() + ": " + error.getMessage();
  }

  private static Object result(Question question) throws Exception {
    Schema schema = question.schema();
    return switch (question.text("do")) {
      case "parse" -> parsed(schema);
      case "encode" -> HEX.formatHex(binary(schema, fromJson(schema, question.text("json")), PLAIN));
      case "decode" -> {
        Schema writer = question.has("writer") ? parse(question.text("writer")) : schema;
        yield toJson(schema, fromBinary(writer, schema, question.bytes("hex"), PLAIN));
      }
      case "compare" -> compared(schema, question.bytes("hex"), question.bytes("other"));
      case "single" -> {
        Object value = fromJson(schema, question.text("json"));
        yield HEX.formatHex(new BinaryMessageEncoder<>(PLAIN, schema).encode(value).array());
      }
      case "unsingle" -> {
        BinaryMessageDecoder<Object> decoder = new BinaryMessageDecoder<>(PLAIN, schema);
        for (JsonNode writer : question.json().path("writers")) decoder.addSchema(parse(writer.asText()));
        yield toJson(schema, decoder.decode(question.bytes("hex")));
      }
      case "logical" -> {
        Object value = fromBinary(schema, schema, question.bytes("hex"), LOGICAL);
        String hex = HEX.formatHex(binary(schema, value, LOGICAL));
        yield Map.of("value", String.valueOf(value), "hex", hex);
      }
      default -> throw new IllegalArgumentException("I do not do " + question.text("do"));
    };
  }

  private static Map<String, String> parsed(Schema schema) throws Exception {
    Map<String, String> parsed = new LinkedHashMap<>();
    parsed.put("canonical", SchemaNormalization.toParsingForm(schema));
    for (String algorithm : List.of("CRC-64-AVRO", "MD5", "SHA-256")) {
      parsed.put(algorithm, HEX.formatHex(SchemaNormalization.parsingFingerprint(algorithm, schema)));
    }
    return parsed;
  }

  private static Map<String, Object> compared(Schema schema, byte[] a, byte[] b) {
    return Map.of(
        "values", orReason(() -> {
          Object left = fromBinary(schema, schema, a, PLAIN);
          return Integer.signum(PLAIN.compare(left, fromBinary(schema, schema, b, PLAIN), schema));
        }),
        "bytes", orReason(() -> Integer.signum(BinaryData.compare(a, 0, b, 0, schema))));
  }

  private interface Action {
    Object run() throws Exception;
  }

  private static Object orReason(Action action) {
    try {
      return action.run();
    } catch (Exception error) {
      return reason(error);
    }
  }

  private static Schema parse(String text) {
    return new Schema.Parser().parse(text);
  }

  private static byte[] binary(Schema schema, Object value, GenericData data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Encoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema, data).write(value, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private static Object fromBinary(Schema writer, Schema reader, byte[] bytes, GenericData data)
      throws IOException {
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
    Object value = new GenericDatumReader<>(writer, reader, data).read(null, decoder);
    if (!decoder.isEnd()) throw new IOException("the value ends before its bytes do");
    return value;
  }

  private static Object fromJson(Schema schema, String json) throws IOException {
    Decoder decoder = DecoderFactory.get().jsonDecoder(schema, json);
    return new OrderedReader(schema).read(null, decoder);
  }

  private static String toJson(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Encoder encoder = EncoderFactory.get().jsonEncoder(schema, out);
    new GenericDatumWriter<Object>(schema, PLAIN).write(value, encoder);
    encoder.flush();
    return out.toString(StandardCharsets.UTF_8);
  }

  private static GenericData withConversions() {
    GenericData data = new GenericData();
    data.addLogicalTypeConversion(new Conversions.DecimalConversion());
    data.addLogicalTypeConversion(new Conversions.BigDecimalConversion());
    data.addLogicalTypeConversion(new Conversions.UUIDConversion());
    data.addLogicalTypeConversion(new Conversions.DurationConversion());
    data.addLogicalTypeConversion(new TimeConversions.DateConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimeMillisConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimeMicrosConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampNanosConversion());
    data.addLogicalTypeConversion(new TimeConversions.LocalTimestampMillisConversion());
    data.addLogicalTypeConversion(new TimeConversions.LocalTimestampMicrosConversion());
    data.addLogicalTypeConversion(new TimeConversions.LocalTimestampNanosConversion());
    return data;
  }

  /** Keeps the entries of a map in the order they came, so that bytes can be compared. The fast one cannot. */
  private static final class OrderedReader extends GenericDatumReader<Object> {
    OrderedReader(Schema schema) {
      super(schema, schema, ORDERED);
    }

    @Override
    protected Object newMap(Object old, int size) {
      return new LinkedHashMap<Object, Object>();
    }
  }

  private record Question(JsonNode json) {
    boolean has(String key) {
      return json.has(key);
    }

    String text(String key) {
      return json.required(key).asText();
    }

    byte[] bytes(String key) {
      return HEX.parseHex(text(key));
    }

    Schema schema() {
      return parse(text("schema"));
    }
  }
}
