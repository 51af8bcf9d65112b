CREATE TABLE visits (page STRING, ms INT)
WITH ('connector' = './connector.js', 'log' = 'visits', 'port' = '${port}');

CREATE TABLE slow_pages (page STRING, visits BIGINT, longest INT)
WITH ('connector' = './connector.js', 'log' = 'slow_pages', 'port' = '${port}');

INSERT INTO slow_pages
SELECT page, COUNT(*), MAX(ms) FROM visits GROUP BY page HAVING MAX(ms) >= 900;
