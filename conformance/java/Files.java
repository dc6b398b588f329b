// Container files of Avro's own Java library, stock, asked for in lines of JSON on standard input.
//
//   java -cp '.jars/*:.jars/classes' Files
//
// Prints {"versions": {"java": "...", "avro": "..."}} first. Then, until its standard input ends, it reads a question
// and prints an answer:
//
//   {"do": "write", "path", "codec", "schema", "values": [json, ...], "metadata": {...}}   {"ok": true}
//   {"do": "append", "path", "values"}                                                     {"ok": true}
//   {"do": "read", "path"}                       {"ok": {"codec", "values": [json, ...], "metadata": {...}}}
//   whatever fails                                                       {"error": "EOFException: ..."}

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;

public final class Files {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    write(out, Map.of("versions", Map.of("java", System.getProperty("java.version"), "avro", avroVersion())));
    for (String line = in.readLine(); line != null; line = in.readLine()) write(out, answer(JSON.readTree(line)));
  }

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
      File file = new File(question.required("path").asText());
      switch (question.required("do").asText()) {
        case "write" -> writeFile(file, question);
        case "append" -> append(file, question);
        default -> {
          return Map.of("ok", read(file));
        }
      }
      return Map.of("ok", true);
    } catch (Exception error) {
      return Map.of("error", error.getClass().getSimpleName() + ": " + error.getMessage());
    }
  }

  private static void writeFile(File file, JsonNode question) throws IOException {
    Schema schema = new Schema.Parser().parse(question.required("schema").asText());
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(question.required("codec").asText())).setSyncInterval(1000);
      question.required("metadata").fields().forEachRemaining((entry) ->
          writer.setMeta(entry.getKey(), entry.getValue().asText()));
      writer.create(schema, file);
      for (JsonNode value : question.required("values")) writer.append(fromJson(schema, value.asText()));
    }
  }

  private static void append(File file, JsonNode question) throws IOException {
    Schema schema;
    try (DataFileReader<Object> reader = new DataFileReader<>(file, new GenericDatumReader<>())) {
      schema = reader.getSchema();
    }
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema)).appendTo(file)) {
      for (JsonNode value : question.required("values")) writer.append(fromJson(schema, value.asText()));
    }
  }

  private static Map<String, Object> read(File file) throws IOException {
    try (DataFileReader<Object> reader = new DataFileReader<>(file, new GenericDatumReader<>())) {
      List<String> values = new ArrayList<>();
      for (Object value : reader) values.add(toJson(reader.getSchema(), value));
      Map<String, String> metadata = new LinkedHashMap<>();
      for (String key : reader.getMetaKeys()) metadata.put(key, reader.getMetaString(key));
      return Map.of("codec", metadata.getOrDefault("avro.codec", "null"), "values", values, "metadata", metadata);
    }
  }

  private static Object fromJson(Schema schema, String json) throws IOException {
    return new GenericDatumReader<>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, json));
  }

  private static String toJson(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Encoder encoder = EncoderFactory.get().jsonEncoder(schema, out);
    new GenericDatumWriter<Object>(schema).write(value, encoder);
    encoder.flush();
    return out.toString(StandardCharsets.UTF_8);
  }
}
