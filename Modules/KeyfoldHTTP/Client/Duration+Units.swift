extension Duration {
  /// Nanoseconds of a duration that is not negative.
  var wholeNanoseconds: UInt64 {
    UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
  }
}
