import Foundation

/// A seeded generator, so that a failure can be had again. Source: Steele et al. 2014, SplitMix64.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// `original` with a few changes: bits, bytes, numbers with meaning, parts cut out, repeated or swapped.
  mutating func change(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0..<4, using: &self) where bytes.count > 1 {
      let place = Int.random(in: 0..<bytes.count, using: &self)
      let end = min(bytes.count, place + Int.random(in: 1...24, using: &self))
      switch Int.random(in: 0..<8, using: &self) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &self)
      case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &self) ?? 0
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &self))
      case 5: bytes.insert(contentsOf: Array("<0x-1>".utf8), at: place)
      case 6: bytes.replaceSubrange(place..<end, with: Array(String(Int.random(in: -3...999_999, using: &self)).utf8))
      default: if Int.random(in: 0..<4, using: &self) == 0 { bytes.removeSubrange(place...) }
      }
    }
    return bytes
  }
}

/// The bytes of a GGUF file that holds metadata only.
struct GGUFBytes {
  private var body: [UInt8] = []
  private var count: UInt64 = 0

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

  private mutating func entry(_ key: String, _ type: UInt32, _ value: [UInt8]) {
    count += 1
    body += Self.string(key) + Self.little(type) + value
  }

  private mutating func array(_ key: String, _ type: UInt32, _ count: Int, _ elements: [UInt8]) {
    entry(key, 9, Self.little(type) + Self.little(UInt64(count)) + elements)
  }

  mutating func add(_ key: String, _ value: UInt32) { entry(key, 4, Self.little(value)) }
  mutating func add(_ key: String, _ value: String) { entry(key, 8, Self.string(value)) }
  mutating func add(_ key: String, _ values: [String]) { array(key, 8, values.count, values.flatMap(Self.string)) }
  mutating func add(_ key: String, _ values: [Int32]) { array(key, 5, values.count, values.flatMap(Self.little)) }
  mutating func add(_ key: String, _ values: [Float]) {
    array(key, 6, values.count, values.flatMap { Self.little($0.bitPattern) })
  }

  var bytes: [UInt8] {
    Array("GGUF".utf8) + Self.little(UInt32(3)) + Self.little(UInt64(0)) + Self.little(count) + body
  }
}
