-- Revenue per shop and minute, as it runs in production: orders come from a topic, results go to another.
CREATE FUNCTION without_tax AS './functions.js#withoutTax';

CREATE TABLE late_orders (id BIGINT, shop STRING, lateness_ms BIGINT)
WITH ('connector' = 'kafka', 'topic' = 'late-orders', 'properties.bootstrap.servers' = '${brokers}', 'format' = 'json');

CREATE TABLE orders (
  id BIGINT,
  shop STRING,
  amount DECIMAL(10, 2),
  placed TIMESTAMP(3),
  WATERMARK FOR placed AS placed - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '${brokers}', 'format' = 'json', 'late-rows' = 'late_orders');

CREATE TABLE revenue (shop STRING, minute_start TIMESTAMP(3), net DECIMAL(38, 2), orders BIGINT)
WITH ('connector' = 'kafka', 'topic' = 'revenue', 'properties.bootstrap.servers' = '${brokers}', 'format' = 'json');

INSERT INTO revenue
SELECT shop, window_start, SUM(without_tax(amount)), COUNT(*)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(placed), INTERVAL '1' MINUTE))
GROUP BY shop, window_start, window_end;
