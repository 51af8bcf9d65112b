-- Functions of your own, from functions.js.
CREATE FUNCTION initials (name STRING) RETURNS STRING AS './functions.js';
CREATE FUNCTION with_tax AS './functions.js#withTax';
CREATE FUNCTION longest AS './functions.js';
CREATE FUNCTION tags AS './functions.js';
CREATE FUNCTION rating AS './functions.js';

CREATE TABLE orders (
  id INT,
  customer STRING,
  country STRING,
  note STRING,
  amount DECIMAL(10, 2),
  placed TIMESTAMP(3),
  WATERMARK FOR placed AS placed
) WITH ('connector' = 'file', 'path' = 'orders.ndjson', 'format' = 'json');

-- Scalar: one value for a row. A missing note would make a NULL of any call that takes it.
SELECT id, initials(customer) AS who, with_tax(amount, country) AS total FROM orders ORDER BY id;

-- Asynchronous: the rows wait for their answers, in order.
SELECT id, rating(customer) AS rating FROM orders WHERE amount > 50 ORDER BY id;

-- Aggregate, here by windows of a minute.
SELECT window_start, longest(note) AS note, count(*) AS orders
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(placed), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end
ORDER BY window_start;

-- Table: any number of rows for a row.
SELECT tag, count(*) AS n FROM orders, LATERAL TABLE(tags(note)) GROUP BY tag ORDER BY n DESC, tag;
