// Everything that is wrong with a configuration, at once.

/// Everything that is wrong with a configuration.
public struct ConfigurationFault: Error, Sendable, CustomStringConvertible {
    /// One sentence for each fault, with the name of the setting; never a secret value.
    public let faults: [String]

    /// The status with which a program ends then (`EX_CONFIG` of sysexits).
    public static let exitStatus: Int32 = 78

    /// The faults as lines.
    public var description: String {
        let head = faults.count == 1 ? "One setting is wrong:" : "\(faults.count) settings are wrong:"
        return ([head] + faults.map { "  - \($0)" }).joined(separator: "\n")
    }
}
