#if PostgreSQL
import Glibc

/// Lends pointers to the values, nil for NULL.
func withPointers<Result>(
  _ values: [Value], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  var all: [UInt8] = []
  for value in values {
    all.append(contentsOf: value.bytes ?? [])
    all.append(0)
  }
  return all.withUnsafeBytes { all in
    var offset = 0
    let pointers = values.map { value -> UnsafePointer<CChar>? in
      defer { offset += (value.bytes?.count ?? 0) + 1 }
      return value.bytes == nil
        ? nil : all.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
    }
    return (pointers + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}

/// Lends a list of C strings that ends with nil.
func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
#endif
