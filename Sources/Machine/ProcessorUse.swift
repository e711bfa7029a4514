import Foundation
import Glibc

/// How long the processors have worked for what this program started.
enum ProcessorUse {
    /// Of this program's children and theirs, with what each has seen through to its end.
    static func ofChildren(in folder: String = "/proc", of parent: Int = Int(getpid())) -> Duration {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let processes = names.compactMap { Int($0) }.compactMap { number in
            Files().text(of: "\(folder)/\(number)/stat").flatMap { Process(stat: $0, number: number) }
        }
        let byParent = Dictionary(grouping: processes, by: \.parent)
        var found: [Process] = []
        var next = byParent[parent] ?? []
        while let process = next.popLast() {
            found.append(process)
            next += byParent[process.number] ?? []
        }
        return .seconds(1) * found.reduce(0) { $0 + $1.ticks } / max(1, sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A line of /proc/PID/stat (proc_pid_stat(5)).
    struct Process {
        var number: Int
        var parent: Int
        var ticks: Int

        init?(stat: String, number: Int) {
            // The program's name is in brackets, and may hold any sign, brackets too.
            guard let end = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 14, let parent = Int(fields[1]) else { return nil }
            self.number = number
            self.parent = parent
            ticks = fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
        }
    }
}
