-- Revenue by country and hour: reads a topic, joins it with another, writes a third exactly once.
CREATE TABLE orders (
  order_id    BIGINT,
  customer_id INT,
  amount      DECIMAL(10, 2),
  ordered_at  TIMESTAMP(0),
  seen_at     AS PROCTIME(),
  WATERMARK FOR ordered_at AS ordered_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'orders',
  'format' = 'json',
  -- `latest-offset` ends with what is there; left out, the job goes on with what comes.
  'scan.bounded.mode' = '${until:unbounded}',
  -- Partitions without rows hold no window open for longer.
  'scan.watermark.idle-timeout' = '10s'
);

CREATE TABLE customer_records (customer_id INT, country STRING)
WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'customers',
  'format' = 'json',
  'scan.bounded.mode' = 'latest-offset'
);

-- The customers that are known when the job starts, each once, however often it was written.
CREATE VIEW customers AS
SELECT customer_id, MAX(country) AS country FROM customer_records GROUP BY customer_id;

CREATE TABLE revenue (hour_start TIMESTAMP(0), country STRING, orders BIGINT, revenue DECIMAL(38, 2))
WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'revenue',
  'format' = 'json',
  'key.format' = 'raw',
  'key.fields' = 'country',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'revenue-by-hour'
);

INSERT INTO revenue
SELECT window_start, country, COUNT(*), SUM(amount)
FROM TABLE(TUMBLE(TABLE (
  SELECT o.ordered_at, o.amount, c.country
  FROM orders o JOIN customers FOR SYSTEM_TIME AS OF o.seen_at AS c ON c.customer_id = o.customer_id
), DESCRIPTOR(ordered_at), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, country;
