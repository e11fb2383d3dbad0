import Formats
import Foundation
import Testing

@Suite struct DiskSpaceTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func aDiskHasRoomAndAnEnd() throws {
    let available = try #require(DiskSpace.available(in: folder.path))
    #expect(available > 0)
    try DiskSpace.require(1, for: folder.file("small"))
    for path in [folder.file("large"), folder.file("large/")] {
      let error = try refusal { try DiskSpace.require(Int.max / 2, for: path) }
      #expect(error.kind == .system && error.file == path && error.problem.contains("MB are free on this disk"))
    }
    #expect(folder.names.isEmpty)
  }

  @Test func whereThereIsNoFolderNothingIsKnown() throws {
    #expect(DiskSpace.available(in: folder.file("absent")) == nil)
    try DiskSpace.require(Int.max, for: folder.file("absent/file"))
  }
}
