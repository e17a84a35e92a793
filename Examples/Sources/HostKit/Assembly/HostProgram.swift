// A host as a program: settings, start, run, end.

import Busker
internal import CHostProcess
import Foundation
import Logging

/// Runs a host from the command line.
public enum HostProgram {
    /// This program, by its absolute path.
    public static var path: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.path
    }

    /// Fewer open files than this are soon used up by connections, uploads and databases.
    private static let filesMin = 4096

    /// Runs a host until a signal says to stop; a child that was started to open a sound does that and nothing else.
    ///
    /// - Parameters:
    ///   - name: what people call the host, such as `StemStudio`; its settings' file is named by `STEMSTUDIO_CONFIG`.
    ///   - standard: what settings of the kit are where nobody set them.
    ///   - own: reads the settings of the host itself.
    ///   - plan: makes the plan of all settings.
    /// - Returns: the status to exit with.
    public static func main<Own: Sendable>(
        _ name: String, standard: [String: String] = [:], own: (inout ConfigurationReader) -> Own,
        plan: (HostConfiguration, Own) throws -> HostPlan
    ) async -> Int32 {
        if let status = SoundProgram.main(Array(CommandLine.arguments.dropFirst())) { return status }
        host_heap_tune()
        let files = host_files_allow()
        let (configuration, more): (HostConfiguration, Own)
        do throws(ConfigurationFault) {
            (configuration, more) = try HostConfiguration.read(
                ProcessInfo.processInfo.environment, for: name.uppercased(), standard: standard, own: own)
        } catch {
            complain("\(error)")
            return ConfigurationFault.exitStatus
        }
        let log = Logger(label: name.lowercased()) { JSONLog($0, level: configuration.logLevel) }
        if (0..<filesMin).contains(files) {
            log.warning("few files may be open at once; raise the limit (ulimit -n)", metadata: ["files": "\(files)"])
        }
        do {
            let host = try await Host(configuration, plan(configuration, more), program: path, log: log)
            try await host.run { port in
                print("listening on http://\(configuration.host):\(port)")
                fflush(nil)
            }
            await host.close()
            return 0
        } catch {
            complain("\(name) cannot run: \(error)")
            return 1
        }
    }

    /// The page of a host: in the folders that `WEB_FOLDER` names with `:` between them, or in the resources beside the program, the
    /// kit's and the host's, wherever those were moved.
    ///
    /// - Parameter host: the target of the host, whose resources have a folder `Web`.
    public static func page(of host: String) -> WebFiles {
        let beside = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let named = ProcessInfo.processInfo.environment["WEB_FOLDER"]?.split(separator: ":").map(String.init) ?? []
        let resources = ["HostKit", host].map { "\(beside)/busker-examples_\($0).resources/Web" }
        let folders = [named, resources, ["\(beside)/Web"]].first { folders in
            folders.contains { FileManager.default.fileExists(atPath: $0 + "/index.html") }
        }
        return folders.map { WebFiles(folders: $0) } ?? .none
    }

    private static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
