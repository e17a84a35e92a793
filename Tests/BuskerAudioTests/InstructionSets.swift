// Runs a test with the loops of one instruction set.

import CBuskerDSP
import Synchronization

/// The best first.
let instructionSets = ["avx512", "avx2", "baseline"]

/// Held while the choice is not the default one.
private let choice = Mutex(())

/// Runs `body`, which makes its own handles, with one instruction set; does nothing where the processor lacks it.
func withInstructionSet(_ name: String, _ body: () throws -> Void) rethrows {
    try choice.withLock { _ in
        guard unsafe busker_use_instruction_set(name) == BUSKER_OK else { return }
        defer { for best in instructionSets where unsafe busker_use_instruction_set(best) == BUSKER_OK { break } }
        try body()
    }
}

/// Runs `body` while no other test changes the instruction set: what it makes twice is the same to the bit.
func withSteadyInstructionSet(_ body: () throws -> Void) rethrows {
    try choice.withLock { _ in try body() }
}
