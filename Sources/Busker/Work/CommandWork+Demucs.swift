// The original demucs program, for hosts with a graphics card.

public import BuskerProcess

extension CommandWork {
    /// Separation by the `demucs` program (version 4.1, MIT), which a host with a GPU may prefer.
    ///
    /// Its files are FLAC with 16 bits at the net's rate. Weights are taken from `repository`; without one the program looks for
    /// them on the internet, into the folder that `TORCH_HOME` names or else into that of the attempt, which is deleted.
    ///
    /// - Parameters:
    ///   - program: the absolute path of `demucs`.
    ///   - model: the name of the model, such as `htdemucs`.
    ///   - repository: the folder with its `.th` files and its `.yaml`.
    ///   - device: `cuda`, `cpu`, or what else PyTorch knows.
    ///   - nets: how many nets the model has; `htdemucs_ft` has four.
    ///   - stems: the stems of the model.
    ///   - kind: the name by which it is ordered.
    ///   - card: the rate card that prices it.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - environment: variables of the program, such as `TORCH_HOME` or `CUDA_VISIBLE_DEVICES`.
    ///   - limits: memory, processor time and bytes; PyTorch needs much address space.
    ///   - runner: says how many run at once: one for each graphics card.
    public static func demucs(
        _ program: String, model: String = "htdemucs", repository: String? = nil, device: String = "cuda",
        nets: Int = 1, stems: [String] = ["drums", "bass", "other", "vocals"], kind: String = "demucs", card: String,
        meters: Set<String> = ["song"], environment: [String: String] = [:],
        limits: ProcessLimits = ProcessLimits(), runner: ProcessRunner
    ) -> CommandWork {
        // The words in braces after --filename are the program's own; this work has no options that could replace them.
        var arguments = ["--name", model, "--device", device, "--shifts", "0", "--flac"]
        if let repository { arguments += ["--repo", repository] }
        arguments += ["--filename", "{stem}.{ext}", "--out", "{folder}", "{input}"]
        let plain = model.hasPrefix("hf://") ? String(model.dropFirst(5)) : model
        let folder = plain.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "_")
        let results = stems.map { stem in
            WorkFile(
                "\(folder)/\(stem).flac", name: "\(stem).flac", kind: "stem", contentType: "audio/flac",
                tags: ["stem": stem])
        }
        return CommandWork(
            kind, program: program, arguments: arguments, results: results, card: card, meters: meters,
            environment: environment, bars: nets, limits: limits, runner: runner)
    }
}
