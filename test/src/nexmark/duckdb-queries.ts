/** A query as DuckDB answers it over the tables `person`, `auction` and `bid`. */
export interface BatchQuery {
  readonly sql: string
  /** The columns that the query decides; left out: all. Ties leave the others to chance. */
  readonly columns?: readonly string[]
}

const JOINED = 'auction AS A JOIN bid AS B ON A.id = B.auction AND B."dateTime" BETWEEN A."dateTime" AND A.expires'
const DAY = `strftime("dateTime", '%Y-%m-%d')`
const window = (seconds: number, column = '"dateTime"'): string => `time_bucket(INTERVAL '${seconds}' SECOND, ${column})`

const RANKS = `
  count(*) FILTER (WHERE price < 10000) AS rank1_bids,
  count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
  count(*) FILTER (WHERE price >= 1000000) AS rank3_bids`

const distinctRanks = (column: string): string => `
  count(DISTINCT ${column}) AS total_${column}s,
  count(DISTINCT ${column}) FILTER (WHERE price < 10000) AS rank1_${column}s,
  count(DISTINCT ${column}) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_${column}s,
  count(DISTINCT ${column}) FILTER (WHERE price >= 1000000) AS rank3_${column}s`

/** Bids in the windows of 10 seconds, one every 2 seconds, that they belong to. */
const HOPPED = `SELECT auction, ${window(2)} - k * INTERVAL '2' SECOND AS starttime FROM bid, range(5) AS r(k)`

