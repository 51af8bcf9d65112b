-- A CSV file as a table: money stays exact, an empty cell is NULL.
CREATE TABLE orders (
  order_id   INT,
  customer   STRING,
  country    STRING,
  total      DECIMAL(10, 2),
  ordered_at TIMESTAMP(0)
) WITH (
  'connector' = 'file',
  'path' = 'orders.csv',
  'format' = 'csv',
  'csv.header' = 'true'
);

SELECT country, COUNT(*) AS orders, COUNT(DISTINCT customer) AS customers, SUM(total) AS revenue, AVG(total) AS average
FROM orders
GROUP BY country
ORDER BY revenue DESC;
