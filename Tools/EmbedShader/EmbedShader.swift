import Foundation

/// `EmbedShader <glslangValidator> <include folder> <source.comp> <output.swift>`
///
/// Compiles one compute shader at every combination that its `//! variants:` lines declare, and writes a Swift file
/// holding the SPIR-V and the interface of each. Base64 in a `StaticString` compiles about ten times faster than an
/// array literal of words.
@main
enum EmbedShader {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5 else { fail("usage: EmbedShader compiler include source output") }
    let source = URL(filePath: arguments[3])
    let variants = try Variants(source: String(contentsOf: source, encoding: .utf8), file: source.path)
    let stem = source.deletingPathExtension().lastPathComponent
    let family = source.deletingLastPathComponent().lastPathComponent
    let scratch = FileManager.default.temporaryDirectory.appending(path: "EmbedShader-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }

    var shaders: [String] = []
    for values in variants.combinations {
      let spirvFile = scratch.appending(path: "shader.spv")
      let defines = zip(variants.axes, values).flatMap { ["-D\($0)=\($1)", "-D\($0)_IS_\($1)=1"] }
      try compile(
        compiler: arguments[1],
        ["-V", "--target-env", "vulkan1.2", "--quiet", "-I\(arguments[2])"] + defines
          + ["-o", spirvFile.path, source.path])
      let data = try Data(contentsOf: spirvFile)
      let words = data.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
      let name = ([stem] + values).joined(separator: "_")
      let interface = Interface(spirv: words, name: name)
      shaders.append(
        """
              Shader(
                name: "\(name)", bindings: [\(interface.bindings.map { ".\($0)" }.joined(separator: ", "))],
                pushBytes: \(interface.pushBytes), constants: \(interface.constants), divisible: \(interface.divisible),
                base64: "\(data.base64EncodedString())"),
        """)
    }
    let text = """
      // Generated from \(stem).comp by EmbedShader. Do not edit.
      extension Shader {
        public static let \(camelCase(stem)) = ShaderSet(
          stem: "\(stem)", family: "\(family)", axes: \(variants.axes),
          all: [
      \(shaders.joined(separator: "\n"))
          ])
      }

      """
    try text.write(toFile: arguments[4], atomically: true, encoding: .utf8)
  }

  private static func compile(compiler: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: compiler)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { exit(process.terminationStatus) }
  }

  /// `rms_norm_backward` becomes `rmsNormBackward`.
  static func camelCase(_ name: String) -> String {
    let parts = name.split(separator: "_")
    return parts.dropFirst().reduce(String(parts[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }

  static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
  }
}
