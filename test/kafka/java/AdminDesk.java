import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Topics, groups, leaders and permissions. */
final class AdminDesk {
  private static final Set<String> KNOWN = Set.of("createTopic", "deleteTopic", "addPartitions", "describeTopic", "offsets",
      "deleteRecords", "committed", "commit", "members", "transactions", "moveLeader", "allow", "brokers");

  private final Admin admin;
  private final ObjectMapper json;

  AdminDesk(Admin admin, ObjectMapper json) {
    this.admin = admin;
    this.json = json;
  }

  boolean knows(String what) {
    return KNOWN.contains(what);
  }

  JsonNode answer(String what, JsonNode request) throws Exception {
    switch (what) {
      case "createTopic": return createTopic(request);
      case "deleteTopic":
        admin.deleteTopics(List.of(request.get("topic").asText())).all().get();
        return NullNode.instance;
      case "addPartitions":
        admin.createPartitions(Map.of(request.get("topic").asText(), NewPartitions.increaseTo(request.get("partitions").asInt()))).all().get();
        return NullNode.instance;
      case "describeTopic": return describeTopic(request.get("topic").asText());
      case "offsets": return offsets(request);
      case "deleteRecords":
        admin.deleteRecords(Map.of(partition(request), RecordsToDelete.beforeOffset(request.get("before").asLong()))).all().get();
        return NullNode.instance;
      case "committed": return committed(request.get("group").asText());
      case "commit": return commit(request);
      case "members": return members(request.get("group").asText());
      case "transactions": return transactions();
      case "moveLeader": return moveLeader(request);
      case "allow": return allow(request);
      case "brokers": return brokers();
      default: throw new IllegalArgumentException("cannot " + what);
    }
  }

  private JsonNode createTopic(JsonNode request) throws Exception {
    Map<String, String> config = new HashMap<>();
    request.get("config").fields().forEachRemaining((entry) -> config.put(entry.getKey(), entry.getValue().asText()));
    short replication = (short) request.get("replication").asInt();
    int partitions = request.get("partitions").asInt();
    String topic = request.get("topic").asText();
    admin.createTopics(List.of(new NewTopic(topic, partitions, replication).configs(config))).all().get();
    // The controller has it; a client may ask a broker that has not heard of it yet.
    for (long until = System.currentTimeMillis() + 30_000; System.currentTimeMillis() < until; Thread.sleep(10)) {
      try {
        var about = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        if (about.partitions().size() == partitions && about.partitions().stream().allMatch((each) -> each.leader() != null && !each.leader().isEmpty())) {
          return NullNode.instance;
        }
      } catch (java.util.concurrent.ExecutionException e) {
        if (!(e.getCause() instanceof org.apache.kafka.common.errors.UnknownTopicOrPartitionException)) throw e;
      }
    }
    throw new IllegalStateException("no leaders of " + topic);
  }

  private JsonNode describeTopic(String topic) throws Exception {
    ArrayNode partitions = json.createArrayNode();
    for (var each : admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions()) {
      ObjectNode partition = partitions.addObject().put("partition", each.partition());
      partition.put("leader", each.leader() == null ? -1 : each.leader().id());
      ArrayNode replicas = partition.putArray("replicas");
      for (Node node : each.replicas()) replicas.add(node.id());
      ArrayNode inSync = partition.putArray("inSync");
      for (Node node : each.isr()) inSync.add(node.id());
    }
    return partitions;
  }

  /** End offsets or first offsets of all partitions, in their order. */
  private JsonNode offsets(JsonNode request) throws Exception {
    String topic = request.get("topic").asText();
    OffsetSpec spec = request.get("at").asText().equals("earliest") ? OffsetSpec.earliest() : OffsetSpec.latest();
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    int count = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
    for (int i = 0; i < count; i++) wanted.put(new TopicPartition(topic, i), spec);
    var found = admin.listOffsets(wanted).all().get();
    ArrayNode offsets = json.createArrayNode();
    for (int i = 0; i < count; i++) offsets.add(found.get(new TopicPartition(topic, i)).offset());
    return offsets;
  }

  private JsonNode committed(String group) throws Exception {
    ArrayNode offsets = json.createArrayNode();
    admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((partition, offset) -> {
      if (offset == null) return;
      offsets.addObject().put("topic", partition.topic()).put("partition", partition.partition()).put("offset", offset.offset())
          .put("metadata", offset.metadata());
    });
    return offsets;
  }

  private JsonNode commit(JsonNode request) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(partition(request), new OffsetAndMetadata(request.get("offset").asLong()));
    admin.alterConsumerGroupOffsets(request.get("group").asText(), offsets).all().get();
    return NullNode.instance;
  }

  private JsonNode members(String group) throws Exception {
    ArrayNode members = json.createArrayNode();
    for (var each : admin.describeConsumerGroups(List.of(group)).all().get().get(group).members()) {
      ObjectNode member = members.addObject().put("memberId", each.consumerId()).put("clientId", each.clientId());
      member.put("instanceId", each.groupInstanceId().orElse(null));
      ArrayNode partitions = member.putArray("partitions");
      for (TopicPartition partition : each.assignment().topicPartitions()) partitions.add(partition.topic() + "-" + partition.partition());
    }
    return members;
  }

  private JsonNode transactions() throws Exception {
    ArrayNode transactions = json.createArrayNode();
    for (var each : admin.listTransactions().all().get()) {
      transactions.addObject().put("transactionalId", each.transactionalId()).put("producerId", each.producerId())
          .put("state", each.state().toString());
    }
    return transactions;
  }

  /** Makes another of the replicas in sync the leader. */
  private JsonNode moveLeader(JsonNode request) throws Exception {
    TopicPartition partition = partition(request);
    int to = request.get("to").asInt();
    var about = admin.describeTopics(List.of(partition.topic())).allTopicNames().get().get(partition.topic()).partitions().get(partition.partition());
    List<Integer> replicas = new ArrayList<>();
    replicas.add(to);
    for (Node node : about.replicas()) {
      if (node.id() != to) replicas.add(node.id());
    }
    admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(replicas)))).all().get();
    try {
      admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
    } catch (java.util.concurrent.ExecutionException e) {
      if (!(e.getCause() instanceof org.apache.kafka.common.errors.ElectionNotNeededException)) throw e;
    }
    return NullNode.instance;
  }

  private JsonNode allow(JsonNode request) throws Exception {
    ResourcePattern on = new ResourcePattern(ResourceType.fromString(request.get("resource").asText()), request.get("name").asText(), PatternType.LITERAL);
    AccessControlEntry entry = new AccessControlEntry("User:" + request.get("user").asText(), "*",
        AclOperation.fromString(request.get("operation").asText()), AclPermissionType.ALLOW);
    admin.createAcls(List.of(new AclBinding(on, entry))).all().get();
    return NullNode.instance;
  }

  private JsonNode brokers() throws Exception {
    ArrayNode brokers = json.createArrayNode();
    for (Node node : admin.describeCluster().nodes().get()) brokers.add(node.id());
    return brokers;
  }

  private static TopicPartition partition(JsonNode request) {
    return new TopicPartition(request.get("topic").asText(), request.get("partition").asInt());
  }
}
