import Foundation

/// Compiles the kernel catalog with the driver that the environment selects, and makes the table of the reports.
/// `Tools/vendor-compile` calls it.
@main
enum VendorCompile {
  static let usage = """
    usage: VendorCompile compile COLUMN        a report of the one Vulkan device there is, on standard output
           VendorCompile summary REPORT        one line about a report
           VendorCompile table REPORT...       the table; exit status 1 when a device fails

    """

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let operands = Array(arguments.dropFirst())
    do {
      switch (arguments.first, operands.count) {
      case ("compile", 1): try Compilation.run(column: operands[0])
      case ("summary", 1): print(try DeviceReport(file: operands[0]).summary)
      case ("table", 1...):
        let table = Table(try operands.map(DeviceReport.init(file:)))
        print(table.text)
        exit(table.passes ? 0 : 1)
      default:
        FileHandle.standardError.write(Data(usage.utf8))
        exit(2)
      }
    } catch {
      FileHandle.standardError.write(Data("VendorCompile: \(error)\n".utf8))
      exit(1)
    }
  }
}
