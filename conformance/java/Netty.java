// Avro's own RPC over TCP, stock: a NettyServer, or a Requestor on a NettyTransceiver.
//
//   java -cp '.jars/*:.jars/classes' Netty serve PROTOCOL.avpr
//
// Listens on a free port of 127.0.0.1, prints {"port": N, "java": "...", "avro": "..."} and answers until its
// standard input ends. A protocol need not have all of the messages or parameters known here.
//
//   java -cp '.jars/*:.jars/classes' Netty call PORT PROTOCOL.avpr
//
// Prints {"java": "...", "avro": "..."} when it is connected. Then, until its standard input ends, it reads a
// line of calls, makes them all at once on the one connection it has, and prints a line of answers:
//
//   [{"message": "echo", "parameters": {"query": "hi"}}, ...]
//
//   {"result": ...}                          the response
//   {"error": {...}, "declared": true}       an error that the protocol declares
//   {"error": "text", "declared": false}     the server's text for any other error, or what this client
//                                            itself threw

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.avro.AvroRemoteException;
import org.apache.avro.Protocol;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.ipc.CallFuture;
import org.apache.avro.ipc.generic.GenericRequestor;
import org.apache.avro.ipc.generic.GenericResponder;
import org.apache.avro.ipc.netty.NettyServer;
import org.apache.avro.ipc.netty.NettyTransceiver;

public final class Netty {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private static final BufferedReader IN =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  public static void main(String[] args) throws Exception {
    // Since 1.12.2 Avro does not trust the classes of its own handshake, unless told to.
    System.setProperty("org.apache.avro.SERIALIZABLE_PACKAGES", "org.apache.avro.ipc");
    switch (args[0]) {
      case "serve" -> serve(Protocol.parse(new File(args[1])));
      case "call" -> call(Integer.parseInt(args[1]), Protocol.parse(new File(args[2])));
      default -> throw new IllegalArgumentException("serve or call, not " + args[0]);
    }
    System.exit(0); // Netty's threads would not let go
  }

  private static void serve(Protocol protocol) throws Exception {
    NettyServer server = new NettyServer(new Echo(protocol), new InetSocketAddress("127.0.0.1", 0));
    hello(Map.of("port", server.getPort()));
    while (IN.readLine() != null) {}
  }

  private static void call(int port, Protocol protocol) throws Exception {
    try (NettyTransceiver transceiver = new NettyTransceiver(new InetSocketAddress("127.0.0.1", port))) {
      GenericRequestor requestor = new GenericRequestor(protocol, transceiver);
      hello(Map.of());
      for (String line = IN.readLine(); line != null; line = IN.readLine()) {
        List<CallFuture<Object>> calls = new ArrayList<>();
        for (JsonNode call : JSON.readTree(line)) calls.add(start(requestor, call));
        List<Object> answers = new ArrayList<>();
        for (CallFuture<Object> call : calls) answers.add(answer(call));
        write(answers);
      }
    }
  }

  private static CallFuture<Object> start(GenericRequestor requestor, JsonNode call) throws Exception {
    String message = call.required("message").asText();
    Schema request = requestor.getLocal().getMessages().get(message).getRequest();
    GenericRecord parameters = new GenericData.Record(request);
    for (Schema.Field field : request.getFields()) {
      JsonNode given = call.required("parameters").get(field.name());
      Object value = given == null ? GenericData.get().getDefaultValue(field) : given.asText();
      parameters.put(field.name(), value);
    }
    CallFuture<Object> future = new CallFuture<>();
    requestor.request(message, parameters, future);
    return future;
  }

  private static Map<String, Object> answer(CallFuture<Object> call) throws InterruptedException {
    try {
      Object result = call.get();
      return result == null ? Map.of() : Map.of("result", result.toString());
    } catch (ExecutionException failure) {
      Throwable error = failure.getCause();
      if (error instanceof AvroRemoteException remote && remote.getValue() instanceof GenericRecord record) {
        return Map.of("error", Map.of("reason", record.get("reason").toString()), "declared", true);
      }
      return Map.of("error", String.valueOf(error.getMessage()), "declared", false);
    }
  }

  private static void hello(Map<String, Object> more) throws IOException {
    Map<String, Object> hello = new TreeMap<>(more);
    hello.put("java", System.getProperty("java.version"));
    hello.put("avro", versionOf(Schema.class));
    hello.put("avro-ipc-netty", versionOf(NettyServer.class));
    write(hello);
  }

  /** The version that the jar's name carries: its manifest has none. */
  private static String versionOf(Class<?> type) {
    String jar = type.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.replaceAll(".*-([0-9.]+)\\.jar", "$1");
  }

  private static void write(Object value) throws IOException {
    OUT.print(JSON.writeValueAsString(value) + "\n");
    OUT.flush();
  }

  private static final class Echo extends GenericResponder {
    // The server runs handlers side by side.
    private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

    Echo(Protocol protocol) {
      super(protocol);
    }

    @Override
    public Object respond(Protocol.Message message, Object request) throws Exception {
      GenericRecord parameters = (GenericRecord) request;
      boolean hasQuery = parameters.getSchema().getField("query") != null;
      String query = hasQuery ? parameters.get("query").toString() : "";
      return switch (message.getName()) {
        case "echo" -> query;
        case "split" -> {
          boolean hasSeparator = parameters.getSchema().getField("separator") != null;
          String separator = hasSeparator ? parameters.get("separator").toString() : "\\s+";
          yield String.join("\n", query.split(separator));
        }
        case "fail" -> throw query.equals("boom") ? new RuntimeException("boom") : emptyQuery(query);
        case "note" -> {
          notes.add(query);
          yield null;
        }
        case "notes" -> String.join("\n", notes);
        default -> throw new IllegalArgumentException(message.getName());
      };
    }

    private Exception emptyQuery(String query) {
      GenericRecord error = new GenericData.Record(getLocal().getType("example.EmptyQuery"));
      error.put("reason", "no answer to \"" + query + "\"");
      return new AvroRemoteException(error);
    }
  }
}
