/// An entry of TensorBoard's event files.
///
/// Field numbers: tensorboard/compat/proto/{event,summary,tensor,tensor_shape}.proto.
struct TensorBoardEvent {
  enum Content {
    /// The first entry of every file.
    case fileVersion
    /// The run begins, or goes on, with the event's step: what earlier files of the folder say of it and of later steps
    /// is void.
    case sessionStart
    case scalars([(tag: String, value: Double)])
    /// A text in Markdown.
    case text(tag: String, String)
  }

  /// Seconds since 1970.
  var time: Double
  var step: Int
  var content: Content

  /// The event as a record of a file: `uint64 length, uint32 check of the length, bytes, uint32 check of the bytes`
  /// (tensorflow/core/lib/io/record_writer.h).
  var record: [UInt8] {
    let event = message.bytes
    var length: [UInt8] = []
    length.append(littleEndian: UInt64(event.count))
    var record = length
    record.append(littleEndian: CRC32C.masked(length))
    record += event
    record.append(littleEndian: CRC32C.masked(event))
    return record
  }

  private var message: ProtobufMessage {
    var event = ProtobufMessage()
    event.append(1, time)
    // Zero is what an absent field means.
    if step != 0 { event.append(2, step) }
    switch content {
    case .fileVersion: event.append(3, "brain.Event:2")
    case .sessionStart:
      var session = ProtobufMessage()
      session.append(1, 1)  // SessionLog.START
      event.append(7, session)
    case .scalars(let scalars):
      var summary = ProtobufMessage()
      for (tag, value) in scalars {
        var item = ProtobufMessage()
        item.append(1, tag)
        item.append(2, Float(value))
        summary.append(1, item)
      }
      event.append(5, summary)
    case .text(let tag, let text):
      var summary = ProtobufMessage()
      summary.append(1, Self.text(text, tag: tag))
      event.append(5, summary)
    }
    return event
  }

  /// A `Summary.Value` for the plugin `text`: a tensor of one string.
  private static func text(_ text: String, tag: String) -> ProtobufMessage {
    var plugin = ProtobufMessage()
    plugin.append(1, "text")
    var metadata = ProtobufMessage()
    metadata.append(1, plugin)
    var dimension = ProtobufMessage()
    dimension.append(1, 1)
    var shape = ProtobufMessage()
    shape.append(2, dimension)
    var tensor = ProtobufMessage()
    tensor.append(1, 7)  // DT_STRING
    tensor.append(2, shape)
    tensor.append(8, text)
    var value = ProtobufMessage()
    value.append(1, tag)
    value.append(8, tensor)
    value.append(9, metadata)
    return value
  }
}
