/// Reading of typed members, for what Keyfold itself wrote.
extension JSONValue {
  package func member(_ name: String) throws(JSONError) -> JSONValue {
    guard let value = self[name] else { throw JSONError(offset: 0, message: "'\(name)' is missing") }
    return value
  }

  package func require<Value>(_ name: String, _ read: (JSONValue) -> Value?) throws(JSONError) -> Value {
    guard let value = read(try member(name)) else {
      throw JSONError(offset: 0, message: "'\(name)' is \(try member(name).kind)")
    }
    return value
  }

  package func int(_ name: String) throws(JSONError) -> Int { Int(try require(name, \.integer)) }

  package func asTID() throws(JSONError) -> TID {
    guard let tid = string.flatMap({ TID($0) }) else {
      throw JSONError(offset: 0, message: "a TID is not one")
    }
    return tid
  }

  package func tid(_ name: String) throws(JSONError) -> TID { try member(name).asTID() }

  package func digest(_ name: String) throws(JSONError) -> Digest {
    guard let digest = Digest(hex: try require(name, \.string)) else {
      throw JSONError(offset: 0, message: "'\(name)' is no digest")
    }
    return digest
  }

  package func optionalTID(_ name: String) throws(JSONError) -> TID? {
    let value = try member(name)
    return value.isNull ? nil : try value.asTID()
  }

  package func time(_ name: String) throws(JSONError) -> Timestamp {
    guard let time = Timestamp(try require(name, \.string)) else {
      throw JSONError(offset: 0, message: "'\(name)' is not a time")
    }
    return time
  }

  package func word<Word: RawRepresentable<String>>(_ name: String) throws(JSONError) -> Word {
    let text = try require(name, \.string)
    guard let word = Word(rawValue: text) else {
      throw JSONError(offset: 0, message: "'\(name)' is not '\(text)' in any version")
    }
    return word
  }

  package func optionalWord<Word: RawRepresentable<String>>(_ name: String) throws(JSONError) -> Word? {
    try member(name).isNull ? nil : try word(name) as Word
  }

  package func elements<Element>(
    _ name: String, _ read: (JSONValue) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    var elements: [Element] = []
    for value in try require(name, \.array) { elements.append(try read(value)) }
    return elements
  }
}
