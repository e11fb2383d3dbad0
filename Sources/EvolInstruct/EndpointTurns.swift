/// Whose turn it is: calls go to the server with the fewest under way, and wait when all have as many as they may.
actor EndpointTurns {
  private var underWay: [(address: String, count: Int)]
  private let limit: Int
  /// First come, first served.
  private var waiting: [CheckedContinuation<String, Never>] = []

  init(addresses: [String], limit: Int) {
    underWay = addresses.map { ($0, 0) }
    self.limit = limit
  }

  /// The address for the next call.
  func take() async -> String {
    if let place = underWay.indices.min(by: { underWay[$0].count < underWay[$1].count }),
      underWay[place].count < limit
    {
      underWay[place].count += 1
      return underWay[place].address
    }
    return await withCheckedContinuation { waiting.append($0) }
  }

  /// Ends a call: who waits longest gets the place.
  func giveBack(_ address: String) {
    if !waiting.isEmpty {
      waiting.removeFirst().resume(returning: address)
    } else if let place = underWay.firstIndex(where: { $0.address == address }) {
      underWay[place].count -= 1
    }
  }
}
