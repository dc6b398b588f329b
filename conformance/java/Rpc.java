// Avro's own RPC, stock, at both ends: its servers over HTTP (Jetty) and TCP (Netty), and its clients.
//
//   java -cp '.jars/*:.jars/classes' Rpc PROTOCOL.avpr...
//
// Serves every protocol over both, each on a free port of 127.0.0.1, and prints where, with its versions:
//
//   {"versions": {"avro": "...", ...}, "ports": {"http": [N, ...], "tcp": [N, ...]}}
//
// Then, until its standard input ends, it reads one job a line and prints one line of answers:
//
//   {"over": "http" or "tcp", "port": N, "protocol": "the JSON text", "atOnce": false, "metadata": "",
//    "calls": [{"message": "text", "parameters": "base64"}, ...]}
//
// A job is one client with one transceiver. It makes its calls one after the other, or all at once; what
// is in `metadata` it sends beside each of them and in its handshakes. A message "" asks who the server is.
// Parameters and answers are in the binary encoding of the client's protocol:
//
//   {"result": "base64"}     the response
//   {"declared": "base64"}   a declared error, as a value of the message's effective error union
//   {"failed": "text"}       the server's text for any other error, or what this client itself threw

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.avro.AvroRemoteException;
import org.apache.avro.Protocol;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.ipc.CallFuture;
import org.apache.avro.ipc.HttpTransceiver;
import org.apache.avro.ipc.RPCContext;
import org.apache.avro.ipc.RPCPlugin;
import org.apache.avro.ipc.Requestor;
import org.apache.avro.ipc.Transceiver;
import org.apache.avro.ipc.generic.GenericRequestor;
import org.apache.avro.ipc.jetty.HttpServer;
import org.apache.avro.ipc.netty.NettyServer;
import org.apache.avro.ipc.netty.NettyTransceiver;

public final class Rpc {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private static final Schema STRING = Schema.create(Schema.Type.STRING);
  private static final long SECONDS_TO_WAIT = 20;

  public static void main(String[] args) {
    // Since 1.12.2 Avro does not trust the classes of its own handshake, unless told to.
    System.setProperty("org.apache.avro.SERIALIZABLE_PACKAGES", "org.apache.avro.ipc");
    try {
      work(args);
    } catch (Exception error) {
      error.printStackTrace();
      System.exit(1);
    }
    System.exit(0); // the servers' threads would not let go
  }

  private static void work(String[] paths) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<Integer> http = new ArrayList<>();
    List<Integer> tcp = new ArrayList<>();
    for (String path : paths) {
      Protocol protocol = Protocol.parse(new File(path));
      http.add(serveHttp(protocol));
      tcp.add(serveTcp(protocol));
    }
    write(Map.of("versions", versions(), "ports", Map.of("http", http, "tcp", tcp)));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      write(outcomes(JSON.readTree(line)));
    }
  }

  private static int serveHttp(Protocol protocol) throws Exception {
    HttpServer server = new HttpServer(service(protocol), new InetSocketAddress("127.0.0.1", 0));
    server.start();
    return server.getPort();
  }

  private static int serveTcp(Protocol protocol) throws Exception {
    return new NettyServer(service(protocol), new InetSocketAddress("127.0.0.1", 0)).getPort();
  }

  private static Exchange service(Protocol protocol) {
    Exchange exchange = new Exchange(protocol);
    exchange.addRPCPlugin(sending("java"));
    return exchange;
  }

  private static List<Object> outcomes(JsonNode job) throws Exception {
    Protocol protocol = Protocol.parse(job.required("protocol").asText());
    try (Transceiver transceiver = connect(job.required("over").asText(), job.required("port").asInt())) {
      GenericRequestor requestor = new GenericRequestor(protocol, transceiver);
      String metadata = job.required("metadata").asText();
      if (!metadata.isEmpty()) requestor.addRPCPlugin(sending(metadata));
      boolean atOnce = job.required("atOnce").asBoolean();
      JsonNode calls = job.required("calls");
      List<CallFuture<Object>> started = new ArrayList<>();
      if (atOnce) for (JsonNode call : calls) started.add(start(requestor, call));
      List<Object> answers = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        String name = calls.get(i).required("message").asText();
        if (name.isEmpty()) answers.add(Map.of("result", base64(STRING, requestor.getRemote().getName())));
        else {
          CallFuture<Object> call = atOnce ? started.get(i) : start(requestor, calls.get(i));
          answers.add(answer(protocol.getMessages().get(name), call));
        }
      }
      return answers;
    }
  }

  private static Transceiver connect(String over, int port) throws Exception {
    return switch (over) {
      case "http" -> new HttpTransceiver(new URL("http://127.0.0.1:" + port + "/"));
      case "tcp" -> new NettyTransceiver(new InetSocketAddress("127.0.0.1", port));
      default -> throw new IllegalArgumentException("http or tcp, not " + over);
    };
  }

  private static CallFuture<Object> start(GenericRequestor requestor, JsonNode call) {
    CallFuture<Object> future = new CallFuture<>();
    try {
      String message = call.required("message").asText();
      Schema request = requestor.getLocal().getMessages().get(message).getRequest();
      byte[] bytes = Base64.getDecoder().decode(call.required("parameters").asText());
      Decoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
      requestor.request(message, new GenericDatumReader<>(request).read(null, decoder), future);
    } catch (Exception error) {
      future.handleError(error);
    }
    return future;
  }

  private static Map<String, Object> answer(Protocol.Message message, CallFuture<Object> call)
      throws Exception {
    try {
      return Map.of("result", base64(message.getResponse(), call.get(SECONDS_TO_WAIT, TimeUnit.SECONDS)));
    } catch (ExecutionException failure) {
      Throwable error = failure.getCause();
      if (error instanceof AvroRemoteException remote)
        return Map.of("declared", base64(message.getErrors(), remote.getValue()));
      return Map.of("failed", error.getClass().getSimpleName() + ": " + error.getMessage());
    }
  }

  /** Sends a text as metadata wherever Avro has a place for it. */
  private static RPCPlugin sending(String text) {
    return new RPCPlugin() {
      @Override
      public void clientStartConnect(RPCContext context) {
        addTo(context.requestHandshakeMeta());
      }

      @Override
      public void clientSendRequest(RPCContext context) {
        addTo(context.requestCallMeta());
      }

      @Override
      public void serverSendResponse(RPCContext context) {
        addTo(context.responseCallMeta());
      }

      private void addTo(Map<String, ByteBuffer> entries) {
        entries.put("peer", StandardCharsets.UTF_8.encode(text));
      }
    };
  }

  private static String base64(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(value, encoder);
    encoder.flush();
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static Map<String, String> versions() {
    return Map.of(
        "java", System.getProperty("java.version"),
        "avro", versionOf(Schema.class),
        "avro-ipc", versionOf(Requestor.class),
        "avro-ipc-jetty", versionOf(HttpServer.class),
        "avro-ipc-netty", versionOf(NettyServer.class));
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
}
