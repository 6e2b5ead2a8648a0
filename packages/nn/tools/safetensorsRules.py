"""Writes test/fixtures/safetensorsRules.json: headers and whether the library safetensors 0.8.0 takes them."""

import json
import pathlib
import struct

from safetensors import deserialize

path = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "safetensorsRules.json"


def entry(dtype="F32", shape="[2]", offsets="[0,8]", more=""):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{more}}}'


def one(text):
    return f'{{"a":{text}}}'


F = entry()
cases = {
    "one tensor": (one(F), 8),
    "no tensor": ("{}", 0),
    "no tensor and bytes": ("{}", 8),
    "a scalar": (one(entry("F64", "[]")), 8),
    "blanks behind": (one(F) + " \n\t\r", 8),
    "a zero byte behind": (one(F) + "\0", 8),
    "letters behind": (one(F) + "x", 8),
    "a second object": (one(F) + "{}", 8),
    "a form feed": (f'{{"a":{F}\f}}', 8),
    "a list": ("[1]", 0),
    "a string": ('"x"', 0),
    "nothing": ("", 0),
    "a null tensor": (one("null"), 0),
    "a trailing comma": (f'{{"a":{F},}}', 8),
    "no shape": ('{"a":{"dtype":"F32","data_offsets":[0,8]}}', 8),
    "no type": ('{"a":{"shape":[2],"data_offsets":[0,8]}}', 8),
    "no offsets": ('{"a":{"dtype":"F32","shape":[2]}}', 8),
    "a repeated field": (one(entry(more=',"dtype":"F32"')), 8),
    "an unknown field": (one(entry(more=',"x":[1,{"y":-2.5e3}]')), 8),
    "an unknown field with a bad number": (one(entry(more=',"x":01')), 8),
    "an unknown field with a large number": (one(entry(more=',"x":1e999')), 8),
    "an unknown field with half a word": (one(entry(more=',"x":tru')), 8),
    "125 levels of lists": (one(entry(more=',"x":' + "[" * 125 + "]" * 125)), 8),
    "126 levels of lists": (one(entry(more=',"x":' + "[" * 126 + "]" * 126)), 8),
    "a field name with an escape": ('{"a":{"d\\u0074ype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    "a float in the shape": (one(entry(shape="[2.0]")), 8),
    "an exponent in the shape": (one(entry(shape="[2e0]")), 8),
    "a leading zero in the shape": (one(entry(shape="[02]")), 8),
    "a negative zero in the shape": (one(entry(shape="[-0]", offsets="[0,0]")), 0),
    "a negative size": (one(entry(shape="[-2]")), 8),
    "a string in the shape": (one(entry(shape='["2"]')), 8),
    "a shape of null": (one(entry(shape="null")), 8),
    "a shape of text": (one(entry(shape='"2"')), 8),
    "an overflow": (one(entry(shape="[4611686018427387904,4]", offsets="[0,0]")), 0),
    "an overflow and a zero": (one(entry(shape="[4611686018427387904,4,0]", offsets="[0,0]")), 0),
    "a size of 2^64": (one(entry(shape="[0,18446744073709551616]", offsets="[0,0]")), 0),
    "three offsets": (one(entry(offsets="[0,8,8]")), 8),
    "one offset": (one(entry(offsets="[8]")), 8),
    "offsets in reverse": (one(entry(shape="[0]", offsets="[8,0]")), 8),
    "a negative offset": (one(entry(offsets="[-8,0]")), 8),
    "offsets of another size": (one(entry(shape="[3]")), 8),
    "a hole at the start": (one(entry(offsets="[8,16]")), 16),
    "a hole between": (f'{{"a":{F},"b":{entry(offsets="[16,24]")}}}', 24),
    "an overlap": (f'{{"a":{F},"b":{F}}}', 8),
    "half an overlap": (f'{{"a":{F},"b":{entry(offsets="[4,12]")}}}', 12),
    "another order": (f'{{"b":{entry(offsets="[8,16]")},"a":{F}}}', 16),
    "empty tensors at both ends": (
        f'{{"a":{F},"b":{entry(shape="[0]", offsets="[8,8]")},"c":{entry(shape="[0]", offsets="[0,0]")}}}', 8),
    "an empty tensor inside another": (f'{{"a":{F},"b":{entry(shape="[0]", offsets="[4,4]")}}}', 8),
    "a byte behind the last tensor": (one(F), 9),
    "a byte too few": (one(F), 7),
    "a type in lower case": (one(entry("f32")), 8),
    "an unknown type": (one(entry("I4", "[2]", "[0,1]")), 1),
    "a complex type": (one(entry("C64", "[1]")), 8),
    "a complex type of 16 bytes": (one(entry("C128", "[1]", "[0,16]")), 16),
    "four bits": (one(entry("F4", "[4]", "[0,2]")), 2),
    "an odd number of four bits": (one(entry("F4", "[3]", "[0,2]")), 2),
    "six bits": (one(entry("F6_E2M3", "[4]", "[0,3]")), 3),
    "eight bits": (one(entry("F8_E8M0", "[8]")), 8),
    "metadata": (f'{{"__metadata__":{{"x":"y"}},"a":{F}}}', 8),
    "metadata at the end": (f'{{"a":{F},"__metadata__":{{"x":"y"}}}}', 8),
    "empty metadata": (f'{{"__metadata__":{{}},"a":{F}}}', 8),
    "metadata of null": (f'{{"__metadata__":null,"a":{F}}}', 8),
    "metadata with a number": (f'{{"__metadata__":{{"x":1}},"a":{F}}}', 8),
    "metadata with a null": (f'{{"__metadata__":{{"x":null}},"a":{F}}}', 8),
    "metadata with an object": (f'{{"__metadata__":{{"x":{{"toString":1}}}},"a":{F}}}', 8),
    "a list of metadata": (f'{{"__metadata__":[],"a":{F}}}', 8),
    "metadata of text": (f'{{"__metadata__":"x","a":{F}}}', 8),
    "metadata twice": (f'{{"__metadata__":{{}},"__metadata__":{{}},"a":{F}}}', 8),
    "an invalid byte": (b'{"a\xff":' + F.encode() + b"}", 8),
    "an overlong character": (b'{"a\xc0\xaf":' + F.encode() + b"}", 8),
    "a surrogate in UTF-8": (b'{"a\xed\xa0\x80":' + F.encode() + b"}", 8),
    "half a surrogate pair": (f'{{"a\\ud800":{F}}}', 8),
    "the other half": (f'{{"a\\udc00":{F}}}', 8),
    "a surrogate pair": (f'{{"a\\ud83d\\ude00":{F}}}', 8),
    "a newline in a name": (f'{{"a\n":{F}}}', 8),
    "escapes": (f'{{"a\\n\\u0000\\/\\"\\\\":{F}}}', 8),
    "an unknown escape": (f'{{"a\\x":{F}}}', 8),
    "an empty name": (f'{{"":{F}}}', 8),
    "a name of the language": (f'{{"__proto__":{F}}}', 8),
}

rules = []
for name, (header, data) in cases.items():
    encoded = header if isinstance(header, bytes) else header.encode()
    try:
        found = deserialize(struct.pack("<Q", len(encoded)) + encoded + bytes(data))
        names = sorted(key for key, _ in found)
    except Exception:
        names = None
    rules.append({"case": name, "header": encoded.decode("latin1"), "data": data, "names": names})
path.write_text("[\n" + ",\n".join(json.dumps(rule) for rule in rules) + "\n]\n")
