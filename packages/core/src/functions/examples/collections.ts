/** Examples of the functions of JSON, arrays, maps and rows, and of chance (whose generator gives 0.5 here). */
export const collectionExamples: string = String.raw`
json_value('{"a": {"b": [1, "x"]}}', '$.a.b[1]') → x
json_value('{"a": 12345678901234567890.10}', '$.a') → 12345678901234567890.10
json_value('{"a": {"b": 1}}', '$.a') → NULL
json_value('{"a": null}', '$.a') → NULL
json_value('{"a": 1, "a": 2}', '$.a') → 2
json_value('{"a b": true}', '$[''a b'']') → true
json_value('not json', '$.a') → NULL
json_value('{"a": 1', '$.a') → NULL
json_value('{"\u0061": "\ud83d\ude00"}', '$.a') → 😀
json_value('{}', 'a') → error FUNCTION_ARGUMENT
json_value('[1,2,3]', '$[-1]') → 3
json_query('{"a": {"b": [1, 2]}}', '$.a') → {"b":[1,2]}
json_query('{"a": [{"b": 1}, {"b": 2}]}', '$.a[*].b') → [1,2]
json_query('{"a": 1}', '$.a') → NULL
json_exists('{"a": null}', '$.a') → true
json_exists('{"a": null}', '$.b') → false
json_exists('x', '$') → false
json_extract('{"a": "x"}', '$.a') → "x"
get_json_object('{"a": "x"}', '$.a') → x
get_json_object('{"a": {"b": 1}}', '$.a') → {"b":1}
->('{"a": {"b": 1}}', 'a') → {"b":1}
->('[10, 20]', 1) → 20
->('{"a": 1}', 'b') → NULL
->>('{"a": "x"}', 'a') → x
->>('["x"]', 0) → x
->>('{"a": {"b": "x"}}', '$.a.b') → x
is_json('{"a": [1, 2.5e3, null]}') → true
is_json('{a: 1}') → false
is_json('[1,]') → false
is_json('01') → false
is_json('') → false
json_type('[1]') → array
json_type('1.5') → number
json_type('x') → NULL
json_array_length('[1, [2, 3], {}]') → 3
json_array_length('{"a": [1]}', '$.a') → 1
json_array_length('{}') → NULL
json_keys('{"b": 1, "a": 2}') → [b, a]
json_object('a', 1, 'b', 'x', 'c', NULL) → {"a":1,"b":"x","c":null}
json_object() → {}
json_object(NULL, 1) → error FUNCTION_ARGUMENT
json_array(1, 'x', TRUE, 1.50, NULL) → [1,"x",true,1.50,null]
to_json(ARRAY[1, 2]) → [1,2]
to_json(ROW(1, 'a')) → {"f0":1,"f1":"a"}
to_json(DATE '2026-01-02') → "2026-01-02"
to_json(MAP['a', 1]) → {"a":1}
json_quote('a"b') → "a\"b"
json_unquote('"a\"b"') → a"b
json_unquote('abc') → abc
array(1, 2.5) → [1.0, 2.5]
array('a', NULL) → [a, NULL]
array() → []
map('a', 1, 'b', 2) → {a=1, b=2}
map('a', 1, 'a', 2) → {a=2}
map(NULL, 1) → error FUNCTION_ARGUMENT
row(1, 'a', NULL) → (1, a, NULL)
cardinality(ARRAY[1, 2]) → 2
cardinality(MAP['a', 1]) → 1
cardinality(NULL) → NULL
element_at(ARRAY['a', 'b'], 1) → a
element_at(ARRAY['a', 'b'], -1) → b
element_at(ARRAY['a', 'b'], 3) → NULL
element_at(ARRAY['a', 'b'], 0) → error FUNCTION_ARGUMENT
element_at(MAP['a', 1], 'a') → 1
element_at(MAP['a', 1], 'b') → NULL
element(ARRAY[7]) → 7
element(ARRAY[7, 8]) → error FUNCTION_ARGUMENT
array_contains(ARRAY[1, 2], 2) → true
array_contains(ARRAY[1, NULL], NULL) → true
array_contains(ARRAY['a'], 'b') → false
array_position(ARRAY['a', 'b'], 'b') → 2
array_position(ARRAY['a', 'b'], 'c') → 0
array_remove(ARRAY[1, 2, 1], 1) → [2]
array_append(ARRAY[1], 2) → [1, 2]
array_prepend(ARRAY[1], 0) → [0, 1]
array_concat(ARRAY[1], ARRAY[2]) → [1, 2]
array_union(ARRAY[1, 2], ARRAY[2, 3]) → [1, 2, 3]
array_intersect(ARRAY[1, 2, 2], ARRAY[2, 3]) → [2]
array_except(ARRAY[1, 2], ARRAY[2, 3]) → [1]
arrays_overlap(ARRAY[1, 2], ARRAY[2, 3]) → true
array_distinct(ARRAY[1, 2, 1, NULL, NULL]) → [1, 2, NULL]
array_reverse(ARRAY[1, 2, 3]) → [3, 2, 1]
array_sort(ARRAY[3, NULL, 1]) → [NULL, 1, 3]
array_sort(ARRAY[3, 1, 2], FALSE) → [3, 2, 1]
array_slice(ARRAY[1, 2, 3, 4], 2, 3) → [2, 3]
array_slice(ARRAY[1, 2, 3, 4], -2) → [3, 4]
array_join(ARRAY['a', NULL, 'b'], '-') → a-b
array_join(ARRAY['a', NULL, 'b'], '-', '?') → a-?-b
array_max(ARRAY[1, 3, NULL]) → 3
array_min(ARRAY['b', 'a']) → a
map_keys(MAP['a', 1, 'b', 2]) → [a, b]
map_values(MAP['a', 1, 'b', 2]) → [1, 2]
map_entries(MAP['a', 1]) → [(a, 1)]
map_from_arrays(ARRAY['a', 'b'], ARRAY[1, 2]) → {a=1, b=2}
map_from_arrays(ARRAY['a'], ARRAY[1, 2]) → error FUNCTION_ARGUMENT
random() → 0.5
rand_integer(10) → 5
rand_integer(0) → error FUNCTION_ARGUMENT
uuid() → 88888888-8888-4888-a888-888888888888
`
