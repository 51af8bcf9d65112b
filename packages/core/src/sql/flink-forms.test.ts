import { describe, expect, test } from 'vitest'
import { parseScript } from './parse-script.js'
import { printQuery } from './print.test.kit.js'
import { substituteParameters } from './substitute-parameters.js'

/** What the public streaming benchmarks of Flink SQL are made of, with tables of our own. */
const TABLES = `
-- one table of three kinds of event
CREATE TABLE events (
    kind int,
    rider ROW<
        id  BIGINT,
        name  VARCHAR,
        dateTime TIMESTAMP(3)>,
    trip ROW<id BIGINT, fare DECIMAL(10, 2), dateTime TIMESTAMP(3), expires TIMESTAMP(3)>,
    dateTime AS
        CASE
            WHEN kind = 0 THEN rider.dateTime
            ELSE trip.dateTime
        END,
    WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH (
    'connector' = 'nexmark',
    'events.num' = '\${EVENTS:1000}'
);
CREATE VIEW trips AS SELECT trip.id, trip.fare, trip.expires, dateTime FROM \${TABLE} WHERE kind = 1;
`

describe('a script of the benchmark', () => {
  test('declares its tables', () => {
    const { statements } = parseScript(substituteParameters(TABLES, { TABLE: 'events' }))
    expect(statements.map((statement) => statement.kind)).toEqual(['create table', 'create view'])
    const [table] = statements
    expect(table?.kind === 'create table' && table.columns.map((column) => [column.kind, column.name.text])).toEqual([['physical', 'kind'], ['physical', 'rider'], ['physical', 'trip'], ['computed', 'dateTime']])
    expect(table?.kind === 'create table' && table.options.at(-1)?.value).toBe('1000')
  })

  test('declares a partitioned sink whose options hold dollars', () => {
    const text = 'CREATE TABLE log (dt STRING, hm STRING) PARTITIONED BY (dt, hm) WITH (\'path\' = \'file://${DIR}/x/\', \'pattern\' = \'$dt $hm:00\')'
    const [table] = parseScript(substituteParameters(text, { DIR: '/tmp' })).statements
    expect(table?.kind === 'create table' && table.options.map((option) => option.value)).toEqual(['file:///tmp/x/', '$dt $hm:00'])
  })

  test.each([
    ['INSERT INTO s SELECT id, 0.908 * fare as fare, dateTime FROM trips', 'SELECT id, (0.908 * fare) AS fare, dateTime FROM trips'],
    ['INSERT INTO s SELECT id FROM trips WHERE MOD(id, 123) = 0', 'SELECT id FROM trips WHERE (MOD(id, 123) = 0)'],
    ['INSERT INTO s SELECT R.name, T.id FROM trips AS T INNER JOIN riders AS R on T.rider = R.id WHERE T.kind = 10 and (R.state = \'OR\' OR R.state = \'ID\')',
      'SELECT R.name, T.id FROM trips AS T INNER JOIN riders AS R ON (T.rider = R.id) WHERE ((T.kind = 10) AND ((R.state = \'OR\') OR (R.state = \'ID\')))'],
    ['INSERT INTO s SELECT Q.k, AVG(Q.final) FROM (SELECT MAX(B.fare) AS final, A.k FROM trips A, offers B WHERE A.id = B.trip AND B.dateTime BETWEEN A.dateTime AND A.expires GROUP BY A.id, A.k) Q GROUP BY Q.k',
      'SELECT Q.k, AVG(Q.final) FROM (SELECT MAX(B.fare) AS final, A.k FROM trips AS A CROSS JOIN offers AS B WHERE ((A.id = B.trip) AND (B.dateTime BETWEEN A.dateTime AND A.expires)) GROUP BY (A.id, A.k)) AS Q GROUP BY (Q.k)'],
    ['INSERT INTO s SELECT H.id, H.num FROM (SELECT id, count(*) AS num, window_start AS st, window_end AS et FROM TABLE(\n HOP(TABLE trips, DESCRIPTOR(dateTime), INTERVAL \'2\' SECOND, INTERVAL \'10\' SECOND))\n GROUP BY id, window_start, window_end) AS H JOIN (SELECT max(C.num) AS m, C.st FROM C GROUP BY C.st) AS M ON H.st = M.st AND H.num >= M.m',
      'SELECT H.id, H.num FROM (SELECT id, count(*) AS num, window_start AS st, window_end AS et FROM TABLE(HOP(TABLE trips, DESCRIPTOR(dateTime), INTERVAL \'2.000000\' SECOND, INTERVAL \'10.000000\' SECOND)) GROUP BY (id, window_start, window_end)) AS H INNER JOIN (SELECT max(C.num) AS m, C.st FROM C GROUP BY (C.st)) AS M ON ((H.st = M.st) AND (H.num >= M.m))'],
    ['INSERT INTO s SELECT Q.seller, AVG(Q.price) OVER\n (PARTITION BY Q.seller ORDER BY Q.at ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC) AS rownum FROM A WHERE rownum <= 1) AS Q',
      'SELECT Q.seller, AVG(Q.price) OVER (PARTITION BY Q.seller ORDER BY Q.at ASC ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC) AS rownum FROM A WHERE (rownum <= 1)) AS Q'],
    ['INSERT INTO s SELECT B.id from trips B JOIN M ON B.fare = M.fare WHERE B.`dateTime` BETWEEN M.at  - INTERVAL \'10\' SECOND AND M.at',
      'SELECT B.id FROM trips AS B INNER JOIN M ON (B.fare = M.fare) WHERE (B."dateTime" BETWEEN (M.at - INTERVAL \'10\' SECOND) AND M.at)'],
    ['INSERT INTO s SELECT B.rider, count(*) as n, SESSION_START(B.at, INTERVAL \'10\' SECOND) as st FROM trips B GROUP BY B.rider, SESSION(B.at, INTERVAL \'10\' SECOND)',
      'SELECT B.rider, count(*) AS n, SESSION_START(B.at, INTERVAL \'10\' SECOND) AS st FROM trips AS B GROUP BY (B.rider, SESSION(B.at, INTERVAL \'10\' SECOND))'],
    ['INSERT INTO s SELECT rider, window_start FROM TABLE(SESSION(TABLE trips PARTITION BY rider, DESCRIPTOR(at), INTERVAL \'10\' SECOND)) GROUP BY rider, window_start, window_end',
      'SELECT rider, window_start FROM TABLE(SESSION(TABLE trips PARTITION BY (rider), DESCRIPTOR(at), INTERVAL \'10.000000\' SECOND)) GROUP BY (rider, window_start, window_end)'],
    ['INSERT INTO s SELECT B.id, S.`value` FROM (SELECT *, PROCTIME() as p FROM trips) B JOIN side FOR SYSTEM_TIME AS OF B.p AS S ON mod(B.id, 10000) = S.key',
      'SELECT B.id, S."value" FROM (SELECT *, PROCTIME() AS p FROM trips) AS B INNER JOIN side FOR SYSTEM_TIME AS OF B.p AS S ON (mod(B.id, 10000) = S.key)'],
    ['INSERT INTO s SELECT CASE WHEN HOUR(at) >= 8 AND HOUR(at) <= 18 THEN \'day\' WHEN HOUR(at) <= 6 OR HOUR(at) >= 20 THEN \'night\' ELSE \'other\' END AS t FROM trips WHERE 0.908 * fare > 1000000',
      'SELECT CASE WHEN ((HOUR(at) >= 8) AND (HOUR(at) <= 18)) THEN \'day\' WHEN ((HOUR(at) <= 6) OR (HOUR(at) >= 20)) THEN \'night\' ELSE \'other\' END AS t FROM trips WHERE ((0.908 * fare) > 1000000)'],
    ['INSERT INTO s SELECT DATE_FORMAT(at, \'yyyy-MM-dd\') as `day`, count(*) filter (where fare >= 10 and fare < 20) AS r, count(distinct id) filter (where fare < 10) AS d FROM trips GROUP BY DATE_FORMAT(at, \'yyyy-MM-dd\')',
      'SELECT DATE_FORMAT(at, \'yyyy-MM-dd\') AS "day", count(*) FILTER (WHERE ((fare >= 10) AND (fare < 20))) AS r, count(DISTINCT id) FILTER (WHERE (fare < 10)) AS d FROM trips GROUP BY (DATE_FORMAT(at, \'yyyy-MM-dd\'))'],
    ['INSERT INTO s SELECT * FROM\n(SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY fare DESC) AS rank_number FROM trips)\nWHERE rank_number <= 10',
      'SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY fare DESC) AS rank_number FROM trips) WHERE (rank_number <= 10)'],
    ['INSERT INTO s SELECT CASE WHEN lower(c) = \'x\' THEN \'0\' ELSE REGEXP_EXTRACT(url, \'(&|^)id=([^&]*)\', 2) END\n AS c FROM trips\n where REGEXP_EXTRACT(url, \'(&|^)id=([^&]*)\', 2) is not null or lower(c) in (\'x\', \'y\')',
      'SELECT CASE WHEN (lower(c) = \'x\') THEN \'0\' ELSE REGEXP_EXTRACT(url, \'(&|^)id=([^&]*)\', 2) END AS c FROM trips WHERE ((REGEXP_EXTRACT(url, \'(&|^)id=([^&]*)\', 2) IS NOT NULL) OR (lower(c) IN (\'x\', \'y\')))'],
    ['INSERT INTO s SELECT SPLIT_INDEX(url, \'/\', 3) as dir1 FROM trips', 'SELECT SPLIT_INDEX(url, \'/\', 3) AS dir1 FROM trips'],
  ])('%s', (text, expected) => {
    const [statement] = parseScript(`${text};`).statements
    expect(statement?.kind === 'insert' && printQuery(statement.query)).toBe(expected)
  })
})
