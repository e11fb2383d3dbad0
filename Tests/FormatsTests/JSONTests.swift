import Formats
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), file: "t.json", limits: limits)
  }

  @Test func valuesKeepWhatTheTextSays() throws {
    #expect(try parse(" [null, true, false, \"a\", {}, []] ") == [nil, true, false, "a", [:], []])
    #expect(try parse("{\"a\": {\"b\": [1, 2.5]}}") == ["a": ["b": [1, 2.5]]])
  }

  @Test(arguments: [
    ("0", JSONValue.integer(0)), ("-7", .integer(-7)), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
    ("-9223372036854775809", .number(-0x1p63)), ("1e5", .number(100_000)), ("1.0", .number(1)),
    ("1e-05", .number(0.00001)), ("-0", .number(-0.0)), ("1000000000000000019884624838656", .number(1e30)),
  ])
  func numbersAreExact(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
  }

  @Test func escapes() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00x""#) == "\"\\/\u{8}\u{C}\n\r\tAé😀x")
    #expect(try parse("\"Ġhello ▁ 世界\"") == "Ġhello ▁ 世界")
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "tru",
    "nul", "truth", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "1 2", "[1] x", "\"a", "\"a\\",
    "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "'a'",
    "// c\n1", "[1;2]", "{\"a\" 1}", "1e999", "\u{FEFF}{}",
  ])
  func malformedTextIsRefused(text: String) throws {
    let error = try refusal { try parse(text) }
    #expect(error.file == "t.json" && error.offset != nil)
  }

  @Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
    [0x22, 0xE4, 0xB8, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22], [0xFF], [0x00],
  ])
  func badUTF8IsRefused(bytes: [UInt8]) throws {
    #expect(try refusal { try JSONValue.parse(bytes, file: "t") }.kind == .malformed)
  }

  @Test func depthHasALimit() throws {
    let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
    #expect(throws: Never.self) { try parse(deep(128)) }
    #expect(try refusal { try parse(deep(129)) }.kind == .limit)
    #expect(try refusal { try parse(String(repeating: "[", count: 5_000_000)) }.kind == .limit)
    #expect(try refusal { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }.kind == .limit)
  }

  @Test func sizesHaveLimits() throws {
    #expect(try refusal { try parse("[1,2,3]", limits: JSONLimits(valueCount: 3)) }.kind == .limit)
    #expect(throws: Never.self) { try parse("[1,2,3]", limits: JSONLimits(valueCount: 4)) }
    #expect(try refusal { try parse("\"abcd\"", limits: JSONLimits(stringByteCount: 3)) }.kind == .limit)
    #expect(try refusal { try parse("[1,2,3]", limits: JSONLimits(byteCount: 6)) }.kind == .limit)
    #expect(try refusal { try parse(String(repeating: "1", count: 2000)) }.kind == .limit)
  }

  @Test func duplicateKeys() throws {
    let text = "{\"x\": {\"a\": 1, \"b\": 2, \"a\": 3}}"
    #expect(try parse(text) == ["x": ["a": 3, "b": 2]])
    let error = try refusal { try parse(text, limits: JSONLimits(rejectsDuplicateKeys: true)) }
    #expect(error.field == "x.a" && error.offset == 23 && error.kind == .malformed)
  }

  @Test func errorsNameThePath() throws {
    let error = try refusal { try parse("{\"a\": [0, {\"b\": tru}]}") }
    #expect(error.field == "a[1].b" && error.offset == 16)
  }

  @Test func manyMembersAreFound() throws {
    var object = JSONObject()
    for index in 0..<1000 { object["key \(index)"] = .integer(index) }
    for index in 0..<1000 { #expect(object["key \(index)"] == .integer(index)) }
    #expect(object["key 1000"] == nil)
    object["key 500"] = nil
    object["key 7"] = "seven"
    #expect(object.count == 999 && object["key 500"] == nil && object["key 999"] == 999 && object["key 7"] == "seven")
    #expect(object.members.map(\.key).prefix(3) == ["key 0", "key 1", "key 2"])
    for index in 0..<995 { object["key \(index)"] = nil }
    #expect(object.members.map(\.key) == ["key 995", "key 996", "key 997", "key 998", "key 999"])
    #expect(object["key 996"] == 996 && object["key 0"] == nil)
    object["key 996"] = nil
    for index in 0..<20 { object["again \(index)"] = .integer(index) }
    #expect(object.count == 24 && object["again 19"] == 19 && object["key 999"] == 999 && object["key 996"] == nil)
  }

  @Test func fieldsReportTheirPath() throws {
    let config = JSONField(
      try parse(
        """
        {"hidden_size": 64, "rope_scaling": {"factor": "8"}, "eps": 1e-5, "n": null, "names": ["a", 1], "whole": 32.0}
        """), file: "config.json")
    #expect(try config["hidden_size"].integer() == 64)
    #expect(try config["whole"].integer() == 32)
    #expect(try config["eps"].number() == 1e-5)
    #expect(try config["hidden_size"].number() == 64)
    #expect(try config["absent"].ifPresent?.integer() == nil)
    #expect(config["n"].ifPresent == nil)
    #expect(config["absent"]["deeper"].ifPresent == nil)
    let expected: [(() throws -> Void, String)] = [
      ({ _ = try config["rope_scaling"]["factor"].number() }, "rope_scaling.factor: expected a number, found a string"),
      ({ _ = try config["absent"].integer() }, "absent: is missing; expected an integer"),
      ({ _ = try config["eps"].integer() }, "eps: expected an integer, found a number"),
      ({ _ = try config["names"].strings() }, "names[1]: expected a string, found an integer"),
      ({ _ = try config["eps"]["x"].ifPresent?.bool() }, "eps: expected an object, found a number"),
      ({ _ = try config["hidden_size"].integer(in: 1...8) }, "hidden_size: is 64; allowed are 1 to 8"),
      ({ _ = try config["n"].bool() }, "n: expected true or false, found null"),
    ]
    for (body, message) in expected { #expect(try refusal { try body() }.description == "config.json: " + message) }
  }

  @Test func writtenTextReadsBack() throws {
    let value: JSONValue = [
      "text": "a\"b\\c\n\u{1}é😀", "numbers": [0, -1, 1.5, 1e-5, 1e300, .integer(.min)], "empty": [[], [:]],
      "flags": [true, false, nil],
    ]
    #expect(try parse(value.encoded()) == value)
    #expect(try parse(value.encoded(indent: 2)) == value)
    #expect(value.encoded() == value.encoded())
    #expect((["a": [1, [:]], "b": "\n"] as JSONValue).encoded() == #"{"a":[1,{}],"b":"\n"}"#)
    #expect((["a": [1]] as JSONValue).encoded(indent: 2) == "{\n  \"a\": [\n    1\n  ]\n}")
    #expect(JSONValue.number(.nan).encoded() == "null")
  }

  @Test func messagesAreSafeToPrint() throws {
    let error = try refusal { try parse("{\"\\u001b[31m\\u202e" + String(repeating: "k", count: 500) + "\": tru}") }
    #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
    #expect(error.description.count < 300)
  }

  /// Unicode holds U+03AF and U+1F77 for the same; two members of a vocabulary are not.
  @Test func keysAreComparedByTheirBytes() throws {
    let text = "{" + (0..<20).map { "\"k\($0)\":0," }.joined() + "\"\u{03AF}\":1,\"\u{1F77}\":2}"
    for text in [text, "{\"\u{03AF}\":1,\"\u{1F77}\":2}"] {
      let field = JSONField(try JSONValue.parse(Array(text.utf8), file: "test"), file: "test")
      #expect(try field["\u{03AF}"].integer() == 1 && field["\u{1F77}"].integer() == 2)
    }
  }
}
