/// Limits of what a capture may hold, from the interface's section 3.
public enum Limits {
  /// Bytes of one line of a stream.
  public static let lineBytes = 1 << 20
  /// Bytes of a touchpoint's name.
  public static let touchpointBytes = 64
  /// Bytes of a capture id.
  public static let idBytes = 128
  /// Values of keys in one capture.
  public static let keys = 100
  /// Proofs in one capture.
  public static let proofs = 32
  /// Bytes of one proof.
  public static let proofBytes = 16 << 10
  /// Names of profile data in one capture.
  public static let data = 64
  /// Bytes of one name, and of one value, of profile data.
  public static let datumBytes = 1 << 10
  /// Bytes of the reason an operation is given.
  public static let reasonBytes = 1 << 10
  /// How far ahead of the clock a capture's time may be, in seconds.
  public static let futureSeconds: Int64 = 5 * 60
  /// Keys that wait for a verdict, per TID.
  public static let pendingPerTID = 20
  /// Keys that wait for a verdict, per store.
  public static let pendingPerStore = 100_000
  /// How long a key waits for a verdict, in seconds.
  public static let pendingSeconds: Int64 = 24 * 3600
}
