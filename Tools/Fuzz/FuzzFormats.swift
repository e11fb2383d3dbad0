// The fuzzers' entry: compiled by Tools/fuzz together with Sources/Formats, as one module.

/// Opens the input as each kind of file and touches all that was found. Whatever the input, this returns: a fault is a
/// `FormatError`, and all else (a trap, a leak of time or memory) is a finding.
///
/// The formats tell themselves apart by their first bytes, so one corpus serves them all.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFormats(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  let source = ByteSource(bytes: bytes, name: "input")
  if let value = try? JSONValue.parse(bytes, file: "input") {
    precondition((try? JSONValue.parse(Array(value.encoded().utf8), file: "output")) != nil, "what we write, we read")
  }
  if let file = try? GGUF(source) {
    for entry in file.metadata.entries { touch(file.metadata[entry.key]) }
    touch(file.tensors, fileByteCount: count)
  }
  if let file = try? Safetensors(source) { touch(file.tensors, fileByteCount: count) }
  return 0
}

private func touch(_ field: GGUFField) {
  _ = try? field.string()
  _ = try? field.integer(in: 0...100)
  _ = try? field.number()
  _ = try? field.strings()
  _ = try? field.integers()
  _ = try? field.floats()
}

private func touch(_ tensors: TensorTable, fileByteCount: Int) {
  for tensor in tensors {
    precondition(tensor.range.lowerBound >= 0 && tensor.range.upperBound <= fileByteCount, "a tensor lies in its file")
    precondition(tensors[tensor.name] != nil, "a tensor is found by its name")
    _ = try? tensor.floats()
    guard var stream = try? tensor.stream() else { continue }
    var total = 0
    withUnsafeTemporaryAllocation(byteCount: 97, alignment: 1) { staging in
      while let read = try? stream.next(into: staging), read > 0 { total += read }
    }
    precondition(total == tensor.byteCount, "a stream gives all of its tensor")
  }
}
