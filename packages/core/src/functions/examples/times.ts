/** Examples of the functions of time; the clock stands at 2026-01-02 03:04:05.678901 UTC, and so does the job's time zone. */
export const timeExamples: string = String.raw`
now() → 2026-01-02 03:04:05.678
proctime() → 2026-01-02 03:04:05.678
localtimestamp() → 2026-01-02 03:04:05.678
current_date() → 2026-01-02
current_time() → 03:04:05
current_unix_timestamp() → 1767323045
unix_timestamp() → 1767323045
unix_timestamp('1970-01-02 00:00:00') → 86400
unix_timestamp('02.01.1970', 'dd.MM.yyyy') → 86400
unix_timestamp(TIMESTAMP(3) '1969-12-31 23:59:59.500') → -1
unix_timestamp(TIMESTAMP_LTZ(3) '1970-01-01 00:00:01') → 1
extract('YEAR', DATE '2026-05-17') → 2026
extract('QUARTER', DATE '2026-05-17') → 2
extract('MONTH', DATE '2026-05-17') → 5
extract('WEEK', DATE '2027-01-01') → 53
extract('ISOYEAR', DATE '2027-01-01') → 2026
extract('DAY', DATE '2026-05-17') → 17
extract('DOW', DATE '2026-05-17') → 1
extract('ISODOW', DATE '2026-05-17') → 7
extract('DOY', DATE '2024-12-31') → 366
extract('HOUR', TIMESTAMP(3) '2026-05-17 13:14:15.678') → 13
extract('MINUTE', TIMESTAMP(3) '2026-05-17 13:14:15.678') → 14
extract('SECOND', TIMESTAMP(3) '2026-05-17 13:14:15.678') → 15
extract('MILLISECOND', TIMESTAMP(3) '2026-05-17 13:14:15.678') → 678
extract('MICROSECOND', TIMESTAMP(6) '1969-05-17 13:14:15.678901') → 678901
extract('EPOCH', TIMESTAMP(3) '1970-01-01 00:01:00') → 60
extract('CENTURY', DATE '2000-12-31') → 20
extract('CENTURY', DATE '2001-01-01') → 21
extract('MILLENNIUM', DATE '2001-01-01') → 3
extract('DECADE', DATE '1999-01-01') → 199
extract('HOUR', TIME '13:14:15') → 13
extract('DAY', TIME '13:14:15') → error FUNCTION_ARGUMENT
extract('HOUR', INTERVAL '1 02:03:04' DAY TO SECOND) → 2
extract('DAY', INTERVAL '-1 02:03:04' DAY TO SECOND) → -1
extract('EPOCH', INTERVAL '1 00:00:01' DAY TO SECOND) → 86401
extract('MONTH', INTERVAL '1-2' YEAR TO MONTH) → 2
extract('YEAR', INTERVAL '1-2' YEAR TO MONTH) → 1
extract('EON', DATE '2026-05-17') → error FUNCTION_ARGUMENT
year(DATE '2026-05-17') → 2026
year('2026-05-17') → 2026
quarter(DATE '2026-12-31') → 4
month(TIMESTAMP(3) '2026-05-17 00:00:00') → 5
week(DATE '2026-01-01') → 1
dayofyear(DATE '2026-02-01') → 32
dayofmonth(DATE '2026-02-28') → 28
dayofweek(DATE '2026-05-18') → 2
hour(TIMESTAMP(3) '2026-05-17 23:14:15') → 23
minute(TIME '23:14:15') → 14
second('2026-05-17 23:14:15') → 15
date_trunc('hour', TIMESTAMP(3) '2026-05-17 23:14:15.678') → 2026-05-17 23:00:00.000
date_trunc('week', TIMESTAMP(3) '2026-05-17 23:14:15.678') → 2026-05-11 00:00:00.000
date_trunc('second', TIMESTAMP(3) '1969-12-31 23:59:59.500') → 1969-12-31 23:59:59.000
date_trunc('quarter', DATE '2026-05-17') → 2026-04-01
date_trunc('decade', DATE '2026-05-17') → 2020-01-01
date_trunc('century', DATE '2026-05-17') → 2001-01-01
date_trunc('fortnight', DATE '2026-05-17') → error FUNCTION_ARGUMENT
date_bin(INTERVAL '0 00:15:00' DAY TO SECOND, TIMESTAMP(0) '2026-01-01 00:44:59') → 2026-01-01 00:30:00
date_bin(INTERVAL '0 00:15:00' DAY TO SECOND, TIMESTAMP(0) '2026-01-01 00:44:59', TIMESTAMP(0) '2001-01-01 00:02:30') → 2026-01-01 00:32:30
window_start_of(TIMESTAMP(3) '2026-01-01 00:01:59.999', INTERVAL '0 00:01:00' DAY TO SECOND) → 2026-01-01 00:01:00.000
window_start_of(TIMESTAMP(3) '1969-12-31 23:59:59.999', INTERVAL '0 00:01:00' DAY TO SECOND) → 1969-12-31 23:59:00.000
window_start_of(TIMESTAMP(3) '2026-01-01 10:00:00', INTERVAL '1 00:00:00' DAY TO SECOND, INTERVAL '0 06:00:00' DAY TO SECOND) → 2026-01-01 06:00:00.000
timestampadd('DAY', 1, TIMESTAMP(3) '2026-02-28 10:00:00') → 2026-03-01 10:00:00.000
timestampadd('MONTH', 1, TIMESTAMP(3) '2026-01-31 10:00:00') → 2026-02-28 10:00:00.000
timestampadd('YEAR', -1, DATE '2024-02-29') → 2023-02-28
timestampadd('WEEK', 1, DATE '2026-01-01') → 2026-01-08
timestampadd('HOUR', 1, DATE '2026-01-01') → error FUNCTION_ARGUMENT
timestampadd('YEAR', 8000, DATE '2026-01-01') → error NUMERIC_OVERFLOW
timestampdiff('DAY', TIMESTAMP(3) '2026-01-01 12:00:00', TIMESTAMP(3) '2026-01-03 11:00:00') → 1
timestampdiff('SECOND', TIMESTAMP(3) '2026-01-01 00:00:00', TIMESTAMP(3) '2025-12-31 23:59:58.500') → -1
timestampdiff('MONTH', DATE '2026-01-31', DATE '2026-02-28') → 0
timestampdiff('MONTH', DATE '2026-01-31', DATE '2026-03-31') → 2
timestampdiff('YEAR', DATE '2026-03-01', DATE '2024-03-02') → -1
date_add(DATE '2026-01-31', 1) → 2026-02-01
date_add('2026-01-31', 1) → 2026-02-01
date_sub(DATE '2026-03-01', 1) → 2026-02-28
datediff(DATE '2026-03-01', DATE '2026-02-01') → 28
datediff(TIMESTAMP(3) '2026-03-01 00:00:00', DATE '2026-03-02') → -1
add_months(DATE '2026-01-31', 1) → 2026-02-28
months_between(DATE '2026-03-31', DATE '2026-01-31') → 2
last_day(DATE '2024-02-10') → 2024-02-29
next_day(DATE '2026-05-17', 'Sunday') → 2026-05-24
next_day(DATE '2026-05-17', 'mon') → 2026-05-18
make_date(2026, 2, 28) → 2026-02-28
make_date(2026, 2, 29) → error FUNCTION_ARGUMENT
make_timestamp(2026, 1, 2, 3, 4, 5.678901) → 2026-01-02 03:04:05.678901
date(TIMESTAMP(3) '2026-01-02 23:00:00') → 2026-01-02
date_format(TIMESTAMP(3) '2026-01-02 03:04:05.678', 'yyyy-MM-dd HH:mm:ss.SSS') → 2026-01-02 03:04:05.678
date_format('2026-01-02 13:04:05', 'EEE, d MMM yy h:mm a') → Fri, 2 Jan 26 1:04 PM
date_format(TIMESTAMP(3) '2026-01-02 03:04:05', 'yyyy''T''MM Q') → 2026T01 1
date_format(TIMESTAMP(3) '2026-01-02 00:04:05', 'kk KK hh EEEE MMMM DDD') → 24 00 12 Friday January 002
date_format(TIMESTAMP_LTZ(3) '2026-01-02 03:04:05', 'HH:mm XXX') → 03:04 Z
date_format(TIMESTAMP(3) '2026-01-02 03:04:05', 'bb') → error FUNCTION_ARGUMENT
date_format(TIMESTAMP(3) '2026-01-02 03:04:05', '''x') → error FUNCTION_ARGUMENT
to_char(TIMESTAMP(3) '2026-01-02 15:04:05.678', 'YYYY-MM-DD HH24:MI:SS.MS') → 2026-01-02 15:04:05.678
to_char(TIMESTAMP(3) '2026-01-02 15:04:05.678', 'Dy DD Mon YYYY HH12:MI am') → Fri 02 Jan 2026 03:04 pm
to_char(TIMESTAMP(3) '2026-01-02 15:04:05', 'FMDay, FMDDD "of" YY') → Friday, 2 of 26
to_char(DATE '2026-01-02', 'MONTH|Q|IW') → JANUARY  |1|01
to_timestamp('2026-01-02 03:04:05.678') → 2026-01-02 03:04:05.678
to_timestamp('2026-01-02T03:04:05+02:00') → 2026-01-02 01:04:05.000
to_timestamp('20260102030405', 'yyyyMMddHHmmss') → 2026-01-02 03:04:05.000
to_timestamp('02/Jan/2026 3:04 pm', 'dd/MMM/yyyy h:mm a') → 2026-01-02 15:04:00.000
to_timestamp('05 Dec 2000', 'DD Mon YYYY') → 2000-12-05 00:00:00.000
to_timestamp('2026-02-30') → error CAST_FAILED
to_timestamp('2026-01', 'yyyy-MM-dd') → error CAST_FAILED
to_timestamp(0) → 1970-01-01 00:00:00.000000
to_timestamp(1.5) → 1970-01-01 00:00:01.500000
to_timestamp_ltz(1000, 0) → 1970-01-01 00:16:40.000
to_timestamp_ltz(1001, 3) → 1970-01-01 00:00:01.001
to_timestamp_ltz(-1) → 1969-12-31 23:59:59.999
to_timestamp_ltz(BIGINT '1767323045678901', 6) → 2026-01-02 03:04:05.678
to_timestamp_ltz(1.5, 0) → 1970-01-01 00:00:01.500000
to_timestamp_ltz(1, 4) → error FUNCTION_ARGUMENT
to_timestamp_ltz(BIGINT '9223372036854775807', 0) → error NUMERIC_OVERFLOW
to_timestamp_ltz('2026-01-02 03:04:05') → 2026-01-02 03:04:05.000
to_timestamp_ltz('2026-07-02 03', 'yyyy-MM-dd HH', 'Europe/Vienna') → 2026-07-02 01:00:00.000
to_date('2026-01-02') → 2026-01-02
to_date('02.01.2026', 'dd.MM.yyyy') → 2026-01-02
to_date('2026-060', 'yyyy-DDD') → 2026-03-01
to_date(DATE '2026-01-02') → 2026-01-02
to_date('x') → error CAST_FAILED
from_unixtime(86400) → 1970-01-02 00:00:00
from_unixtime(0, 'yyyy/MM/dd') → 1970/01/01
convert_tz('2026-07-01 12:00:00', 'UTC', 'America/New_York') → 2026-07-01 08:00:00
convert_tz('2026-07-01 12:00:00', 'UTC', 'Mars/Olympus') → error FUNCTION_ARGUMENT
timezone('Europe/Vienna', TIMESTAMP_LTZ(0) '2026-01-01 12:00:00') → 2026-01-01 13:00:00
timezone('Europe/Vienna', TIMESTAMP(0) '2026-07-01 12:00:00') → 2026-07-01 10:00:00
`
