import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/**
 * What tests ask Kafka's own Java clients for, without a new Java process each time: a line of JSON in, a line of JSON out, over loopback.
 * Requests of one connection are done in turn.
 */
final class Desk {
  private static final long READY_MS_MAX = 60_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Admin admin;
  private final AdminDesk topics;
  private final RecordDesk records;

  private Desk(String bootstrapServers) {
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    this.topics = new AdminDesk(admin, JSON);
    this.records = new RecordDesk(bootstrapServers, JSON);
  }

  /** Waits until this broker is one that clients are sent to, then listens: who can connect knows that the broker is ready. */
  static void open(int port, String bootstrapServers, int node) {
    try {
      Desk desk = new Desk(bootstrapServers);
      desk.untilReady(node);
      try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
        while (true) {
          Socket socket = server.accept();
          Thread thread = new Thread(() -> desk.serve(socket), "desk of " + socket.getPort());
          thread.setDaemon(true);
          thread.start();
        }
      }
    } catch (Exception e) {
      e.printStackTrace(System.out);
      Runtime.getRuntime().halt(1);
    }
  }

  private void untilReady(int node) throws Exception {
    long until = System.currentTimeMillis() + READY_MS_MAX;
    while (System.currentTimeMillis() < until) {
      try {
        boolean known = admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).stream().anyMatch((each) -> each.id() == node);
        if (known) return;
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        // Not there yet.
      }
      Thread.sleep(50);
    }
    throw new IllegalStateException("the broker did not answer within " + READY_MS_MAX + " ms");
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        Writer out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8)) {
      for (String line; (line = in.readLine()) != null; ) {
        out.write(JSON.writeValueAsString(answer(JSON.readTree(line))));
        out.write('\n');
        out.flush();
      }
    } catch (IOException e) {
      // The test has gone.
    }
  }

  private ObjectNode answer(JsonNode request) {
    ObjectNode answer = JSON.createObjectNode();
    answer.set("id", request.get("id"));
    try {
      String what = request.get("do").asText();
      JsonNode result = topics.knows(what) ? topics.answer(what, request) : records.answer(what, request);
      answer.set("result", result);
    } catch (Exception e) {
      Throwable cause = e instanceof java.util.concurrent.ExecutionException && e.getCause() != null ? e.getCause() : e;
      answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }
    return answer;
  }
}
