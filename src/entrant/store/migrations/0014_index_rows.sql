-- What is indexed fits an index row of both engines (product 9.5): of a long value, its beginning and the last code point
-- (workspace/mapping.py). Values of numbers, dates and Booleans are shorter.

UPDATE member_value SET value_key = substr(value_key, 1, 256) || '􏿿' WHERE length(value_key) > 256;

UPDATE member_value SET type_key = substr(type_key, 1, 256) || '􏿿' WHERE length(type_key) > 256;
