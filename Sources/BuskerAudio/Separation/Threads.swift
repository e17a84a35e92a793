// Threads of our own, outside the pool that serves requests.

#if canImport(Glibc)
import Glibc
#endif

/// Starts threads for work that keeps a core busy for long.
///
/// A server's requests run on a small pool of threads; long computations must not sit on it.
enum Threads {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread, which ends with it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(AudioError) {
        var thread = pthread_t()
        let box = unsafe Unmanaged.passRetained(Body(body))
        let status = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            unsafe box.release()
            throw AudioError(.outOfMemory, "The system gave no thread for the separation (error \(status)).")
        }
        pthread_detach(thread)
    }

    /// How many threads can run at once on this machine.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
