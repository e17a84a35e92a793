// One thread of our own, outside the pool that serves requests.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts threads for calls that block or compute long.
package enum OwnThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread, which ends with it.
    ///
    /// The thread takes no SIGPIPE, so that whoever stops reading what is written there ends nobody's process.
    /// - Returns: false when the system gave no thread; `body` was not run then.
    package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let box = unsafe Unmanaged.passRetained(Body(body))
        let status = unsafe pthread_create(
            &thread, nil,
            { raw in
                #if canImport(Glibc)
                guard let raw = unsafe raw else { return nil }
                #endif
                var broken = sigset_t()
                unsafe sigemptyset(&broken)
                unsafe sigaddset(&broken, SIGPIPE)
                unsafe pthread_sigmask(SIG_BLOCK, &broken, nil)
                unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            unsafe box.release()
            return false
        }
        #if canImport(Glibc)
        pthread_detach(thread)
        #else
        if let thread { pthread_detach(thread) }
        #endif
        return true
    }
}
