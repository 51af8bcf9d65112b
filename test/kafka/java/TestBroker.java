import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * One Kafka broker of the tests: formats its storage where that is new, runs `kafka.Kafka`, opens a {@link Desk} when the broker answers,
 * and ends, without a trace on the disk, when the process that wanted it is gone.
 *
 * Arguments: server.properties, cluster id, port of the desk, id of the process that owns it (0: none), then what else `format` is told.
 */
public final class TestBroker {
  private static final long OWNER_LOOK_MS = 500;

  public static void main(String[] args) throws Exception {
    String properties = args[0];
    long owner = Long.parseLong(args[3]);
    if (owner != 0) watch(owner, Path.of(properties).getParent().getParent());
    format(properties, args[1], List.of(args).subList(4, args.length));
    Properties server = new Properties();
    try (var in = Files.newInputStream(Path.of(properties))) {
      server.load(in);
    }
    int node = Integer.parseInt(server.getProperty("node.id"));
    Thread desk = new Thread(() -> Desk.open(Integer.parseInt(args[2]), server.getProperty("millrace.internal"), node), "desk");
    desk.setDaemon(true);
    desk.start();
    kafka.Kafka.main(new String[] {properties});
  }

  private static void format(String properties, String clusterId, List<String> more) {
    List<String> args = new ArrayList<>(List.of("format", "--ignore-formatted", "-t", clusterId, "-c", properties));
    args.addAll(more);
    PrintStream out = System.out;
    int status = kafka.tools.StorageTool.execute(args.toArray(new String[0]), out);
    if (status != 0) System.exit(status);
  }

  /** Nobody stops the broker of a process that was killed: it looks for itself. */
  private static void watch(long owner, Path folder) {
    ProcessHandle handle = ProcessHandle.of(owner).orElse(null);
    Thread watcher = new Thread(() -> {
      while (handle != null && handle.isAlive()) {
        try {
          Thread.sleep(OWNER_LOOK_MS);
        } catch (InterruptedException e) {
          return;
        }
      }
      remove(folder);
      Runtime.getRuntime().halt(0);
    }, "owner");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** The broker is still writing: what comes meanwhile is removed in another round. */
  private static void remove(Path folder) {
    for (int round = 0; round < 3 && Files.exists(folder); round++) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach((file) -> file.toFile().delete());
      } catch (IOException | RuntimeException e) {
        System.out.println("left behind: " + e);
      }
    }
  }
}
