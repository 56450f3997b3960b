import CLinux
import Glibc

/// The one place of this module that asks Linux for what POSIX does not have.

/// Nanoseconds of a clock that never steps.
func monotonicNanoseconds() -> UInt64 { keyfold_monotonic_nanoseconds() }

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs a closure on a thread of its own, on which the host's signals are not handled: a broken connection is
/// an error there, whatever the host does about SIGPIPE.
///
/// - Returns: Whether there is such a thread.
func startDetachedThread(_ run: @escaping @Sendable () -> Void) -> Bool {
  let body = Unmanaged.passRetained(ThreadBody(run))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { body in
      keyfold_prepare_thread()
      if let body { Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run() }
      return nil
    }, body.toOpaque())
  if code == 0 { pthread_detach(thread) } else { body.release() }
  return code == 0
}

/// Wakes a thread that sleeps in a poller.
final class Bell: Sendable {
  fileprivate let file: Int32

  /// Nil where the system has none to give.
  init?() {
    file = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard file >= 0 else { return nil }
  }

  deinit { close(file) }

  func ring() { eventfd_write(file, 1) }

  /// Lets the sleeper hear the next ring.
  fileprivate func silence() {
    var rings: eventfd_t = 0
    eventfd_read(file, &rings)
  }
}

/// The sockets that libcurl wants to hear of, and a bell that other threads ring. For one thread.
///
/// Between two requests libcurl does not want to hear of a connection. The system is told so only when
/// something happens there meanwhile; most of the time nothing does, and the next request finds it as it was.
final class Poller {
  private struct Socket {
    /// What the system was told to look for; nothing while it does not know the socket.
    var registered: UInt32 = 0
    /// Whether libcurl wants to hear of it.
    var isWatched = false
    /// Whether it is a connection, whose end we hear of.
    var isConnection = false
  }

  private let epoll: Int32
  private let bell: Bell
  private var events = [epoll_event](repeating: epoll_event(), count: Poller.batch)
  /// By number.
  private var sockets: [Socket] = []

  /// How many sockets are looked at in one go.
  private static let batch = 128

  /// Nil where the system has none to give.
  init?(bell: Bell) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    self.bell = bell
    guard epoll >= 0 else { return nil }
    watch(bell.file, reading: true, writing: false)
  }

  deinit { close(epoll) }

  func hasOpened(_ socket: Int32) { change(socket) { $0.isConnection = true } }

  /// The system forgets a socket that is closed by itself.
  func willClose(_ socket: Int32) { change(socket) { $0 = Socket() } }

  func watch(_ socket: Int32, reading: Bool, writing: Bool) {
    let mask = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    change(socket) { state in
      state.isWatched = true
      guard state.registered != mask else { return }
      var event = epoll_event(events: mask, data: epoll_data_t(fd: socket))
      epoll_ctl(epoll, state.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event)
      state.registered = mask
    }
  }

  func unwatch(_ socket: Int32) {
    change(socket) { state in
      state.isWatched = false
      if !state.isConnection { unregister(socket, &state) }
    }
  }

  private func unregister(_ socket: Int32, _ state: inout Socket) {
    if state.registered != 0 { epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil) }
    state.registered = 0
  }

  private func change(_ socket: Int32, _ body: (inout Socket) -> Void) {
    let number = Int(socket)
    while sockets.count <= number { sockets.append(Socket()) }
    body(&sockets[number])
  }

  /// Waits until something happens or the time is over.
  ///
  /// - Parameters:
  ///   - milliseconds: negative for ever.
  ///   - ready: is told of every socket that libcurl wants to hear of, and what it is ready for.
  /// - Returns: On how many sockets something happened.
  func wait(
    milliseconds: Int32, _ ready: (Int32, _ reading: Bool, _ writing: Bool, _ broken: Bool) -> Void
  ) -> Int {
    let count = epoll_wait(epoll, &events, Int32(Poller.batch), milliseconds)
    // Interrupted: as if nothing had happened yet.
    guard count > 0 else { return 0 }
    for index in 0..<Int(count) {
      let (socket, happened) = (events[index].data.fd, events[index].events)
      if socket == bell.file {
        bell.silence()
      } else if sockets[Int(socket)].isWatched {
        // Whether somebody hung up is found out by reading.
        ready(
          socket, happened & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0, happened & EPOLLOUT.rawValue != 0,
          happened & EPOLLERR.rawValue != 0)
      } else {
        change(socket) { unregister(socket, &$0) }
      }
    }
    return Int(count)
  }
}
