import Foundation
import PackagePlugin

/// Compiles every `.comp` file of a target to SPIR-V and embeds its variants as one Swift `ShaderSet`.
///
/// The folder must be a target's own folder: SwiftPM re-runs a plugin for a file added there, but not
/// for one added elsewhere in the package.
@main
struct CompileShaders: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SwiftSourceModuleTarget else { return [] }
    // `context.tool(named:)` only finds tools of packages and of the toolchain, not of the system.
    let compiler = URL(filePath: "/usr/bin/glslangValidator")
    let embed = try context.tool(named: "EmbedShader").url
    let files = target.sourceFiles.map(\.url).sorted { $0.path < $1.path }
    let includes = files.filter { $0.pathExtension == "glsl" }
    return files.filter { $0.pathExtension == "comp" }.map { source in
      let name = source.deletingPathExtension().lastPathComponent
      let output = context.pluginWorkDirectoryURL.appending(path: "\(name).comp.swift")
      return .buildCommand(
        displayName: "Compiling shader \(source.lastPathComponent)",
        executable: embed,
        arguments: [compiler.path, target.directoryURL.path, source.path, output.path],
        // Every include is an input of every shader: coarse, but never stale.
        inputFiles: [source] + includes, outputFiles: [output])
    }
  }
}
