-- Writes 50 customers and 20,000 orders, an order each second of the morning of 1 January 2026.
CREATE TABLE numbers (i BIGINT)
WITH ('connector' = 'datagen', 'number-of-rows' = '${orders:20000}', 'fields.i.kind' = 'sequence', 'fields.i.min' = '0');

CREATE TABLE orders (order_id BIGINT, customer_id INT, amount DECIMAL(10, 2), ordered_at TIMESTAMP(0))
WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'orders',
  'format' = 'json',
  -- Orders of a customer are in one partition, where the Java client would put them too.
  'key.format' = 'raw',
  'key.fields' = 'customer_id',
  'properties.compression.type' = 'lz4'
);

CREATE TABLE customers (customer_id INT, country STRING, PRIMARY KEY (customer_id) NOT ENFORCED)
WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'customers',
  'format' = 'json',
  'key.format' = 'raw'
);

INSERT INTO orders
SELECT i, CAST(MOD(i * 7, 50) AS INT), CAST(MOD(i * 7919, 10000) AS DECIMAL(10, 2)) / 100, TIMESTAMPADD(SECOND, CAST(i AS INT), TIMESTAMP '2026-01-01 06:00:00')
FROM numbers;

INSERT INTO customers
SELECT CAST(i AS INT), CASE MOD(i, 3) WHEN 0 THEN 'FI' WHEN 1 THEN 'NL' ELSE 'UK' END FROM numbers WHERE i < 50;
