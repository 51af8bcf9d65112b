-- A log read as the stream it once was: rows may be late. The watermark trails the newest click by five seconds, so the
-- click at 00:58 still counts when 01:03 has been seen, and the one at 00:05 comes after its window has closed.
CREATE TABLE clicks (
  `user` STRING,
  page   STRING,
  at     TIMESTAMP(0),
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'file',
  'path' = 'clicks.ndjson',
  'format' = 'json',
  'scan.replay' = 'true'
);

SELECT window_start, COUNT(*) AS clicks, COUNT(DISTINCT `user`) AS users
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end
ORDER BY window_start;
