/** Examples of the operators, of logic and of conditions. */
export const operatorExamples: string = String.raw`
+(1, 2) → 3
+(2147483647, 1) → error NUMERIC_OVERFLOW
+(-2147483648, -1) → error NUMERIC_OVERFLOW
+(TINYINT '100', TINYINT '27') → 127
+(TINYINT '100', TINYINT '28') → error NUMERIC_OVERFLOW
+(SMALLINT '32767', TINYINT '1') → error NUMERIC_OVERFLOW
+(2147483647, BIGINT '1') → 2147483648
+(BIGINT '9223372036854775807', BIGINT '1') → error NUMERIC_OVERFLOW
+(1.5, 2.25) → 3.75
+(1, 0.05) → 1.05
+(DECIMAL(38, 0) '99999999999999999999999999999999999999', 1) → error NUMERIC_OVERFLOW
+(0.1e0, 0.2e0) → 0.30000000000000004
+(FLOAT '0.1', FLOAT '0.2') → 0.3
+(1, 0.5e0) → 1.5
+(1, NULL) → NULL
+(NULL, NULL) → NULL
+(TIMESTAMP(3) '2026-01-31 10:00:00', INTERVAL '1 00:00:01' DAY TO SECOND) → 2026-02-01 10:00:01.000
+(INTERVAL '0 01:00:00' DAY TO SECOND, TIMESTAMP(0) '2026-01-31 23:30:00') → 2026-02-01 00:30:00
+(TIMESTAMP(3) '2026-01-31 10:00:00', INTERVAL '0-1' YEAR TO MONTH) → 2026-02-28 10:00:00.000
+(DATE '2024-02-29', INTERVAL '1-0' YEAR TO MONTH) → 2025-02-28
+(DATE '2026-01-31', INTERVAL '1 00:00:00' DAY TO SECOND) → 2026-02-01
+(DATE '2026-01-31', INTERVAL '0 01:00:00' DAY TO SECOND) → error FUNCTION_ARGUMENT
+(DATE '2026-01-31', 28) → 2026-02-28
+(28, DATE '2026-01-31') → 2026-02-28
+(TIME '23:30:00', INTERVAL '0 01:00:00' DAY TO SECOND) → 00:30:00
+(INTERVAL '1 00:00:00' DAY TO SECOND, INTERVAL '0 00:30:00' DAY TO SECOND) → +1 00:30:00.000
+(INTERVAL '0-1' YEAR TO MONTH, TIMESTAMP(0) '2024-01-31 10:00:00') → 2024-02-29 10:00:00
+(INTERVAL '1 00:00:00' DAY TO SECOND, DATE '2026-12-31') → 2027-01-01
+(INTERVAL '-0-1' YEAR TO MONTH, DATE '2026-03-31') → 2026-02-28
+(INTERVAL '-0 01:00:00' DAY TO SECOND, TIME '00:30:00') → 23:30:00
+(INTERVAL '1-6' YEAR TO MONTH, INTERVAL '0-6' YEAR TO MONTH) → +2-00
-(5, 7) → -2
-(TIMESTAMP(3) '2026-01-01 00:00:00', INTERVAL '0 00:00:05' DAY TO SECOND) → 2025-12-31 23:59:55.000
-(TIMESTAMP(0) '2024-03-31 10:00:00', INTERVAL '0-1' YEAR TO MONTH) → 2024-02-29 10:00:00
-(DATE '2026-01-01', INTERVAL '1 00:00:00' DAY TO SECOND) → 2025-12-31
-(TIME '10:00:00', TIME '11:30:00') → -0 01:30:00.000
-(INTERVAL '1 00:00:00' DAY TO SECOND, INTERVAL '2 00:00:00' DAY TO SECOND) → -1 00:00:00.000
-(-2147483648, 1) → error NUMERIC_OVERFLOW
-(1.00, 0.001) → 0.999
-(TIMESTAMP(3) '2026-01-02 00:00:00', TIMESTAMP(3) '2026-01-01 23:59:59.500') → +0 00:00:00.500
-(TIMESTAMP(0) '2026-01-02 06:00:00', DATE '2026-01-02') → +0 06:00:00.000
-(DATE '2026-03-01', DATE '2026-02-01') → 28
-(DATE '2026-03-31', INTERVAL '0-1' YEAR TO MONTH) → 2026-02-28
-(DATE '2026-03-01', 1) → 2026-02-28
-(TIME '00:10:00', INTERVAL '0 01:00:00' DAY TO SECOND) → 23:10:00
-(INTERVAL '1-0' YEAR TO MONTH, INTERVAL '0-1' YEAR TO MONTH) → +0-11
*(6, 7) → 42
*(65536, 65536) → error NUMERIC_OVERFLOW
*(BIGINT '4294967296', BIGINT '2147483648') → error NUMERIC_OVERFLOW
*(BIGINT '3037000499', BIGINT '3037000499') → 9223372030926249001
*(1.25, 0.4) → 0.500
*(DECIMAL(20, 10) '1.0000000001', DECIMAL(20, 10) '1.0000000001') → 1.00000000020000000
*(INTERVAL '0 00:00:10' DAY TO SECOND, 6) → +0 00:01:00.000
*(2, INTERVAL '0-6' YEAR TO MONTH) → +1-00
*(1.5, INTERVAL '0 00:00:10' DAY TO SECOND) → +0 00:00:15.000
*(INTERVAL '0-6' YEAR TO MONTH, -2) → -1-00
/(7, 2) → 3
/(-7, 2) → -3
/(1, 0) → error DIVISION_BY_ZERO
/(BIGINT '-9223372036854775808', BIGINT '-1') → error NUMERIC_OVERFLOW
/(-2147483648, -1) → error NUMERIC_OVERFLOW
/(10.00, 2.00) → 5.000000
/(1.0, 3.0) → 0.333333
/(2.0, 3.0) → 0.666667
/(-2.0, 3.0) → -0.666667
/(DECIMAL(10, 2) '10.00', DECIMAL(10, 2) '3.00') → 3.3333333333333
/(1.5, 0.0) → error DIVISION_BY_ZERO
/(1e0, 0e0) → Infinity
/(1, 4e0) → 0.25
/(INTERVAL '0 01:00:00' DAY TO SECOND, 4) → +0 00:15:00.000
%(7, 3) → 1
%(-7, 3) → -1
%(7, -3) → 1
%(7, 0) → error DIVISION_BY_ZERO
%(7.5, 2) → 1.5
%(-7.5, 2.25) → -0.75
%(1.0, 0.0) → error DIVISION_BY_ZERO
%(7.5e0, 2) → 1.5
%(BIGINT '-9223372036854775808', BIGINT '-1') → 0
neg(5) → -5
neg(-2147483648) → error NUMERIC_OVERFLOW
neg(BIGINT '-9223372036854775808') → error NUMERIC_OVERFLOW
neg(1.50) → -1.50
neg(0) → 0
neg(0e0) → -0.0
neg(INTERVAL '1 00:00:00' DAY TO SECOND) → -1 00:00:00.000
pos(5) → 5
div(-7, 2) → -3
div(7, 0) → error DIVISION_BY_ZERO
||('a', 'b') → ab
||('n=', 1) → n=1
||('a', NULL) → NULL
||(X'01', X'ff') → \x01ff
||(ARRAY[1, 2], ARRAY[3]) → [1, 2, 3]
=(1, 1.0) → true
=(1, 2) → false
=('a', 'A') → false
=(DECIMAL(38, 30) '1.000000000000000000000000000001', DECIMAL(20, 0) '1') → false
=(DECIMAL(38, 30) '1.000000000000000000000000000000', DECIMAL(20, 0) '1') → true
=(NULL, 1) → NULL
=(BIGINT '9007199254740993', BIGINT '9007199254740992') → false
=(DOUBLE 'NaN', DOUBLE 'NaN') → false
=(DATE '2026-01-01', TIMESTAMP(3) '2026-01-01 00:00:00') → true
=(TIMESTAMP(3) '2026-01-01 00:00:00', '2026-01-01') → true
=(X'0102', X'0102') → true
=(ARRAY[1, 2], ARRAY[1, 2]) → true
=(ROW(1, 'a'), ROW(1, 'b')) → false
<>(1, 2) → true
<>(ARRAY[1], ARRAY[1]) → false
<('a', 'b') → true
<('｡', '😀') → true
<('', 'a') → true
<(1, 1) → false
<(DOUBLE 'NaN', 1) → false
<(DATE '2025-12-31', DATE '2026-01-01') → true
<=(1, 1) → true
<=(DECIMAL(38, 30) '1.000000000000000000000000000001', BIGINT '1') → false
<=(1.10, 1.1) → true
>('b', 'a') → true
>(DOUBLE 'NaN', 1) → false
>=(2, 2.0) → true
>=(INTERVAL '1 00:00:00' DAY TO SECOND, INTERVAL '0 23:00:00' DAY TO SECOND) → true
is distinct from(NULL, NULL) → false
is distinct from(1, NULL) → true
is distinct from(1, 1) → false
is distinct from(DECIMAL(38, 30) '1.000000000000000000000000000001', BIGINT '1') → true
is not distinct from(NULL, NULL) → true
is not distinct from(1, 2) → false
between(2, 1, 3) → true
between(NULL, 1, 3) → NULL
between(4, NULL, 3) → false
and(TRUE, FALSE) → false
and(TRUE, NULL) → NULL
and(FALSE, NULL) → false
or(FALSE, NULL) → NULL
or(TRUE, NULL) → true
or(FALSE, FALSE) → false
not(TRUE) → false
not(NULL) → NULL
is null(NULL) → true
is null(1) → false
is not null(NULL) → false
is true(NULL) → false
is true(TRUE) → true
is not true(NULL) → true
is false(FALSE) → true
is not false(NULL) → true
is unknown(NULL) → true
is not unknown(FALSE) → true
coalesce(NULL, 1, 2) → 1
coalesce(NULL, NULL) → NULL
coalesce(1, 2.5) → 1.0
ifnull(NULL, 'x') → x
ifnull('a', 'x') → a
nvl2(NULL, 1, 2) → 2
nvl2('x', 1, 2) → 1
nullif(1, 1) → NULL
nullif(1, 2) → 1
nullif(NULL, 2) → NULL
if(TRUE, 'a', 'b') → a
if(NULL, 'a', 'b') → b
not_null(1, 'n') → 1
not_null(NULL, 'n') → error NULL_NOT_ALLOWED
greatest(1, 3, 2) → 3
greatest(1, 2.5) → 2.5
greatest(1, NULL) → NULL
least('b', 'a', 'c') → a
least(DATE '2026-01-01', DATE '2025-01-01') → 2025-01-01
`
