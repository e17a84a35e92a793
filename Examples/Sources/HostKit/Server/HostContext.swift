// What the server knows about a connection.

import Hummingbird
import Logging
import NIOCore

/// The connection that a request came over.
public struct HostContext: InitializableFromSource, Sendable {
    let channel: any Channel
    let logger: Logger

    /// Takes what the server knows.
    public init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }
}
