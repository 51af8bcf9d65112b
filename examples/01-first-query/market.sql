-- The main job: sixty million seeded trades, made and aggregated on every core.
CREATE TABLE trades (
  symbol   STRING,
  price    DECIMAL(10, 2),
  quantity INT,
  at       TIMESTAMP(3),
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '${rows:60000000}',
  'seed' = '7',
  'fields.symbol.values' = 'AAPL,AMZN,GOOG,META,MSFT,NVDA',
  'fields.price.min' = '90.00',
  'fields.price.max' = '210.00',
  'fields.quantity.min' = '1',
  'fields.quantity.max' = '500',
  'fields.at.kind' = 'sequence',
  'fields.at.start' = '2026-01-01 00:00:00',
  'fields.at.step' = '1ms'
);

-- Per hour and symbol: how many trades above 110, at what average, and what they were worth to the cent.
SELECT
  DATE_FORMAT(window_start, 'HH:mm') AS hour_of_day,
  symbol,
  COUNT(*) AS trades,
  ROUND(AVG(price), 4) AS average_price,
  SUM(price * quantity) AS turnover
FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(at), INTERVAL '1' HOUR))
WHERE price > 110
GROUP BY window_start, window_end, symbol
ORDER BY turnover DESC
LIMIT 10;
