// Avro's own reader of IDL, stock, asked in lines of JSON on standard input.
//
//   java -cp '.jars/*:.jars/classes:more folders' Idl
//
// Prints {"versions": {"java": "...", "avro-idl": "..."}} first. Then, until its standard input ends, it reads a
// line with the path of an IDL file, as JSON, and prints what the file declares: {"ok": declaration} or
// {"error": "SchemaParseException: ..."}. Imports that are not beside a file are looked for on the class path.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.idl.IdlFile;
import org.apache.avro.idl.IdlReader;

public final class Idl {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Map<String, String> versions = Map.of("java", System.getProperty("java.version"), "avro-idl", version());
    out.println(JSON.writeValueAsString(Map.of("versions", versions)));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSON.writeValueAsString(answer(JSON.readValue(line, String.class))));
    }
  }

  private static ObjectNode answer(String path) {
    try {
      return JSON.createObjectNode().set("ok", JSON.readTree(declaration(new IdlReader().parse(Path.of(path)))));
    } catch (IOException | RuntimeException e) {
      return JSON.createObjectNode().put("error", e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static String declaration(IdlFile file) {
    if (file.getProtocol() != null) return file.getProtocol().toString();
    if (file.getMainSchema() != null) return file.getMainSchema().toString();
    StringBuilder types = new StringBuilder();
    for (Schema type : file.getNamedSchemas().values()) types.append(types.isEmpty() ? "" : ",").append(type);
    return "[" + types + "]";
  }

  private static String version() {
    String jar = IdlReader.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.replaceAll(".*avro-idl-|[.]jar$", "");
  }
}
