/** Examples of the functions of text, of patterns and of digests. */
export const stringExamples: string = String.raw`
like('hello', 'h%') → true
like('hello', 'h_llo') → true
like('hello', 'H%') → false
like('hello', 'hell') → false
like('h😀o', 'h_o') → true
like('a%b', 'a#%b', '#') → true
like('axb', 'a#%b', '#') → false
like('a\b', 'a\b') → true
like('', '%') → true
like('', '') → true
like('abcabc', '%bc%bc') → true
like('abc', '%bc%bc') → false
like('abab', 'ab%ab') → true
like('aba', 'ab%ba') → false
like('xaby', '%a_%') → true
like('a', 'a#', '#') → error FUNCTION_ARGUMENT
like(NULL, 'a') → NULL
ilike('HELLO', 'h%O') → true
ilike('ÄRGER', 'är%') → true
similar to('abc', '(a|x)b%') → true
similar to('abc', 'b') → false
similar to('a.c', 'a.c') → true
similar to('abc', 'a.c') → false
similar to('a1', '[a-z][0-9]') → true
~('foobar', 'o+b') → true
~('foobar', '^bar') → false
~('x1', '[[:digit:]]') → true
~('x', '[') → error FUNCTION_ARGUMENT
~('ABC', 'b', 'i') → true
~('a_b', '\_') → true
~*('FOOBAR', 'o+b') → true
!~('foobar', '^bar') → true
!~*('FOOBAR', '^foo') → false
regexp_replace('100-200', '(\d+)-(\d+)', '$2/$1') → 200/100
regexp_replace('100-200', '(\d+)-(\d+)', '\2/\1') → 200/100
regexp_replace('aaa', 'a', 'b') → bbb
regexp_replace('aaa', 'a', 'b', '') → baa
regexp_replace('AaA', 'a', 'x', 'gi') → xxx
regexp_replace('abc', '', '-') → -a-b-c-
regexp_extract('foothebar', 'foo(.*?)(bar)', 2) → bar
regexp_extract('foothebar', 'x', 0) → NULL
regexp_extract('foothebar', 'foo(.*?)(bar)', 3) → error FUNCTION_ARGUMENT
regexp_extract('channel_id=42&x=1', '(&|^)channel_id=([^&]*)', 2) → 42
regexp_substr('abc123', '[0-9]+') → 123
regexp_extract_all('a1b22', '[0-9]+') → [1, 22]
regexp_extract_all('a1b22', '([a-z])([0-9]+)', 1) → [a, b]
regexp_match('key=val', '(\w+)=(\w+)') → [key, val]
regexp_match('key', '=') → NULL
regexp_count('ababab', 'ab') → 3
regexp_instr('😀abc', 'b') → 3
regexp_instr('abc', 'x') → 0
regexp_split('a1b2c', '[0-9]') → [a, b, c]
upper('straße') → STRASSE
upper(NULL) → NULL
lower('ÀB') → àb
initcap('hello WORLD o''neil') → Hello World O'Neil
trim('  a b ') → a b
trim('xxaxx', 'x') → a
trim('xyaxy', 'yx') → a
trim_leading('  a ') → 'a '
trim_leading('00120', '0') → 120
trim_trailing(' a  ') → ' a'
trim_trailing('12000', '0') → 12
lpad('5', 3, '0') → 005
lpad('abc', 2) → ab
lpad('5', 3) → '  5'
lpad('5', -1) → NULL
lpad('5', 4, 'ab') → aba5
rpad('5', 3, '-') → 5--
rpad('😀', 2, 'é') → 😀é
repeat('ab', 3) → ababab
repeat('ab', -1) → ''
repeat('ab', 2000000000) → error FUNCTION_ARGUMENT
space(2) → '  '
reverse('a😀b') → b😀a
concat('a', 1, TRUE) → a1true
concat('a', NULL) → NULL
concat_ws('-', 'a', NULL, 'b') → a-b
concat_ws(NULL, 'a') → NULL
substring('héllo', 2, 3) → éll
substring('hello', 2) → ello
substring('hello', -3, 2) → ll
substring('hello', 0) → hello
substring('hello', 10) → ''
substring('hello', 2, -1) → ''
substring('a😀bc', 2, 2) → 😀b
substring('foobar', 'o(.)b') → o
substring('foobar', 'x') → NULL
left('héllo', 2) → hé
left('hello', -1) → ''
right('hello', 2) → lo
right('a😀', 1) → 😀
split_part('a,b,c', ',', 2) → b
split_part('a,b,c', ',', -1) → c
split_part('a,b,c', ',', 4) → ''
split_part('a,b,c', ',', 0) → error FUNCTION_ARGUMENT
split_index('a/b/c', '/', 0) → a
split_index('a/b/c', '/', 2) → c
split_index('a/b/c', '/', 3) → NULL
split_index('a/b/c', '/', -1) → NULL
split('a,b,', ',') → [a, b, ]
elt(2, 'a', 'b') → b
elt(3, 'a', 'b') → NULL
overlay('Txxxxas', 'hom', 2, 4) → Thomas
overlay('abcdef', 'XY', 3) → abXYef
replace('banana', 'an', '-') → b--a
replace('abc', '', '-') → abc
translate('12345', '143', 'ax') → a2x5
char_length('a😀é') → 3
char_length(X'0102') → 2
octet_length('a😀é') → 7
octet_length(X'0102') → 2
bit_length('é') → 16
bit_length(X'0102') → 16
position('l' , 'hello') → 3
position('x', 'hello') → 0
position('b', '😀b') → 2
position('', 'a') → 1
instr('hello', 'lo') → 4
locate('l', 'hello', 4) → 4
locate('l', 'hello', 5) → 0
starts_with('hello', 'he') → true
starts_with(X'0102', X'01') → true
ends_with('hello', 'lo') → true
ends_with(X'0102', X'01') → false
contains('hello', 'ell') → true
levenshtein('kitten', 'sitting') → 3
levenshtein('', 'abc') → 3
soundex('Robert') → R163
soundex('Ashcraft') → A261
ascii('A') → 65
ascii('') → 0
ascii('😀') → 128512
chr(65) → A
chr(128512) → 😀
chr(0) → error FUNCTION_ARGUMENT
to_base64('héllo') → aMOpbGxv
to_base64(X'fb') → +w==
from_base64('aMOpbGxv') → héllo
from_base64('!') → NULL
hex(255) → FF
hex(-1) → FFFFFFFFFFFFFFFF
hex('ab') → 6162
hex(X'0a') → 0A
unhex('6162') → \x6162
unhex('6') → NULL
bin(5) → 101
bit_count(255) → 8
bit_count(-1) → 64
encode('é', 'UTF-8') → \xc3a9
encode('é', 'ISO-8859-1') → \xe9
encode('😀', 'US-ASCII') → \x3f
encode(X'c3a9', 'hex') → c3a9
encode('a', 'EBCDIC') → error FUNCTION_ARGUMENT
decode(X'c3a9', 'UTF-8') → é
decode(X'e9', 'latin1') → é
decode('w6k=', 'base64') → \xc3a9
url_encode('a b&c=ä*') → a+b%26c%3D%C3%A4*
url_decode('a+b%26') → a b&
url_decode('%') → NULL
format('%s is %d', 'x', 5) → x is 5
format('%05.1f|%-4s|%x', 3.14159, 'ab', 255) → 003.1|ab  |ff
format('%,d %+d', 1234567, 5) → 1,234,567 +5
format('%2$s %1$s', 'a', 'b') → b a
format('%L %I', 'it''s', 'My Col') → 'it''s' "My Col"
format('100%%') → 100%
format('%.2f', 2.675) → 2.68
format('%s', NULL) → null
format(NULL, 1) → NULL
format('%d', 'x') → error FUNCTION_ARGUMENT
format('%s %s', 'a') → error FUNCTION_ARGUMENT
format('50%') → error FUNCTION_ARGUMENT
quote_literal('it''s') → '''it''''s'''
quote_literal(NULL) → NULL
quote_nullable(NULL) → NULL
quote_nullable(5) → '''5'''
quote_ident('my col') → "my col"
quote_ident('abc') → abc
str_to_map('a=1,b=2') → {a=1, b=2}
str_to_map('a:1;b', ';', ':') → {a=1, b=NULL}
parse_url('https://u@example.com:8080/p/a?k=v&x=1#top', 'HOST') → example.com
parse_url('https://u@example.com:8080/p/a?k=v&x=1#top', 'QUERY', 'x') → 1
parse_url('https://u@example.com:8080/p/a?k=v&x=1#top', 'FILE') → /p/a?k=v&x=1
parse_url('https://u@example.com:8080/p/a?k=v&x=1#top', 'AUTHORITY') → u@example.com:8080
parse_url('https://example.com/', 'REF') → NULL
parse_url('https://example.com/', 'COLOUR') → error FUNCTION_ARGUMENT
md5('hello') → 5d41402abc4b2a76b9719d911017c592
md5(X'68656c6c6f') → 5d41402abc4b2a76b9719d911017c592
sha1('abc') → a9993e364706816aba3e25717850c26c9cd0d89d
sha224('abc') → 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7
sha256('abc') → ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
sha384('abc') → cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7
sha512('abc') → ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
sha2('abc', 256) → ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
sha1(X'616263') → a9993e364706816aba3e25717850c26c9cd0d89d
sha224(X'616263') → 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7
sha256(X'616263') → ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
sha384(X'616263') → cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7
sha512(X'616263') → ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
sha2(X'616263', 224) → 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7
crc32(X'313233343536373839') → 3421780262
sha2('abc', 5) → error FUNCTION_ARGUMENT
crc32('123456789') → 3421780262
`
