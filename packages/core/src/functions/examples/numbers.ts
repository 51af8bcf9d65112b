/** Examples of the functions of numbers and of conversions. */
export const numberExamples: string = String.raw`
abs(-5) → 5
abs(-2147483648) → error NUMERIC_OVERFLOW
abs(BIGINT '-9223372036854775808') → error NUMERIC_OVERFLOW
abs(-1.50) → 1.50
abs(-1e300) → 1.0E300
abs(NULL) → NULL
sign(-3) → -1
sign(2.50) → 1.00
sign(-0.5e0) → -1.0
power(2, 10) → 1024.0
sqrt(2) → 1.4142135623730951
sqrt(-1) → NaN
cbrt(27) → 3.0
exp(0) → 1.0
ln(1) → 0.0
ln(0) → -Infinity
log(1) → 0.0
log(2, 8) → 3.0
log10(1000) → 3.0
log2(8) → 3.0
sin(0) → 0.0
cos(0) → 1.0
tan(0) → 0.0
cot(1) → 0.6420926159343306
asin(1) → 1.5707963267948966
acos(1) → 0.0
atan(0) → 0.0
atan2(1, 1) → 0.7853981633974483
sinh(0) → 0.0
cosh(0) → 1.0
tanh(0) → 0.0
hypot(3, 4) → 5.0
degrees(0) → 0.0
radians(180) → 3.141592653589793
pi() → 3.141592653589793
e() → 2.718281828459045
gcd(12, 18) → 6
gcd(0, -5) → 5
lcm(4, 6) → 12
lcm(BIGINT '9223372036854775807', 2) → error NUMERIC_OVERFLOW
bitand(12, 10) → 8
bitor(12, 10) → 14
bitxor(12, 10) → 6
bitnot(0) → -1
shift_left(1, 4) → 16
shift_left(1, 63) → -9223372036854775808
shift_right(-8, 1) → -4
factorial(5) → 120
factorial(20) → 2432902008176640000
factorial(21) → error NUMERIC_OVERFLOW
factorial(-1) → error FUNCTION_ARGUMENT
width_bucket(5.35, 0.024, 10.06, 5) → 3
width_bucket(-1, 0, 10, 5) → 0
width_bucket(10, 0, 10, 5) → 6
width_bucket(9, 10, 0, 5) → 1
width_bucket(1, 0, 0, 5) → error FUNCTION_ARGUMENT
is_nan(DOUBLE 'NaN') → true
is_nan(1) → false
round(2.5) → 3
round(-2.5) → -3
round(9.95) → 10
round(2.5e0) → 3.0
round(-2.5e0) → -3.0
round(0.49999999999999994e0) → 0.0
round(2.675e0, 2) → 2.68
round(1.005e0, 2) → 1.01
round(1e22, 2) → 1.0E22
round(2.345, 2) → 2.350
round(99.99, 1) → 100.00
round(15, -1) → 20
round(-15, -1) → -20
round(2147483647, -1) → error NUMERIC_OVERFLOW
round(5) → 5
truncate(2.99) → 2
truncate(-2.99) → -2
truncate(2.999, 1) → 2.900
truncate(-2.999e0, 2) → -2.99
truncate(-0.5e0) → 0.0
ceil(1.1) → 2
ceil(-1.1) → -1
ceil(9.9) → 10
ceil(1.1e0) → 2.0
ceil(5) → 5
ceil(TIMESTAMP(0) '2026-01-01 10:00:01', 'HOUR') → 2026-01-01 11:00:00
ceil(TIMESTAMP(0) '2026-01-01 10:00:00', 'HOUR') → 2026-01-01 10:00:00
ceil(DATE '2026-01-02', 'MONTH') → 2026-02-01
floor(1.9) → 1
floor(-1.1) → -2
floor(-1.1e0) → -2.0
floor(TIMESTAMP(0) '2026-05-17 10:30:00', 'MONTH') → 2026-05-01 00:00:00
floor(DATE '2026-05-17', 'YEAR') → 2026-01-01
typeof(1.5) → DECIMAL(2, 1)
typeof('a') → STRING
typeof(NULL) → NULL
to_text(1.50) → 1.50
to_text(1e0) → 1.0
to_number('$1,234.50-') → -1234.5000000000
to_number('x') → error CAST_FAILED
to_double('1e3') → 1000.0
to_char(1234.5, 'FM999,990.00') → 1,234.50
to_char(-5, '999') → '  -5'
to_char(125, '999') → ' 125'
to_char(1234, '999') → ' ###'
to_char(0.5, 'FM0.99') → 0.5
to_char(12, 'S0099') → +0012
to_char(-12, '99MI') → 12-
`
