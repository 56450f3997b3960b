import CEpoll
import Glibc

/// Wakes a thread that sleeps in a poller.
struct Bell: Sendable {
  fileprivate let file: Int32

  /// Nil where the system has none to give.
  init?() {
    file = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard file >= 0 else { return nil }
  }

  func ring() { eventfd_write(file, 1) }

  /// Lets the sleeper hear the next ring.
  fileprivate func silence() {
    var rings: eventfd_t = 0
    eventfd_read(file, &rings)
  }

  /// To be called once, when nobody rings any more.
  func remove() { close(file) }
}

/// The sockets that libcurl wants to hear of, and a bell that other threads ring. For one thread.
final class Poller {
  private let epoll: Int32
  private let bell: Bell
  private var events = [epoll_event](repeating: epoll_event(), count: Poller.batch)
  /// What each socket is watched for.
  private var watched: [Int32: UInt32] = [:]

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

  func watch(_ socket: Int32, reading: Bool, writing: Bool) {
    let mask = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    guard watched[socket] != mask else { return }
    var event = epoll_event(events: mask, data: epoll_data_t(fd: socket))
    let change = watched.updateValue(mask, forKey: socket) == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
    epoll_ctl(epoll, change, socket, &event)
  }

  func unwatch(_ socket: Int32) {
    guard watched.removeValue(forKey: socket) != nil else { return }
    epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
  }

  /// Waits until something happens or the time is over.
  ///
  /// - Parameters:
  ///   - milliseconds: negative for ever.
  ///   - ready: is told of every socket, and what it is ready for.
  func wait(milliseconds: Int32, _ ready: (Int32, _ reading: Bool, _ writing: Bool, _ broken: Bool) -> Void) {
    let count = epoll_wait(epoll, &events, Int32(Poller.batch), milliseconds)
    // Interrupted: as if nothing had happened yet.
    guard count > 0 else { return }
    for event in events[..<Int(count)] {
      guard event.data.fd != bell.file else {
        bell.silence()
        continue
      }
      // Whether somebody hung up is found out by reading.
      ready(
        event.data.fd, event.events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0,
        event.events & EPOLLOUT.rawValue != 0, event.events & EPOLLERR.rawValue != 0)
    }
  }
}
