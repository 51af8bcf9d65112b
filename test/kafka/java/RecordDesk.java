import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;


/** Records by Java's own producer and consumer. Bytes are Base64. */
final class RecordDesk {
  private static final long SILENCE_MS_MAX = 20_000;

  private final String bootstrapServers;
  private final ObjectMapper json;

  RecordDesk(String bootstrapServers, ObjectMapper json) {
    this.bootstrapServers = bootstrapServers;
    this.json = json;
  }

  JsonNode answer(String what, JsonNode request) throws Exception {
    switch (what) {
      case "produce": return produce(request);
      case "load": return load(request);
      case "consume": return consume(request);
      case "partitions": return partitions(request);
      default: throw new IllegalArgumentException("cannot " + what);
    }
  }

  /** Sends records; in a transaction, where `transaction` is commit, abort or open (left to its time-out). */
  private JsonNode produce(JsonNode request) throws Exception {
    String topic = request.get("topic").asText();
    String transaction = request.get("transaction").asText();
    Map<String, Object> config = config(request);
    config.put("key.serializer", ByteArraySerializer.class);
    config.put("value.serializer", ByteArraySerializer.class);
    if (transaction.isEmpty()) oneAfterTheOther(config);
    ArrayNode offsets = json.createArrayNode();
    Producer<byte[], byte[]> producer = new KafkaProducer<>(config);
    boolean isOpen = transaction.equals("open");
    try {
      if (!transaction.isEmpty()) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (JsonNode record : request.get("records")) sent.add(producer.send(recordOf(topic, record)));
      producer.flush();
      for (Future<RecordMetadata> each : sent) offsets.addObject().put("partition", each.get().partition()).put("offset", each.get().offset());
      if (transaction.equals("commit")) producer.commitTransaction();
      if (transaction.equals("abort")) producer.abortTransaction();
    } finally {
      producer.close(isOpen ? Duration.ZERO : Duration.ofSeconds(10));
    }
    return offsets;
  }

  /**
   * A partition of a new topic may refuse a producer's first batch, having no leader yet, and then take the next: an idempotent producer
   * sends the first for ever after, out of order. With one request under way nothing overtakes.
   */
  private static void oneAfterTheOther(Map<String, Object> config) {
    config.putIfAbsent("enable.idempotence", "false");
    config.putIfAbsent("max.in.flight.requests.per.connection", "1");
  }

  private static ProducerRecord<byte[], byte[]> recordOf(String topic, JsonNode record) {
    Integer partition = record.hasNonNull("partition") ? record.get("partition").asInt() : null;
    Long timestamp = record.hasNonNull("timestamp") ? record.get("timestamp").asLong() : null;
    ProducerRecord<byte[], byte[]> made = new ProducerRecord<>(topic, partition, timestamp, bytes(record.get("key")), bytes(record.get("value")));
    if (record.has("headers")) {
      for (JsonNode header : record.get("headers")) made.headers().add(header.get(0).asText(), bytes(header.get(1)));
    }
    return made;
  }

  /** Sends the lines of a file, each `value` or `key TAB value`; for topics of many records. */
  private JsonNode load(JsonNode request) throws Exception {
    String topic = request.get("topic").asText();
    boolean hasKeys = request.get("keys").asBoolean();
    Map<String, Object> config = config(request);
    config.put("key.serializer", ByteArraySerializer.class);
    config.put("value.serializer", ByteArraySerializer.class);
    oneAfterTheOther(config);
    config.putIfAbsent("linger.ms", "20");
    config.putIfAbsent("batch.size", "65536");
    long count = 0;
    Exception[] failure = new Exception[1];
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config); var in = Files.newBufferedReader(Path.of(request.get("file").asText()))) {
      for (String line; (line = in.readLine()) != null && failure[0] == null; count++) {
        int tab = hasKeys ? line.indexOf('\t') : -1;
        byte[] key = tab < 0 ? null : line.substring(0, tab).getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, key, line.substring(tab + 1).getBytes(StandardCharsets.UTF_8)), (metadata, e) -> {
          if (e != null) failure[0] = e;
        });
      }
      producer.flush();
    }
    if (failure[0] != null) throw failure[0];
    return json.getNodeFactory().numberNode(count);
  }

  /** Everything up to the end that the topic has now, as its isolation sees it, by partition and offset. */
  private JsonNode consume(JsonNode request) throws Exception {
    String topic = request.get("topic").asText();
    Map<String, Object> config = config(request);
    config.put("key.deserializer", ByteArrayDeserializer.class);
    config.put("value.deserializer", ByteArrayDeserializer.class);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map((each) -> new TopicPartition(topic, each.partition())).collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long last = System.currentTimeMillis();
      while (partitions.stream().anyMatch((each) -> consumer.position(each) < ends.get(each))) {
        int before = records.size();
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
        if (records.size() > before) last = System.currentTimeMillis();
        if (System.currentTimeMillis() - last > SILENCE_MS_MAX) throw new IllegalStateException("nothing came for " + SILENCE_MS_MAX + " ms");
      }
    }
    records.sort((a, b) -> a.partition() != b.partition() ? Integer.compare(a.partition(), b.partition()) : Long.compare(a.offset(), b.offset()));
    ArrayNode all = json.createArrayNode();
    for (ConsumerRecord<byte[], byte[]> each : records) {
      ObjectNode record = all.addObject().put("partition", each.partition()).put("offset", each.offset()).put("timestamp", each.timestamp());
      record.put("timestampType", each.timestampType().toString());
      record.set("key", text(each.key()));
      record.set("value", text(each.value()));
      ArrayNode headers = record.putArray("headers");
      for (Header header : each.headers()) headers.addArray().add(header.key()).add(text(header.value()));
    }
    return all;
  }

  /** Where Java's default partitioner puts keys. */
  private JsonNode partitions(JsonNode request) {
    ArrayNode partitions = json.createArrayNode();
    int count = request.get("count").asInt();
    for (JsonNode key : request.get("keys")) partitions.add(BuiltInPartitioner.partitionForKey(bytes(key), count));
    return partitions;
  }

  private Map<String, Object> config(JsonNode request) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrapServers);
    request.get("config").fields().forEachRemaining((entry) -> config.put(entry.getKey(), entry.getValue().asText()));
    return config;
  }

  private static byte[] bytes(JsonNode text) {
    return text == null || text.isNull() ? null : Base64.getDecoder().decode(text.asText());
  }

  private JsonNode text(byte[] bytes) {
    return bytes == null ? NullNode.instance : json.getNodeFactory().textNode(Base64.getEncoder().encodeToString(bytes));
  }
}
