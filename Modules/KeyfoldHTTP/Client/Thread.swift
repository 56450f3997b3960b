import Glibc

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
      var all = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_BLOCK, &all, nil)
      if let body { Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run() }
      return nil
    }, body.toOpaque())
  if code == 0 { pthread_detach(thread) } else { body.release() }
  return code == 0
}
