/// The cyclic redundancy check of the Castagnoli polynomial 0x1EDC6F41, as in RFC 3720 (iSCSI) and TensorFlow's records.
enum CRC32C {
  /// The remainders of all bytes, for the polynomial with its bits reversed.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1
    }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { remainder, byte in
      remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)]
    }
  }

  /// The checksum as TensorFlow stores it: a checksum of bytes that hold their own checksum would always be the same
  /// (tensorflow/core/lib/hash/crc32c.h).
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}
