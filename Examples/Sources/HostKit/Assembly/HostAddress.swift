// Under which address a host is seen.

import Synchronization

/// The address of a host: the public one, or where it listens once that is known.
public final class HostAddress: Sendable {
    private let known: Mutex<String>
    private let isPublic: Bool

    /// Begins with what the operator said.
    init(_ configuration: HostConfiguration) {
        isPublic = configuration.publicURL != nil
        known = Mutex(configuration.publicURL ?? "http://\(configuration.host):\(configuration.port)")
    }

    /// The address, without a slash at its end.
    public var text: String { known.withLock { $0 } }

    /// Says on which port it listens.
    func listens(_ host: String, _ port: Int) {
        guard !isPublic else { return }
        known.withLock { $0 = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }
}