export const BATCH_QUERIES: Readonly<Record<string, BatchQuery>> = {
  q0: { sql: 'SELECT auction, bidder, price, "dateTime", extra FROM bid' },
  q1: { sql: 'SELECT auction, bidder, CAST(price AS DECIMAL(20, 0)) * CAST(0.908 AS DECIMAL(3, 3)) AS price, "dateTime", extra FROM bid' },
  q2: { sql: 'SELECT auction, price FROM bid WHERE auction % 123 = 0' },
  q3: {
    sql: `SELECT P.name, P.city, P.state, A.id FROM auction AS A JOIN person AS P ON A.seller = P.id
      WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')`,
  },
  q4: {
    sql: `SELECT category AS id, CAST(trunc(avg(final)) AS BIGINT) AS final
      FROM (SELECT max(B.price) AS final, A.category FROM ${JOINED} GROUP BY A.id, A.category) GROUP BY category`,
  },
  q5: {
    sql: `WITH counted AS (SELECT auction, starttime, count(*) AS num FROM (${HOPPED}) GROUP BY auction, starttime)
      SELECT auction, num FROM counted QUALIFY num = max(num) OVER (PARTITION BY starttime)`,
  },
  q6: {
    sql: `SELECT seller, CAST(trunc(avg(price) OVER (PARTITION BY seller ORDER BY "dateTime" ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)) AS BIGINT) AS avg_price
      FROM (
        SELECT A.id, A.seller, B.price, B."dateTime" FROM ${JOINED}
        QUALIFY row_number() OVER (PARTITION BY A.id, A.seller ORDER BY B.price DESC) <= 1
      )`,
  },
  q7: {
    sql: `WITH top AS (SELECT max(price) AS maxprice, ${window(10)} + INTERVAL '10' SECOND AS endtime FROM bid GROUP BY endtime)
      SELECT B.auction, B.bidder, B.price, B."dateTime", B.extra FROM bid AS B JOIN top ON B.price = top.maxprice
      WHERE B."dateTime" BETWEEN top.endtime - INTERVAL '10' SECOND AND top.endtime`,
  },
  q8: {
    sql: `SELECT P.id, P.name, P.stime
      FROM (SELECT DISTINCT id, name, ${window(10)} AS stime FROM person) AS P
      JOIN (SELECT DISTINCT seller, ${window(10)} AS stime FROM auction) AS A ON P.id = A.seller AND P.stime = A.stime`,
  },
  q9: {
    sql: `SELECT A.*, B.auction, B.bidder, B.price, B."dateTime" AS "bid_dateTime", B.extra AS bid_extra FROM ${JOINED}
      QUALIFY row_number() OVER (PARTITION BY A.id ORDER BY B.price DESC, B."dateTime") <= 1`,
  },
  q10: { sql: `SELECT auction, bidder, price, "dateTime", extra, ${DAY} AS dt, strftime("dateTime", '%H:%M') AS hm FROM bid` },
  q11: {
    sql: `WITH gaps AS (
        SELECT bidder, "dateTime", lag("dateTime") OVER (PARTITION BY bidder ORDER BY "dateTime") AS before FROM bid
      ), numbered AS (
        SELECT bidder, "dateTime",
          count(*) FILTER (WHERE before IS NULL OR "dateTime" - before > INTERVAL '10' SECOND) OVER (PARTITION BY bidder ORDER BY "dateTime") AS session
        FROM gaps
      )
      SELECT bidder, count(*) AS bid_count, min("dateTime") AS starttime, max("dateTime") + INTERVAL '10' SECOND AS endtime
      FROM numbered GROUP BY bidder, session`,
  },
  q13: { sql: `SELECT auction, bidder, price, "dateTime", 'value ' || (auction % 10000) AS value FROM bid` },
  q14: {
    sql: `SELECT auction, bidder, CAST(price AS DECIMAL(20, 0)) * CAST(0.908 AS DECIMAL(3, 3)) AS price,
        CASE WHEN hour("dateTime") BETWEEN 8 AND 18 THEN 'dayTime' WHEN hour("dateTime") <= 6 OR hour("dateTime") >= 20 THEN 'nightTime' ELSE 'otherTime' END
          AS "bidTimeType",
        "dateTime", extra, length(extra) - length(replace(extra, 'c', '')) AS c_counts
      FROM bid WHERE price * 908 > 1000000000 AND price * 908 < 50000000000`,
  },
  q15: {
    sql: `SELECT ${DAY} AS day, count(*) AS total_bids, ${RANKS}, ${distinctRanks('bidder')}, ${distinctRanks('auction')} FROM bid GROUP BY day`,
  },
  q16: {
    sql: `SELECT channel, ${DAY} AS day, max(strftime("dateTime", '%H:%M')) AS minute, count(*) AS total_bids, ${RANKS},
        ${distinctRanks('bidder')}, ${distinctRanks('auction')}
      FROM bid GROUP BY channel, day`,
  },
  q17: {
    sql: `SELECT auction, ${DAY} AS day, count(*) AS total_bids, ${RANKS}, min(price) AS min_price, max(price) AS max_price,
        CAST(trunc(avg(price)) AS BIGINT) AS avg_price, sum(price) AS sum_price
      FROM bid GROUP BY auction, day`,
  },
  q18: {
    sql: 'SELECT auction, bidder, max("dateTime") AS "dateTime" FROM bid GROUP BY auction, bidder',
    columns: ['auction', 'bidder', 'dateTime'],
  },
  q19: {
    sql: 'SELECT auction, price, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid QUALIFY rank_number <= 10',
    columns: ['auction', 'price', 'rank_number'],
  },
  q20: {
    sql: `SELECT auction, bidder, price, channel, url, B."dateTime" AS "bid_dateTime", B.extra AS bid_extra,
        "itemName", description, "initialBid", reserve, A."dateTime" AS "auction_dateTime", expires, seller, category, A.extra AS auction_extra
      FROM bid AS B JOIN auction AS A ON B.auction = A.id WHERE A.category = 10`,
  },
  q21: {
    sql: `WITH named AS (
        SELECT *, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3'
          ELSE nullif(regexp_extract(url, '[&]channel_id=([^&]*)', 1), '') END AS channel_id
        FROM bid
      )
      SELECT auction, bidder, price, channel, channel_id FROM named WHERE channel_id IS NOT NULL`,
  },
  q22: {
    sql: `SELECT auction, bidder, price, channel, split_part(url, '/', 4) AS dir1, split_part(url, '/', 5) AS dir2, split_part(url, '/', 6) AS dir3 FROM bid`,
  },
}
