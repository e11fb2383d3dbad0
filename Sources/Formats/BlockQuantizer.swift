public enum BlockQuantizer {
  public static func quantize(
    _ floats: UnsafeBufferPointer<Float>, as type: ElementType, into bytes: UnsafeMutableRawBufferPointer
  ) { fatalError() }
  public static func dequantize(
    _ bytes: UnsafeRawBufferPointer, as type: ElementType, into floats: UnsafeMutableBufferPointer<Float>
  ) { fatalError() }
}
