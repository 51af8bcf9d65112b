-- Auctions and the bids on them: a join in time, the best bid of each auction, and what auctions of a category went for.
-- The events are those of the Nexmark benchmark, 100,000 of them, the same in every run.
CREATE TABLE events (
  event_type INT,
  auction ROW<id BIGINT, itemName STRING, category BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3)>,
  bid     ROW<auction BIGINT, bidder BIGINT, price BIGINT, `dateTime` TIMESTAMP(3)>,
  `dateTime` AS CASE event_type WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '100000');

CREATE VIEW auction AS
SELECT auction.id, auction.itemName, auction.category, `dateTime`, auction.expires FROM events WHERE event_type = 1;

CREATE VIEW bid AS
SELECT bid.auction, bid.bidder, bid.price, `dateTime` FROM events WHERE event_type = 2;

CREATE VIEW winning_bid AS
SELECT category, id, itemName, bidder, price
FROM (
  SELECT A.category, A.id, A.itemName, B.bidder, B.price,
    ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.`dateTime`) AS place
  FROM auction A, bid B
  WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires
)
WHERE place = 1;

SELECT category, count(*) AS sold, max(price) AS highest, CAST(avg(price) AS DECIMAL(12, 2)) AS average
FROM winning_bid
GROUP BY category
ORDER BY category;
