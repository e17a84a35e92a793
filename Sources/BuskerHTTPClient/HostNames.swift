// What the names of hosts mean.

import BuskerHTTP
import BuskerJobs
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Asks the machine's resolver, on a thread that may wait.
enum HostNames {
    /// All addresses of a host, each once, in the resolver's order.
    static func addresses(of host: String) async throws(HTTPError) -> [IPAddress] {
        let found: Result<[IPAddress], HTTPError>
        do {
            found = try await NIOThreadPool.singleton.runIfActive { look(host) }
        } catch {
            throw HTTPError(.cancelled, "The look-up of the host was cancelled.")
        }
        return try found.get()
    }

    private static func look(_ host: String) -> Result<[IPAddress], HTTPError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else {
            return .failure(HTTPError(.unreachable, "The name of the host is not known."))
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(HTTPError(.unreachable, "The host has no address.")) }
        return .success(addresses)
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let place = unsafe entry.ai_addr else { return nil }
        let start = UnsafeRawPointer(place)
        switch unsafe entry.ai_family {
        case AF_INET:
            let number = unsafe start.loadUnaligned(as: sockaddr_in.self).sin_addr
            return unsafe withUnsafeBytes(of: number) { unsafe IPAddress(bytes: Array($0)) }
        case AF_INET6:
            let number = unsafe start.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return unsafe withUnsafeBytes(of: number) { unsafe IPAddress(bytes: Array($0)) }
        default: return nil
        }
    }
}
