// The program that tests start to open sounds, as a host starts itself.

import Busker
import Foundation

exit(SoundProgram.main(Array(CommandLine.arguments.dropFirst())) ?? 64)
