-- What is in the topic `revenue` now.
CREATE TABLE revenue (hour_start TIMESTAMP(0), country STRING, orders BIGINT, revenue DECIMAL(38, 2))
WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${brokers:localhost:9092}',
  'topic' = 'revenue',
  'format' = 'json',
  'scan.bounded.mode' = 'latest-offset'
);

SELECT * FROM revenue ORDER BY hour_start, country;
