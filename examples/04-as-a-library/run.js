// Millrace inside a Node program: rows from memory, results as objects.
import { millrace } from '@millrace/runtime'

const readings = Array.from({ length: 10_000 }, (_, i) => ({ sensor: `s${i % 4}`, celsius: 15 + ((i * 37) % 100) / 10 }))

const sql = `
  CREATE TABLE readings (sensor STRING, celsius DOUBLE) WITH ('connector' = 'memory');
  SELECT sensor, COUNT(*) AS readings, MAX(celsius) AS hottest FROM readings GROUP BY sensor ORDER BY sensor;`

for await (const row of millrace.query(sql, { workers: 2, tables: { readings }, bigints: 'number' })) console.log(row)
